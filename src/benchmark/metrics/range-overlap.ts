/** Neighbouring slices of one volume, by their indices along the file's own axis, both inclusive. */
export interface SliceRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Intersection over union of two ranges of slices of one volume, as intervals in mm. A slice covers half a
 * spacing on both of its sides, so slices `from` to `to` are an interval of (to - from + 1) spacings, and as the
 * slices of a volume are evenly spaced the spacing cancels:
 *
 *     IoU(A, B) = |A and B| / |A or B|,    |.| being the number of slices
 *
 * @param extent from the first to the last slice with the structure; undefined where the volume has none of it,
 *   which gives 0, as does a missing range.
 */
export function rangeOverlap(range: SliceRange | undefined, extent: SliceRange | undefined): number {
  if (range === undefined || extent === undefined) return 0;
  const common = Math.max(0, Math.min(range.to, extent.to) - Math.max(range.from, extent.from) + 1);
  return overlapOfCounts(common, lengthOf(range), lengthOf(extent));
}

/** Intersection over union by the sizes of two sets and of what they have in common; 0 for empty sets. */
export function overlapOfCounts(common: number, first: number, second: number): number {
  return common === 0 ? 0 : common / (first + second - common);
}

/** From which intersection over union on a range counts as right. */
export const sufficientOverlap = 0.5;

function lengthOf({ from, to }: SliceRange): number {
  return to - from + 1;
}
