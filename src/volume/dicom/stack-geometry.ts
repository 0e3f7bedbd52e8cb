import { addScaled, angleBetween, dot, length } from '../vector3.js';
import type { Vector3 } from '../volume.js';
import { normalOf, type PlacedFrame } from './placed-frame.js';
import type { StackGeometry } from './stack.js';

/** Headers write positions with as little as one decimal: less than this is rounding (mm). */
const roundingMm = 0.1;
/** Slices this near to an even grid (share of the slice distance) are taken as lying on it. */
const evenShare = 0.05;
/** Distances this near to a whole multiple of the median (share of the median) mean missing slices. */
const gapShare = 0.2;
/** A gantry is tilted by whole degrees; less than this is rounding of positions (degrees). */
const tiltDegrees = 0.5;

/**
 * Measures a stack.
 *
 * @param frames two or more of one orientation, in ascending order along the normal, no two at one place.
 * @param leftOut what was left out of the stack before.
 */
export function measureGeometry(
  frames: readonly PlacedFrame[],
  leftOut: Pick<StackGeometry, 'duplicatePositions' | 'otherSizes'>,
): StackGeometry {
  const heights = heightsOf(frames);
  const distances = distancesBetween(heights);
  const median = medianOf(distances);
  const gaps = stepsBetween(heights).flatMap((steps, after) =>
    steps !== undefined && steps > 1 ? [{ after, missing: steps - 1 }] : [],
  );
  const normal = normalOf(frames[0]!);
  return {
    sliceCount: frames.length,
    spacing: { median, smallest: Math.min(...distances), largest: Math.max(...distances) },
    gaps,
    tilt: tiltOf(frames, heights),
    obliqueness: Math.min(
      ...axes.map((axis) => {
        const angle = angleBetween(axis, normal);
        return Math.min(angle, 180 - angle);
      }),
    ),
    unevenness: unevennessOf(frames),
    ...leftOut,
  };
}

function distancesBetween(heights: readonly number[]): number[] {
  return heights.slice(1).map((height, index) => height - heights[index]!);
}

/** The lower of the two middle ones, so that the gap of three slices at 0, 5 and 15 mm is told. */
function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
}

/**
 * Distance of neighbouring slices in whole slice distances: 1, more where slices are missing, undefined where it is
 * no whole multiple.
 */
export function stepsBetween(heights: readonly number[]): (number | undefined)[] {
  const distances = distancesBetween(heights);
  const median = medianOf(distances);
  const allowed = Math.max(gapShare * median, roundingMm);
  // Of positions that were rounded the mean tells the distance better than any single one.
  const usual = distances.filter((distance) => Math.abs(distance - median) <= allowed);
  const mean = usual.reduce((sum, distance) => sum + distance, 0) / usual.length;
  return distances.map((distance) => {
    const steps = Math.max(1, Math.round(distance / mean));
    return Math.abs(distance - steps * mean) <= allowed ? steps : undefined;
  });
}

const axes: readonly Vector3[] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** Whether the frames lie on an even grid whose slices are perpendicular to it: nothing has to be resampled. */
export function isRegular({ tilt, unevenness, spacing, gaps }: StackGeometry): boolean {
  return gaps.length === 0 && !isTilted(tilt) && unevenness <= toleranceFor(spacing.median);
}

export function isTilted(tilt: number): boolean {
  return tilt > tiltDegrees;
}

/** @returns how far (mm) a slice may lie from its place on an even grid of this slice distance. */
export function toleranceFor(sliceDistance: number): number {
  return Math.max(roundingMm, evenShare * sliceDistance);
}

/** Distance of each slice from the first one along the normal, mm. */
export function heightsOf(frames: readonly PlacedFrame[]): number[] {
  const normal = normalOf(frames[0]!);
  const first = dot(frames[0]!.position, normal);
  return frames.map(({ position }) => dot(position, normal) - first);
}

/**
 * How far the origin of each slice is shifted within the plane, against that of the first one.
 *
 * @returns mm along a row (x) and down a column (y).
 */
export function shiftsOf(frames: readonly PlacedFrame[]): (readonly [x: number, y: number])[] {
  const { position: origin, orientation } = frames[0]!;
  return frames.map(({ position }) => {
    const from = addScaled(position, origin, -1);
    return [dot(from, orientation.row), dot(from, orientation.column)];
  });
}

/**
 * Angle between the normal and the line through the origins of the slices, in degrees: the median over pairs of
 * slices half a stack apart, so that neither one slice out of line nor rounded positions pass for a tilted gantry.
 */
function tiltOf(frames: readonly PlacedFrame[], heights: readonly number[]): number {
  const shifts = shiftsOf(frames);
  const apart = Math.floor(frames.length / 2);
  const slopes = ([0, 1] as const).map((axis) =>
    medianOf(
      shifts
        .slice(apart)
        .map((shift, k) => (shift[axis] - shifts[k]![axis]) / (heights[k + apart]! - heights[k]!)),
    ),
  );
  return (Math.atan(Math.hypot(...slopes)) * 180) / Math.PI;
}

/** The largest distance in mm of a slice's origin from its place on the even line from the first to the last. */
function unevennessOf(frames: readonly PlacedFrame[]): number {
  const step = meanStep(frames);
  const origin = frames[0]!.position;
  return Math.max(
    ...frames.map(({ position }, k) => length(addScaled(addScaled(position, origin, -1), step, -k))),
  );
}

/** From one slice to the next, on average: LPS mm. */
export function meanStep(frames: readonly PlacedFrame[]): Vector3 {
  const first = frames[0]!.position;
  const last = frames.at(-1)!.position;
  const steps = frames.length - 1;
  return [(last[0] - first[0]) / steps, (last[1] - first[1]) / steps, (last[2] - first[2]) / steps];
}
