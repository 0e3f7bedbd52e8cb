import { orientationOf, stackingAxis } from '../../volume/geometry.js';
import {
  cropSlice,
  extractSlice,
  type PixelRectangle,
  pixelRectangle,
  sliceCount,
} from '../../volume/slice.js';
import type { Modality, Plane, SliceImage, Vector3, Volume } from '../../volume/volume.js';
import { bodyRectangle, drawSlice, type Picture } from './picture.js';

/** The plane of the overview in which slices of a plane are lines; `lines` says how these run. */
export const overviewOf = {
  axial: { plane: 'coronal', lines: 'horizontal' },
  coronal: { plane: 'sagittal', lines: 'vertical' },
  sagittal: { plane: 'coronal', lines: 'vertical' },
} as const satisfies Record<Plane, { plane: Plane; lines: 'horizontal' | 'vertical' }>;

/** So many slices are averaged; more show no more at the size of a tile. */
const projectedSlices = 64;
/** HU: padding of scanners reaches down to -3024, and metal up to where it would outshine all bone. */
const projectedHu = [-1000, 1500] as const;

/**
 * The volume seen through, across its slices: the mean along the view, like the scout image (topogram) on
 * which slices are planned.
 */
function overviewSlice(volume: Volume, plane: Plane, modality: Modality): SliceImage {
  const view = overviewOf[plane].plane;
  const count = sliceCount(volume, view);
  const taken = Math.min(count, projectedSlices);
  const first = extractSlice(volume, view, 0);
  const pixels = new Float32Array(first.pixels.length);
  const [least, most] =
    modality === 'CT' ? projectedHu : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let part = 0; part < taken; part++) {
    const slice = extractSlice(volume, view, Math.floor(((part + 0.5) * count) / taken));
    for (let place = 0; place < pixels.length; place++) {
      pixels[place]! += Math.min(most, Math.max(least, slice.pixels[place]!)) / taken;
    }
  }
  return { ...first, pixels };
}

/** The darkest and brightest values but for the outermost hundredths. */
function overviewRange(slice: SliceImage): readonly [low: number, high: number] {
  const sorted = slice.pixels.slice().sort();
  return [sorted[Math.floor(0.01 * (sorted.length - 1))]!, sorted[Math.floor(0.995 * (sorted.length - 1))]!];
}

/**
 * The part of the overview that is drawn: all of the stack, but across it no more than the body.
 */
function overviewRectangle(slice: SliceImage, plane: Plane): PixelRectangle {
  const [low, high] = overviewRange(slice);
  const body = bodyRectangle([slice], low + 0.1 * (high - low));
  const whole = { x0: 0, x1: slice.width, y0: 0, y1: slice.height };
  return overviewOf[plane].lines === 'horizontal'
    ? { ...whole, x0: body.x0, x1: body.x1 }
    : { ...whole, y0: body.y0, y1: body.y1 };
}

export function drawOverview(volume: Volume, plane: Plane, modality: Modality, box: number): Picture {
  const slice = overviewSlice(volume, plane, modality);
  const part = cropSlice(slice, overviewRectangle(slice, plane));
  return drawSlice(part, overviewRange(part), box);
}

/**
 * Where a slice lies in the overview: its borders along the stack, as shares of the overview's extent from the
 * top (horizontal lines) or from the left (vertical lines).
 *
 * @param index along the file's own axis.
 */
export function placeInStack(
  grid: Pick<Volume, 'size' | 'affine'>,
  plane: Plane,
  index: number,
): readonly [from: number, to: number] {
  const axis = stackingAxis(orientationOf(grid.affine), plane);
  const low = grid.size.map((_, a) => (a === axis ? index : 0)) as unknown as Vector3;
  const high = grid.size.map((n, a) => (a === axis ? index : n - 1)) as unknown as Vector3;
  const { x0, x1, y0, y1 } = pixelRectangle(grid, overviewOf[plane].plane, low, high);
  const n = grid.size[axis]!;
  return overviewOf[plane].lines === 'horizontal' ? [y0 / n, y1 / n] : [x0 / n, x1 / n];
}
