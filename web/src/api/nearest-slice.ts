import type { VolumeDetail } from '../../../src/server/schemas.js';

/** @returns the stored slice nearest to an index along the file's own axis, null where none is stored. */
export function nearestSlice({ slices }: VolumeDetail, index: number): VolumeDetail['slices'][number] | null {
  return slices.reduce<VolumeDetail['slices'][number] | null>(
    (best, slice) =>
      best === null || Math.abs(slice.index - index) < Math.abs(best.index - index) ? slice : best,
    null,
  );
}
