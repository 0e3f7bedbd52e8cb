import { type MapSize, type MapView, type Place, pixelOf } from './map-view.js';

export interface MapPoint extends Place {
  readonly id: string;
  /** Name of the custom property with its colour. */
  readonly colour: string;
  /** Passes the filter. */
  readonly isIn: boolean;
  readonly isOutlier: boolean;
}

/** Colours of the style sheet, by the name of their custom property. */
export type Colours = (property: string) => string;

const fullTurn = 2 * Math.PI;

/**
 * @param marked the point that is pointed at, and the one that is most like it.
 * @param context of a canvas whose pixels are those of the screen times `pixelRatio`.
 */
export function drawMap(
  context: CanvasRenderingContext2D,
  points: readonly MapPoint[],
  view: MapView,
  { width, height }: MapSize,
  pixelRatio: number,
  marked: { readonly point: MapPoint | null; readonly nearest: MapPoint | null },
  colours: Colours,
): void {
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.clearRect(0, 0, width, height);
  const radius = points.length > 2000 ? 2 : points.length > 600 ? 3 : points.length > 60 ? 4 : 6;
  const disc = (point: MapPoint, size: number) => {
    const [x, y] = pixelOf(view, point);
    context.beginPath();
    context.arc(x, y, size, 0, fullTurn);
  };
  for (const isIn of [false, true]) {
    context.globalAlpha = isIn ? 0.9 : 0.18;
    for (const point of points) {
      if (point.isIn !== isIn) continue;
      context.fillStyle = colours(isIn ? point.colour : '--muted');
      disc(point, radius);
      context.fill();
    }
  }
  context.globalAlpha = 1;
  context.lineWidth = 1.2;
  context.strokeStyle = colours('--warning');
  for (const point of points) {
    if (!point.isOutlier || !point.isIn) continue;
    disc(point, radius + 3);
    context.stroke();
  }
  const { point, nearest } = marked;
  if (point === null) return;
  context.strokeStyle = colours('--text');
  if (nearest !== null) {
    context.beginPath();
    context.moveTo(...pixelOf(view, point));
    context.lineTo(...pixelOf(view, nearest));
    context.stroke();
  }
  context.lineWidth = 2;
  context.fillStyle = colours(point.colour);
  disc(point, radius + 3);
  context.fill();
  context.stroke();
}
