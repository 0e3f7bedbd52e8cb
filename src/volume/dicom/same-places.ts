import { dot } from '../vector3.js';
import { framesByPlane, normalOf, type PlacedFrame } from './placed-frame.js';
import { measureGeometry, toleranceFor } from './stack-geometry.js';

/** The frames of the values of one criterion. */
type Groups = readonly { readonly frames: readonly PlacedFrame[] }[];

/**
 * Two values tell stacks apart where they lie at the same places: at two at least, and at half or more of those
 * of the smaller one. Fewer are the overlap of steps, or slices that were repeated.
 */
export function repeatPlaces(all: readonly PlacedFrame[], groups: Groups): boolean {
  const placeOf = new Map<PlacedFrame, number>();
  framesByPlane(all).forEach((frames, place) => {
    for (const frame of frames) placeOf.set(frame, place);
  });
  const extended = groups
    .map(({ frames }) => new Set(frames.map((frame) => placeOf.get(frame)!)))
    .filter(({ size }) => size >= 2);
  return extended.some((a, index) =>
    extended.slice(index + 1).some((b) => {
      const shared = [...a].filter((place) => b.has(place)).length;
      return shared >= Math.max(2, Math.min(a.size, b.size) / 2);
    }),
  );
}

/**
 * Two phases of one region whose slices lie beside each other: each is even by itself and both together are not.
 * Interleaved halves of one scan are even together.
 */
export function interleaveUnevenly(all: readonly PlacedFrame[], groups: Groups): boolean {
  const stacks = groups.map(({ frames }) => firstOfPlanes(frames));
  if (stacks.some((frames) => frames.length < 3) || isEven(firstOfPlanes(all))) return false;
  const normal = normalOf(all[0]!);
  const ranges = stacks
    .map((frames) => ({ from: dot(frames[0]!.position, normal), to: dot(frames.at(-1)!.position, normal) }))
    .sort((a, b) => a.from - b.from);
  const overlap = ranges.some((range, index) => index > 0 && range.from < ranges[index - 1]!.to);
  return overlap && stacks.every(isEven);
}

function firstOfPlanes(frames: readonly PlacedFrame[]): PlacedFrame[] {
  return framesByPlane(frames).map((plane) => plane[0]!);
}

function isEven(frames: readonly PlacedFrame[]): boolean {
  const { gaps, unevenness, spacing } = measureGeometry(frames, { duplicatePositions: 0, otherSizes: 0 });
  return gaps.length === 0 && unevenness <= toleranceFor(spacing.median);
}
