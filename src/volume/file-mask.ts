import { VoxseekError } from '../errors.js';
import { cornerDistance, formatGrid, orientationOf, sameGrid, spacingOf, stackingAxis } from './geometry.js';
import { type LabelTable, labelName, unknownLabel } from './label-table.js';
import { readVolume } from './read.js';
import { sliceCount, sliceSpacing } from './slice.js';
import type { Plane, Volume, VoxelArray } from './volume.js';

/**
 * A mask in volume files, in one of two forms: one file of label numbers with a table of their names, or
 * (TotalSegmentator) a folder of binary files, each named by its structure.
 */
export type FileMask =
  | { readonly kind: 'labels'; readonly path: string; readonly table: LabelTable }
  | { readonly kind: 'structures'; readonly path: string; readonly files: ReadonlyMap<string, string> };

/** Size and affine of the image that a mask belongs to. */
export type Grid = Pick<Volume, 'size' | 'affine'>;

/**
 * @param imageGrid that of the image; undefined: the mask's own, that of its first file.
 * @returns for each label that occurs: voxel counts by slice index along the file's own axis of the plane.
 * @throws VoxseekError MASK_GRID_MISMATCH, MASK_INVALID, and what readVolume throws
 */
export async function countFileLabels(
  source: FileMask,
  imageGrid: Grid | undefined,
  plane: Plane,
): Promise<{ sliceCount: number; spacingMm: number; counts: Map<string, Uint32Array> }> {
  const counts = new Map<string, Uint32Array>();
  let grid = imageGrid;
  for (const [file, nameOf] of namedFiles(source)) {
    const mask = await readOnGrid(file, grid);
    // Not the mask itself: its voxels must not stay in memory while the others are read.
    grid ??= { size: mask.size, affine: mask.affine };
    for (const [number, perSlice] of countNumbers(mask, plane)) {
      const name = nameOf(number);
      const sum = counts.get(name);
      if (sum === undefined) counts.set(name, perSlice);
      else for (let slice = 0; slice < sum.length; slice++) sum[slice]! += perSlice[slice]!;
    }
  }
  const { affine } = grid!;
  const spacingMm = sliceSpacing({ affine, spacing: spacingOf(affine) }, plane);
  return { sliceCount: sliceCount(grid!, plane), spacingMm, counts };
}

/** The files of a mask, each with the structure that a number in it means. */
function namedFiles(source: FileMask): readonly (readonly [file: string, nameOf: (n: number) => string])[] {
  if (source.kind === 'labels') return [[source.path, (number) => labelName(source.table, number)]];
  return [...source.files].map(([name, file]) => [file, () => name]);
}

/**
 * @returns 1 where the structure is and 0 elsewhere, in the order of the image's voxels; undefined where no voxel
 *   has it.
 * @throws VoxseekError LABEL_UNKNOWN (with the names there are), MASK_GRID_MISMATCH, MASK_INVALID
 */
export async function readFileStructure(
  source: FileMask,
  name: string,
  grid: Grid,
): Promise<Uint8Array | undefined> {
  let mask: Volume;
  let isInside: (value: number) => boolean;
  if (source.kind === 'structures') {
    const file = source.files.get(name);
    if (file === undefined) throw unknownLabel(name, source.files.keys(), source.path);
    mask = await readOnGrid(file, grid);
    isInside = (value) => value > 0;
  } else {
    mask = await readOnGrid(source.path, grid);
    const numbers = labelNumbers(source.table, name);
    if (numbers.size === 0) throw unknownLabel(name, source.table.values(), source.path);
    isInside = (value) => numbers.has(value);
  }
  const inside = new Uint8Array(mask.data.length);
  let isEmpty = true;
  for (let i = 0; i < inside.length; i++) {
    if (!isInside(mask.data[i]!)) continue;
    inside[i] = 1;
    isEmpty = false;
  }
  return isEmpty ? undefined : inside;
}

/** All numbers of one name: a table may give several (both lungs as "lung"). */
function labelNumbers(table: LabelTable, name: string): ReadonlySet<number> {
  const numbers = [...table].filter(([, listed]) => listed === name).map(([number]) => number);
  const unnamed = /^label_([1-9]\d*)$/.exec(name);
  if (unnamed && !table.has(Number(unnamed[1]))) numbers.push(Number(unnamed[1]));
  return new Set(numbers);
}

/** @param grid that of the image, or of another mask of it; undefined: whichever the mask has. */
async function readOnGrid(path: string, grid: Grid | undefined): Promise<Volume> {
  const mask = await readVolume(path);
  if (grid !== undefined && !sameGrid(grid, mask)) {
    const sizesDiffer = mask.size.some((n, axis) => n !== grid.size[axis]);
    const apart = sizesDiffer
      ? ''
      : `; their corners lie up to ${cornerDistance(grid, mask).toPrecision(3)} mm apart`;
    throw new VoxseekError(
      'MASK_GRID_MISMATCH',
      `the mask has the grid ${formatGrid(mask)}, but the image ${formatGrid(grid)}${apart}`,
      { subject: path },
    );
  }
  assertLabelNumbers(mask.data, path);
  return mask;
}

function assertLabelNumbers(data: VoxelArray, subject: string): void {
  if (data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Uint32Array) return;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value < 0 || !Number.isInteger(value)) {
      throw new VoxseekError('MASK_INVALID', `a voxel holds ${value}, which is no label number`, { subject });
    }
  }
}

/** Voxel counts [slice] of every non-zero number in a mask; the numbers in ascending order. */
function countNumbers(mask: Volume, plane: Plane): Map<number, Uint32Array> {
  const axis = stackingAxis(orientationOf(mask.affine), plane);
  const slices = mask.size[axis]!;
  const counts = new Map<number, Uint32Array>();
  const [ni, nj, nk] = mask.size;
  const { data } = mask;
  let voxel = 0;
  // Neighbouring voxels mostly hold the same number: the map is asked only where it changes.
  let number = 0;
  let perSlice: Uint32Array | undefined;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++) {
        const value = data[voxel++]!;
        if (value === 0) continue;
        if (value !== number || perSlice === undefined) {
          number = value;
          perSlice = counts.get(value);
          if (perSlice === undefined) {
            perSlice = new Uint32Array(slices);
            counts.set(value, perSlice);
          }
        }
        perSlice[axis === 0 ? i : axis === 1 ? j : k]!++;
      }
    }
  }
  return new Map([...counts].sort(([a], [b]) => a - b));
}
