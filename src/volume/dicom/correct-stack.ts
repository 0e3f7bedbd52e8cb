import { VoxseekError } from '../../errors.js';
import { addScaled } from '../vector3.js';
import type { Vector3 } from '../volume.js';
import { normalOf, type PlacedFrame, pixelsOf } from './placed-frame.js';
import type { StackCorrection } from './read-stack.js';
import { type EvenStack, resampleStack } from './resample.js';
import type { DicomStack } from './stack.js';
import { heightsOf, isTilted, shiftsOf, stepsBetween, toleranceFor } from './stack-geometry.js';

/** A corrected stack, and where it lies (LPS mm). */
export interface CorrectedStack extends EvenStack {
  readonly position: Vector3;
  /** From one slice to the next. */
  readonly step: Vector3;
  readonly correction: StackCorrection;
}

/**
 * Puts a stack with gaps, uneven spacing or a tilt on an even grid along its own normal: the slices at the median
 * distance, or, where all distances are whole multiples of it, at what that makes of the whole length.
 *
 * @param frames those of the stack, in its order.
 * @param data row-major [slice, row, column].
 * @throws VoxseekError SERIES_IRREGULAR where more slices would have to be invented than there are.
 */
export function correctStack(
  { id, geometry }: DicomStack,
  frames: readonly PlacedFrame[],
  data: Int16Array | Float32Array,
): CorrectedStack {
  const first = frames[0]!;
  const heights = heightsOf(frames);
  const { distance, sliceCount, isUneven } = gridAlong(heights, geometry.spacing.median);
  if (sliceCount > 2 * frames.length) {
    throw new VoxseekError(
      'SERIES_IRREGULAR',
      `only ${frames.length} slices are there of ${sliceCount}: too few to fill the gaps from`,
      { subject: `series ${id}`, advice: 'Send the missing slices, or leave this series out.' },
    );
  }
  const { shear, shifts, isShifted } = shiftsWithoutShear(frames, heights, isTilted(geometry.tilt));
  const { rows, columns } = pixelsOf(first);
  const even = resampleStack(
    {
      data,
      size: [columns, rows, frames.length],
      pixelSpacing: [first.pixelSpacing[1], first.pixelSpacing[0]],
      heights,
      shifts,
    },
    distance,
    sliceCount,
  );
  const { row, column } = first.orientation;
  const along = (start: Vector3, [x, y]: readonly [number, number], factor: number) =>
    addScaled(addScaled(start, row, x * factor), column, y * factor);
  const isTilt = isTilted(geometry.tilt);
  return {
    ...even,
    position: along(first.position, even.origin, 1),
    step: along(addScaled([0, 0, 0], normalOf(first), distance), shear, distance),
    correction: {
      reasons: [
        ...(geometry.gaps.length > 0 ? (['gaps'] as const) : []),
        ...(isUneven || (isShifted && !isTilt) ? (['uneven spacing'] as const) : []),
        ...(isTilt ? (['tilt'] as const) : []),
      ],
      interpolatedSlices: even.interpolatedSlices,
    },
  };
}

/** The even grid that a stack is put on; its end is that of the stack, or less than one slice before it. */
function gridAlong(heights: readonly number[], median: number) {
  const length = heights.at(-1)!;
  const steps = stepsBetween(heights);
  if (steps.every((count) => count !== undefined)) {
    const total = steps.reduce((sum, count) => sum + count, 0);
    const distance = length / total;
    let place = 0;
    const isUneven = heights.some((height, k) => {
      place += k === 0 ? 0 : steps[k - 1]!;
      return Math.abs(height - place * distance) > toleranceFor(distance);
    });
    return { distance, sliceCount: total + 1, isUneven };
  }
  return {
    distance: median,
    sliceCount: Math.floor((length + toleranceFor(median)) / median) + 1,
    isUneven: true,
  };
}

/**
 * The shift of every slice within its plane. Without a tilt the line through the origins may still lean by a
 * trifle: that is kept in the affine (`shear`, mm per mm of height) and not undone.
 */
function shiftsWithoutShear(frames: readonly PlacedFrame[], heights: readonly number[], tilted: boolean) {
  const all = shiftsOf(frames);
  const [x, y] = all.at(-1)!;
  const height = heights.at(-1)!;
  const shear = tilted ? ([0, 0] as const) : ([x / height, y / height] as const);
  const shifts = all.map(
    (shift, k) => [shift[0] - shear[0] * heights[k]!, shift[1] - shear[1] * heights[k]!] as const,
  );
  const isShifted = shifts.some(([dx, dy]) => Math.hypot(dx, dy) > toleranceFor(0));
  return { shear, shifts: isShifted ? shifts : shifts.map(() => [0, 0] as const), isShifted };
}
