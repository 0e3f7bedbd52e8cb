import type { LabelledSlices } from './labelled-slices.js';

/** Whether a slice has at least `minVoxels` voxels of a class. */
export function sliceContains(
  { voxels, classes }: LabelledSlices,
  row: number,
  classPosition: number,
  minVoxels = 1,
): boolean {
  return voxels[row * classes.length + classPosition]! >= minVoxels;
}

/** @returns row-major [volumes, classes]: how many slices of the volume have at least `minVoxels` of the class. */
export function slicesWithClass(slices: LabelledSlices, minVoxels = 1): Uint32Array {
  const { volumes, classes } = slices;
  const counts = new Uint32Array(volumes.length * classes.length);
  for (const [volume, { firstRow, rowCount }] of volumes.entries()) {
    for (let row = firstRow; row < firstRow + rowCount; row++) {
      for (let c = 0; c < classes.length; c++) {
        if (sliceContains(slices, row, c, minVoxels)) counts[volume * classes.length + c]!++;
      }
    }
  }
  return counts;
}
