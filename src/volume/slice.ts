import { VoxseekError } from '../errors.js';
import {
  type Orientation,
  orientationOf,
  type PatientAxis,
  patientAxisAcross,
  stackingAxis,
  voxelToPatient,
} from './geometry.js';
import type { Plane, SliceImage, Vector3, Volume, VoxelArray } from './volume.js';

/** Where one slice lies. */
export interface SlicePosition {
  /** Index along the file's own axis that the plane is stacked on (not reordered, not flipped). */
  readonly index: number;
  /** Centre of the slice in patient coordinates, RAS+ mm. */
  readonly center: Vector3;
  /**
   * The one coordinate of `center` that changes from slice to slice, RAS+ mm: superior for axial, anterior for
   * coronal, right for sagittal slices.
   */
  readonly positionMm: number;
}

/**
 * How a slice is shown, as radiologists look at it: the patient axis (0 right, 1 anterior, 2 superior) along a
 * row and down a column, both towards their negative end. Axial: patient's left on the right, back at the
 * bottom; coronal: left on the right, feet at the bottom; sagittal: back on the right, feet at the bottom.
 */
export const display: Readonly<Record<Plane, { readonly x: PatientAxis; readonly y: PatientAxis }>> = {
  axial: { x: 0, y: 1 },
  coronal: { x: 0, y: 2 },
  sagittal: { x: 1, y: 2 },
};

/** The file's axis that shows as a direction of the picture, and whether it runs the same way. */
export function pictureAxis(
  orientation: Orientation,
  patientAxis: PatientAxis,
): { axis: number; forwards: boolean } {
  const axis = orientation.findIndex((direction) => direction.patientAxis === patientAxis);
  return { axis, forwards: orientation[axis]!.sign < 0 };
}

/** @returns how many slices the volume has in this plane. */
export function sliceCount(volume: Pick<Volume, 'size' | 'affine'>, plane: Plane): number {
  return volume.size[stackingAxis(orientationOf(volume.affine), plane)]!;
}

/** @returns the place of every slice of the plane, by index. */
export function slicePositions(volume: Pick<Volume, 'size' | 'affine'>, plane: Plane): SlicePosition[] {
  const axis = stackingAxis(orientationOf(volume.affine), plane);
  return Array.from({ length: volume.size[axis]! }, (_, index) => {
    const voxel = volume.size.map((n, a) => (a === axis ? index : (n - 1) / 2)) as [number, number, number];
    const center = voxelToPatient(volume.affine, voxel);
    return { index, center, positionMm: center[patientAxisAcross[plane]] };
  });
}

/**
 * One slice for about every `everyMm` millimetres: of the slices that lie nearest to each multiple of it, from
 * the first slice on, each at most once. All slices where the spacing is larger.
 *
 * @param everyMm null: every slice.
 * @throws VoxseekError USAGE where it is not above 0 or not finite.
 */
export function everyMillimetres<T>(slices: readonly T[], spacingMm: number, everyMm: number | null): T[] {
  if (everyMm === null) return [...slices];
  if (!(everyMm > 0 && everyMm < Number.POSITIVE_INFINITY)) {
    throw new VoxseekError('USAGE', `one slice for every ${everyMm} mm is not a distance above 0`);
  }
  if (everyMm <= spacingMm) return [...slices];
  const picked: T[] = [];
  for (let step = 0; ; step++) {
    const index = Math.round((step * everyMm) / spacingMm);
    if (index >= slices.length) return picked;
    picked.push(slices[index]!);
  }
}

/** Distance between neighbouring slices of the plane along the stacking axis, in mm. */
export function sliceSpacing(volume: Pick<Volume, 'spacing' | 'affine'>, plane: Plane): number {
  return volume.spacing[stackingAxis(orientationOf(volume.affine), plane)]!;
}

/**
 * A slice where it lies in its volume: in display orientation, the pixel (x, y) is
 * `data[start + x * stepX + y * stepY]`.
 */
export interface SliceVoxels extends Omit<SliceImage, 'pixels'> {
  readonly data: VoxelArray;
  readonly start: number;
  readonly stepX: number;
  readonly stepY: number;
}

/** As {@link extractSlice}, without copying anything. */
export function sliceVoxels(volume: Volume, plane: Plane, index: number): SliceVoxels {
  const orientation = orientationOf(volume.affine);
  const stride = [1, volume.size[0], volume.size[0] * volume.size[1]];
  let start = index * stride[stackingAxis(orientation, plane)]!;
  const along = (patientAxis: PatientAxis) => {
    const { axis, forwards } = pictureAxis(orientation, patientAxis);
    if (!forwards) start += (volume.size[axis]! - 1) * stride[axis]!;
    return { axis, step: forwards ? stride[axis]! : -stride[axis]! };
  };
  const x = along(display[plane].x);
  const y = along(display[plane].y);
  return {
    data: volume.data,
    width: volume.size[x.axis]!,
    height: volume.size[y.axis]!,
    start,
    stepX: x.step,
    stepY: y.step,
    pixelSpacing: [volume.spacing[x.axis]!, volume.spacing[y.axis]!],
  };
}

/**
 * One slice in display orientation, by flips and transposition alone.
 *
 * @param index along the file's own axis, 0 <= index < {@link sliceCount}.
 * @returns pixels in HU or the modality's own units, row-major [height, width].
 */
export function extractSlice(volume: Volume, plane: Plane, index: number): SliceImage {
  const slice = sliceVoxels(volume, plane, index);
  return copySlice(slice, new Float32Array(slice.width * slice.height));
}

/** @param pixels room for all of the slice, which becomes the pixels of the image. */
export function copySlice(slice: SliceVoxels, pixels: Float32Array): SliceImage {
  const { data, width, height, start, stepX, stepY, pixelSpacing } = slice;
  let target = 0;
  for (let y = 0; y < height; y++) {
    let source = start + y * stepY;
    for (let x = 0; x < width; x++, source += stepX) pixels[target++] = data[source]!;
  }
  return { pixels, width, height, pixelSpacing };
}

/** A rectangle of pixels of a slice in display orientation, upper bounds exclusive. */
export interface PixelRectangle {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

/**
 * The pixels of a slice in display orientation that cover a block of voxels.
 *
 * @param low, high smallest and largest voxel index along each of the file's axes, inclusive.
 */
export function pixelRectangle(
  grid: Pick<Volume, 'size' | 'affine'>,
  plane: Plane,
  low: Vector3,
  high: Vector3,
): PixelRectangle {
  const orientation = orientationOf(grid.affine);
  const along = (patientAxis: PatientAxis): [number, number] => {
    const { axis, forwards } = pictureAxis(orientation, patientAxis);
    const last = grid.size[axis]! - 1;
    return forwards ? [low[axis]!, high[axis]! + 1] : [last - high[axis]!, last - low[axis]! + 1];
  };
  const [x0, x1] = along(display[plane].x);
  const [y0, y1] = along(display[plane].y);
  return { x0, x1, y0, y1 };
}

/** @returns the part of a slice within a rectangle of its pixels. */
export function cropSlice(slice: SliceImage, { x0, x1, y0, y1 }: PixelRectangle): SliceImage {
  const width = x1 - x0;
  const height = y1 - y0;
  const pixels = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (y0 + y) * slice.width + x0;
    pixels.set(slice.pixels.subarray(from, from + width), y * width);
  }
  return { pixels, width, height, pixelSpacing: slice.pixelSpacing };
}
