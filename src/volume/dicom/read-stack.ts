import { VoxseekError } from '../../errors.js';
import { assertUsableAffine, spacingOf } from '../geometry.js';
import { dot } from '../vector3.js';
import type { Affine, Size3, Vector3, Volume } from '../volume.js';
import { correctStack } from './correct-stack.js';
import { inParallel } from './in-parallel.js';
import type { DicomFrame, DicomInstance } from './instance.js';
import { normalOf, type PlacedFrame, pixelsOf } from './placed-frame.js';
import { readPixels } from './read-pixels.js';
import type { DicomStack, IrregularGeometry } from './stack.js';
import { isRegular, isTilted, meanStep } from './stack-geometry.js';
import { VoxelBuffer } from './voxel-buffer.js';

/** A stack as one volume. Voxel axes: i along a row, j down a column, k along the normal. */
export interface StackVolume extends Volume {
  /** For every slice k the frame nearest to it. */
  readonly frames: readonly DicomFrame[];
  /** undefined where every slice is as it was stored. */
  readonly correction: StackCorrection | undefined;
}

/** What was done to a stack that is no even grid. */
export interface StackCorrection {
  readonly reasons: readonly ('gaps' | 'uneven spacing' | 'tilt')[];
  /** Slices of the result that lie between two stored ones and were interpolated from them. */
  readonly interpolatedSlices: number;
}

/** Instances read at once: the next ones come from the disk while one is decoded. */
const concurrency = 4;

/**
 * Reads the volume of a stack: the stored values of every frame through its rescale slope and intercept.
 *
 * @returns Int16Array where every value is a whole number in its range (CT), else Float32Array; affine to RAS+ mm,
 *   its third column the mean step from slice to slice. A regular stack is untouched, voxel for voxel. One with
 *   gaps, uneven spacing or a tilt is resampled along the normal (`resample`), needing the memory of two volumes.
 * @throws VoxseekError SERIES_IRREGULAR (`refuse`; also where more slices are missing than there are),
 *   GEOMETRY_DEGENERATE, and what readPixels throws: DICOM_INVALID, TRANSFER_SYNTAX_UNSUPPORTED, FILE_NOT_FOUND,
 *   FILE_NOT_READABLE
 */
export async function readStack(stack: DicomStack, irregular: IrregularGeometry): Promise<StackVolume> {
  const regular = isRegular(stack.geometry);
  if (!regular && irregular === 'refuse') throw irregularity(stack);
  // A stack is made of placed frames only.
  const frames = stack.frames as readonly PlacedFrame[];
  const data = await readVoxels(frames);
  if (regular) {
    const { rows, columns } = pixelsOf(frames[0]!);
    const size: Size3 = [columns, rows, frames.length];
    return {
      ...placed(stack, size, frames[0]!.position, meanStep(frames)),
      data,
      frames,
      correction: undefined,
    };
  }
  const corrected = correctStack(stack, frames, data);
  return {
    ...placed(stack, corrected.size, corrected.position, corrected.step),
    data: corrected.data,
    frames: corrected.nearest.map((k) => frames[k]!),
    correction: corrected.correction,
  };
}

/** Reads each instance once, whatever number of its frames belong to the stack. */
async function readVoxels(frames: readonly PlacedFrame[]): Promise<Int16Array | Float32Array> {
  const { rows, columns } = pixelsOf(frames[0]!);
  const area = rows * columns;
  const slicesOf = new Map<DicomInstance, number[]>();
  frames.forEach(({ instance }, k) => {
    const slices = slicesOf.get(instance);
    if (slices) slices.push(k);
    else slicesOf.set(instance, [k]);
  });
  const voxels = new VoxelBuffer(area * frames.length);
  await inParallel([...slicesOf], concurrency, async ([instance, slices]) => {
    const { data } = await readPixels(instance);
    for (const k of slices) {
      const { index, rescale } = frames[k]!;
      voxels.write(
        k * area,
        data.subarray(index * area, (index + 1) * area),
        rescale.slope,
        rescale.intercept,
      );
    }
  });
  return voxels.data;
}

/** @param position of the first voxel, and `step` from slice to slice: LPS mm. */
function placed({ id, frames }: DicomStack, size: Size3, position: Vector3, step: Vector3) {
  const affine = stackAffine(frames[0] as PlacedFrame, position, step);
  assertUsableAffine(affine, `series ${id}`);
  return { size, affine, spacing: spacingOf(affine) };
}

/** Voxel (i, j, k) to RAS+ mm: PS3.3 C.7.6.2.1.1 with x and y negated. */
function stackAffine({ orientation, pixelSpacing }: PlacedFrame, position: Vector3, step: Vector3): Affine {
  const [betweenRows, betweenColumns] = pixelSpacing;
  const toRas = [-1, -1, 1];
  const rows = ([0, 1, 2] as const).flatMap((axis) =>
    [
      orientation.row[axis] * betweenColumns,
      orientation.column[axis] * betweenRows,
      step[axis],
      position[axis],
      // Adding 0 turns -0 into 0.
    ].map((value) => value * toRas[axis]! + 0),
  );
  return [...rows, 0, 0, 0, 1];
}

function irregularity({ id, frames, geometry }: DicomStack): VoxseekError {
  const normal = normalOf(frames[0] as PlacedFrame);
  const { gaps, tilt, spacing } = geometry;
  const reasons = [
    ...gaps.map(({ after, missing }) => {
      const height = dot(frames[after]!.position!, normal).toFixed(1);
      return `${missing} ${missing === 1 ? 'slice is' : 'slices are'} missing after ${height} mm`;
    }),
    ...(isTilted(tilt) ? [`the gantry is tilted by ${tilt.toFixed(1)} degrees`] : []),
  ];
  const uneven = `the slices lie ${spacing.smallest.toFixed(2)} to ${spacing.largest.toFixed(2)} mm apart`;
  return new VoxseekError('SERIES_IRREGULAR', reasons.length > 0 ? reasons.join(', ') : uneven, {
    subject: `series ${id}`,
    ...(gaps.length === 0 && { advice: 'Use --irregular resample, or leave this series out.' }),
  });
}
