import { spacingOf, voxelToPatient } from '../../volume/geometry.js';
import type { Affine, Size3, Volume, VoxelArray } from '../../volume/volume.js';
import { Breath } from '../breath.js';

/** A block of voxels along the file's own axes: first index, and how many. */
export interface VoxelBlock {
  readonly first: Size3;
  readonly size: Size3;
}

/** How the voxels of a block become one: images by their mean, labels by the voxel in the middle. */
export type Reduction = 'mean' | 'nearest';

/**
 * By how much a block is to be reduced along each axis so that it has at most so many voxels. Always the axis
 * with the finest spacing first, so that voxels become more like cubes.
 *
 * @param spacing mm along each axis.
 * @param maxVoxels >= 1.
 */
export function reductionFactors(size: Size3, spacing: Size3, maxVoxels: number): Size3 {
  const factors: [number, number, number] = [1, 1, 1];
  const reduced = () => size.map((n, axis) => Math.ceil(n / factors[axis]!)) as [number, number, number];
  for (;;) {
    const [i, j, k] = reduced();
    if (i * j * k <= maxVoxels) return factors;
    const candidates = [0, 1, 2].filter((axis) => factors[axis]! < size[axis]!);
    const finest = candidates.reduce((best, axis) =>
      spacing[axis]! * factors[axis]! < spacing[best]! * factors[best]! ? axis : best,
    );
    factors[finest]!++;
  }
}

/**
 * Cuts a block out of a volume and joins whole numbers of voxels. The last ones along an axis may be joined of
 * fewer, where the size is no multiple.
 *
 * @param factors voxels that become one, along each of the file's axes.
 * @returns a volume with the same type of voxels (means of whole numbers are rounded) and the affine that puts
 *   the centre of every new voxel where the centre of its block was, RAS+ mm.
 */
export async function reduceVolume(
  volume: Volume,
  { first, size }: VoxelBlock,
  factors: Size3,
  reduction: Reduction,
): Promise<Volume> {
  const target = size.map((n, axis) => Math.ceil(n / factors[axis]!)) as [number, number, number];
  const affine = reducedAffine(volume.affine, first, factors);
  const grid = { size: target, affine, spacing: spacingOf(affine) };
  const data = new (volume.data.constructor as new (length: number) => VoxelArray)(
    target[0] * target[1] * target[2],
  );
  const isWhole = !(data instanceof Float32Array || data instanceof Float64Array);
  const [ni, nj] = volume.size;
  const rows = reduction === 'mean' ? meanOfRows : middleOfRows;
  const line = new Float64Array(target[0]);
  const breath = new Breath();
  let voxel = 0;
  for (let k = 0; k < target[2]; k++) {
    await breath.take();
    for (let j = 0; j < target[1]; j++) {
      const block = {
        i0: first[0],
        i1: first[0] + size[0],
        j0: first[1] + j * factors[1],
        j1: first[1] + Math.min(size[1], (j + 1) * factors[1]),
        k0: first[2] + k * factors[2],
        k1: first[2] + Math.min(size[2], (k + 1) * factors[2]),
      };
      rows(volume.data, ni, ni * nj, block, factors[0], line);
      for (let i = 0; i < target[0]; i++) data[voxel++] = isWhole ? Math.round(line[i]!) : line[i]!;
    }
  }
  return { data, ...grid };
}

/** Ranges of voxel indices, upper ends exclusive. */
interface Rows {
  readonly i0: number;
  readonly i1: number;
  readonly j0: number;
  readonly j1: number;
  readonly k0: number;
  readonly k1: number;
}

/** Fills `line` with the means of `step` voxels each, over all rows of the block. */
function meanOfRows(
  data: VoxelArray,
  rowStride: number,
  sliceStride: number,
  { i0, i1, j0, j1, k0, k1 }: Rows,
  step: number,
  line: Float64Array,
): void {
  line.fill(0);
  for (let k = k0; k < k1; k++) {
    for (let j = j0; j < j1; j++) {
      let source = j * rowStride + k * sliceStride + i0;
      for (let i = 0; i < line.length; i++) {
        const end = Math.min(i1, i0 + (i + 1) * step) + j * rowStride + k * sliceStride;
        let sum = 0;
        for (; source < end; source++) sum += data[source]!;
        line[i]! += sum;
      }
    }
  }
  const rows = (j1 - j0) * (k1 - k0);
  for (let i = 0; i < line.length; i++) {
    line[i]! /= rows * (Math.min(i1, i0 + (i + 1) * step) - (i0 + i * step));
  }
}

/** Fills `line` with the voxels in the middle of `step` voxels each, of the row in the middle. */
function middleOfRows(
  data: VoxelArray,
  rowStride: number,
  sliceStride: number,
  { i0, i1, j0, j1, k0, k1 }: Rows,
  step: number,
  line: Float64Array,
): void {
  const row = ((j0 + j1) >> 1) * rowStride + ((k0 + k1) >> 1) * sliceStride;
  for (let i = 0; i < line.length; i++) {
    const start = i0 + i * step;
    line[i] = data[row + ((start + Math.min(i1, start + step)) >> 1)]!;
  }
}

function reducedAffine(affine: Affine, first: Size3, factors: Size3): Affine {
  const centre = first.map((index, axis) => index + (factors[axis]! - 1) / 2) as [number, number, number];
  const origin = voxelToPatient(affine, centre);
  const rows = [0, 1, 2].flatMap((row) => [
    ...[0, 1, 2].map((axis) => affine[4 * row + axis]! * factors[axis]!),
    origin[row]!,
  ]);
  return [...rows, 0, 0, 0, 1];
}
