import { VoxseekError } from '../errors.js';
import { orientationOf, patientToVoxel, stackingAxis } from '../volume/geometry.js';
import { type PixelRectangle, pixelRectangle } from '../volume/slice.js';
import type { Plane, Vector3, Volume } from '../volume/volume.js';

type Grid = Pick<Volume, 'size' | 'affine' | 'spacing'>;

/** The part of a query volume that is looked for. */
export interface Region {
  /** Slice indices along the file's own axis, ascending. */
  readonly indices: readonly number[];
  /** Smallest and largest voxel index of the part along each of the file's axes, inclusive. */
  readonly low: Vector3;
  readonly high: Vector3;
}

/** A box in patient coordinates, RAS+ mm: along each axis from the smaller to the larger coordinate. */
export interface PatientBox {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly z: readonly [number, number];
}

/**
 * Slices `from` to `to`, both inclusive.
 *
 * @throws VoxseekError REGION_EMPTY where none of them is in the volume
 */
export function sliceRange(grid: Grid, plane: Plane, from: number, to: number, subject: string): Region {
  const axis = stackingAxis(orientationOf(grid.affine), plane);
  const last = grid.size[axis]! - 1;
  const [first, final] = [Math.max(0, from), Math.min(last, to)];
  if (first > final) {
    throw new VoxseekError(
      'REGION_EMPTY',
      `it has the ${plane} slices 0 to ${last}, none of ${from} to ${to}`,
      {
        subject,
      },
    );
  }
  const low: [number, number, number] = [0, 0, 0];
  const high = grid.size.map((n) => n - 1) as [number, number, number];
  low[axis] = first;
  high[axis] = final;
  return { indices: span(first, final), low, high };
}

/**
 * The voxels whose centres lie in a box: on an oblique grid, in the block of voxels around the box.
 *
 * @throws VoxseekError REGION_EMPTY where the box and the volume do not meet
 */
export function boxRegion(grid: Grid, plane: Plane, box: PatientBox, subject: string): Region {
  const low: [number, number, number] = [0, 0, 0];
  const high: [number, number, number] = [0, 0, 0];
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) =>
    patientToVoxel(grid.affine, [box.x[corner & 1]!, box.y[(corner >> 1) & 1]!, box.z[(corner >> 2) & 1]!]),
  );
  for (const axis of [0, 1, 2] as const) {
    const along = corners.map((corner) => corner[axis]);
    // A hair's breadth of tolerance: positions were float32 in the file.
    low[axis] = Math.max(0, Math.ceil(Math.min(...along) - 1e-4));
    high[axis] = Math.min(grid.size[axis]! - 1, Math.floor(Math.max(...along) + 1e-4));
    if (low[axis] > high[axis]) {
      throw new VoxseekError('REGION_EMPTY', 'no voxel centre lies in the box', {
        subject,
        advice: 'Boxes are in mm, RAS+: x to the right of the patient, y to the front, z to the head.',
      });
    }
  }
  const axis = stackingAxis(orientationOf(grid.affine), plane);
  return { indices: span(low[axis]!, high[axis]!), low, high };
}

/**
 * The slices in which a structure has at least `minVoxels` voxels.
 *
 * @param inside 1 where the structure is, in the order of the volume's voxels.
 * @throws VoxseekError REGION_EMPTY where no slice has as many
 */
export function structureRegion(
  grid: Grid,
  plane: Plane,
  inside: Uint8Array,
  minVoxels: number,
  subject: string,
): Region {
  const axis = stackingAxis(orientationOf(grid.affine), plane);
  const counts = new Uint32Array(grid.size[axis]!);
  const low = grid.size.map((n) => n) as [number, number, number];
  const high: [number, number, number] = [-1, -1, -1];
  const voxel: [number, number, number] = [0, 0, 0];
  let position = 0;
  for (voxel[2] = 0; voxel[2] < grid.size[2]; voxel[2]++) {
    for (voxel[1] = 0; voxel[1] < grid.size[1]; voxel[1]++) {
      for (voxel[0] = 0; voxel[0] < grid.size[0]; voxel[0]++) {
        if (inside[position++] === 0) continue;
        counts[voxel[axis]]!++;
        for (const a of [0, 1, 2] as const) {
          if (voxel[a] < low[a]) low[a] = voxel[a];
          if (voxel[a] > high[a]) high[a] = voxel[a];
        }
      }
    }
  }
  const indices = [...counts.keys()].filter((index) => counts[index]! >= minVoxels);
  if (indices.length === 0) {
    throw new VoxseekError('REGION_EMPTY', `no ${plane} slice has ${minVoxels} voxels of the region`, {
      subject,
    });
  }
  return { indices, low, high };
}

/** The region's rectangle in every slice, with a margin on all sides, within the picture. */
export function cropRectangle(grid: Grid, plane: Plane, region: Region, marginMm: number): PixelRectangle {
  const margin = grid.spacing.map((spacing) => Math.round(marginMm / spacing));
  const low = region.low.map((v, a) => Math.max(0, v - margin[a]!)) as unknown as Vector3;
  const high = region.high.map((v, a) => Math.min(grid.size[a]! - 1, v + margin[a]!)) as unknown as Vector3;
  return pixelRectangle(grid, plane, low, high);
}

function span(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
