import type { LabelledSlices } from './labelled-slices.js';

/** Whether a class was looked for in a volume; where nothing is stated, every class was. */
export function isAnnotated(
  { annotated, classes }: LabelledSlices,
  volume: number,
  classPosition: number,
): boolean {
  return annotated === undefined || annotated[volume * classes.length + classPosition]! > 0;
}

/**
 * The same slices without the voxels of classes that were not looked for in their volume: part of a class may be
 * drawn where the whole was not looked for.
 *
 * @returns the slices themselves where every class was looked for in every volume.
 */
export function annotatedOnly<Side extends LabelledSlices>(slices: Side): Side {
  const { annotated, classes, volumes } = slices;
  if (annotated === undefined) return slices;
  const voxels = slices.voxels.slice();
  for (const [volume, { firstRow, rowCount }] of volumes.entries()) {
    for (let c = 0; c < classes.length; c++) {
      if (isAnnotated(slices, volume, c)) continue;
      for (let row = firstRow; row < firstRow + rowCount; row++) voxels[row * classes.length + c] = 0;
    }
  }
  return { ...slices, voxels };
}
