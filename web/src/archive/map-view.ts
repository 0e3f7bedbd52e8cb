/** What of the map is on screen: pixel = offset + scale * place, y upwards on the map and downwards on screen. */
export interface MapView {
  readonly scale: number;
  readonly offset: readonly [x: number, y: number];
}

export interface MapSize {
  readonly width: number;
  readonly height: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export type Pixel = readonly [x: number, y: number];

/** Between the outermost points and the edges, pixels; the buttons lie at the bottom. */
const margin = { side: 24, top: 24, bottom: 48 };
/** How far one can go in and out, as multiples of what shows all. */
const zoomLimits = [0.5, 60] as const;

/**
 * The map has no up and no down of its own: one that is higher than wide is laid on its side where there is more
 * room across, and the other way round.
 */
export function laidOut<T extends Place>(places: readonly T[], { width, height }: MapSize): readonly T[] {
  const { low, high } = extentOf(places);
  if (high.x - low.x >= high.y - low.y === width >= height) return places;
  return places.map((place) => ({ ...place, x: place.y, y: -place.x }));
}

/** Shows all places, as large as they can be in true proportions. */
export function fittedView(places: readonly Place[], { width, height }: MapSize): MapView {
  const { low, high } = extentOf(places);
  if (places.length === 0) return { scale: 1, offset: [width / 2, height / 2] };
  const room = {
    x: Math.max(1, width - 2 * margin.side),
    y: Math.max(1, height - margin.top - margin.bottom),
  };
  const middle = { x: width / 2, y: (height + margin.top - margin.bottom) / 2 };
  const scales = [room.x / (high.x - low.x), room.y / (high.y - low.y)].filter(Number.isFinite);
  // One point, or several at one place, have no extent to fit.
  const scale = scales.length === 0 ? Math.min(room.x, room.y) / 2 : Math.min(...scales);
  return {
    scale,
    offset: [middle.x - (scale * (low.x + high.x)) / 2, middle.y + (scale * (low.y + high.y)) / 2],
  };
}

function extentOf(places: readonly Place[]): { readonly low: Place; readonly high: Place } {
  const low = { x: Number.POSITIVE_INFINITY, y: Number.POSITIVE_INFINITY };
  const high = { x: Number.NEGATIVE_INFINITY, y: Number.NEGATIVE_INFINITY };
  for (const { x, y } of places) {
    low.x = Math.min(low.x, x);
    low.y = Math.min(low.y, y);
    high.x = Math.max(high.x, x);
    high.y = Math.max(high.y, y);
  }
  return { low, high };
}

export function pixelOf({ scale, offset }: MapView, { x, y }: Place): Pixel {
  return [offset[0] + scale * x, offset[1] - scale * y];
}

/** Zooms so that what is under a pixel stays there. */
export function zoomed(view: MapView, fitted: MapView, factor: number, [x, y]: Pixel): MapView {
  const wanted = view.scale * factor;
  const scale = Math.min(fitted.scale * zoomLimits[1], Math.max(fitted.scale * zoomLimits[0], wanted));
  const share = scale / view.scale;
  return { scale, offset: [x + (view.offset[0] - x) * share, y + (view.offset[1] - y) * share] };
}

export function panned({ scale, offset }: MapView, dx: number, dy: number): MapView {
  return { scale, offset: [offset[0] + dx, offset[1] + dy] };
}

/** @returns index of the place nearest to a pixel, of those within `reach` pixels; null where there is none. */
export function placeAt(
  places: readonly Place[],
  view: MapView,
  [x, y]: Pixel,
  reach: number,
): number | null {
  let best: number | null = null;
  let least = reach * reach;
  for (const [index, place] of places.entries()) {
    const [px, py] = pixelOf(view, place);
    const distance = (px - x) ** 2 + (py - y) ** 2;
    if (distance <= least) {
      least = distance;
      best = index;
    }
  }
  return best;
}
