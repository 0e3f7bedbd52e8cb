import type { PatientBox } from '../../retrieval/region.js';

const axes = ['x', 'y', 'z'] as const;

/**
 * Intersection over union of two boxes of one volume, by their volumes in mm:
 *
 *     IoU(A, B) = |A and B| / (|A| + |B| - |A and B|)
 *
 * @param extent the box around the true structure; undefined where the volume has none of it, which gives 0.
 */
export function boxOverlap(box: PatientBox, extent: PatientBox | undefined): number {
  if (extent === undefined) return 0;
  const common = product((axis) =>
    Math.max(0, Math.min(box[axis][1], extent[axis][1]) - Math.max(box[axis][0], extent[axis][0])),
  );
  if (common === 0) return 0;
  const sizeOf = (one: PatientBox) => product((axis) => one[axis][1] - one[axis][0]);
  return common / (sizeOf(box) + sizeOf(extent) - common);
}

function product(factor: (axis: (typeof axes)[number]) => number): number {
  return axes.reduce((value, axis) => value * factor(axis), 1);
}
