import { VoxseekError } from '../../../errors.js';
import { formatGrid, orientationOf, stackingAxis } from '../../geometry.js';
import { unknownLabel } from '../../label-table.js';
import type { Plane } from '../../volume.js';
import { type DicomMask, type OnWarning, openStructures } from './dicom-mask.js';
import type { Grid } from './plane-on-grid.js';
import type { StructureSlices } from './structure.js';

/**
 * How many voxels of each structure every slice of the image has.
 *
 * @returns for each structure that occurs, in the order of the names: voxel counts by slice index along the
 *   image's own axis of the plane.
 * @throws VoxseekError MASK_GRID_MISMATCH where nothing of the mask lies on the image; and what
 *   {@link openStructures} throws
 */
export async function countDicomLabels(
  mask: DicomMask,
  grid: Grid,
  plane: Plane,
  onWarning?: OnWarning,
): Promise<Map<string, Uint32Array>> {
  const axis = stackingAxis(orientationOf(grid.affine), plane);
  const counts = new Map<string, Uint32Array>();
  let planes = 0;
  let outside = 0;
  for (const structure of await openStructures(mask, grid, onWarning)) {
    const drawn = structure.draw();
    planes += drawn.planes;
    outside += drawn.outside;
    const perSlice = countVoxels(drawn.slices, grid, axis);
    if (perSlice.some((voxels) => voxels > 0)) counts.set(structure.name, perSlice);
  }
  if (planes > 0 && outside === planes) throw allOutside(mask, grid);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * @returns 1 where the structure is and 0 elsewhere, in the order of the image's voxels; undefined where no voxel
 *   has it.
 * @throws VoxseekError LABEL_UNKNOWN (with the names there are), MASK_GRID_MISMATCH, and what
 *   {@link openStructures} throws
 */
export async function readDicomStructure(
  mask: DicomMask,
  name: string,
  grid: Grid,
  onWarning?: OnWarning,
): Promise<Uint8Array | undefined> {
  const structures = await openStructures(mask, grid, onWarning);
  const structure = structures.find((one) => one.name === name);
  if (structure === undefined) {
    throw unknownLabel(
      name,
      structures.map((one) => one.name),
      mask.path,
    );
  }
  const { slices, planes, outside } = structure.draw();
  if (planes > 0 && outside === planes) throw allOutside(mask, grid, name);
  const [ni, nj, nk] = grid.size;
  const inside = new Uint8Array(ni * nj * nk);
  for (const [k, slice] of slices) inside.set(slice, k * ni * nj);
  return inside.includes(1) ? inside : undefined;
}

function allOutside(mask: DicomMask, grid: Grid, name?: string): VoxseekError {
  const what = name === undefined ? 'everything in the mask' : `all of "${name}"`;
  return new VoxseekError('MASK_GRID_MISMATCH', `${what} lies outside the image (${formatGrid(grid)})`, {
    subject: mask.path,
    advice: 'Give the mask of this series, or the series that the mask was drawn on.',
  });
}

function countVoxels(slices: StructureSlices, grid: Grid, axis: 0 | 1 | 2): Uint32Array {
  const counts = new Uint32Array(grid.size[axis]);
  const [ni] = grid.size;
  for (const [k, slice] of slices) {
    // Most voxels of most slices are outside: the search for the next one is native.
    for (let voxel = slice.indexOf(1); voxel >= 0; voxel = slice.indexOf(1, voxel + 1)) {
      counts[axis === 0 ? voxel % ni : axis === 1 ? Math.floor(voxel / ni) : k]!++;
    }
  }
  return counts;
}
