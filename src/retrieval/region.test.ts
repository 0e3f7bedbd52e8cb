import { describe, expect, it } from 'vitest';
import { VoxseekError } from '../errors.js';
import { spacingOf } from '../volume/geometry.js';
import type { Affine } from '../volume/volume.js';
import { boxRegion, cropRectangle, sliceRange, structureRegion } from './region.js';

const grid = (size: [number, number, number], affine: Affine) => ({
  size,
  affine,
  spacing: spacingOf(affine),
});

/** 10 x 12 x 20 voxels of 2 x 3 x 5 mm, axes to the right, front and head, first voxel at (100, 200, -50). */
const ras = grid([10, 12, 20], [2, 0, 0, 100, 0, 3, 0, 200, 0, 0, 5, -50, 0, 0, 0, 1]);
/** The same block of space stored towards left, back and head. */
const lps = grid([10, 12, 20], [-2, 0, 0, 118, 0, -3, 0, 233, 0, 0, 5, -50, 0, 0, 0, 1]);

const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof VoxseekError) return error.code;
    throw error;
  }
  return undefined;
};

describe('sliceRange', () => {
  it('takes both ends, clipped to the volume', () => {
    expect(sliceRange(ras, 'axial', 4, 6, 'x').indices).toEqual([4, 5, 6]);
    expect(sliceRange(ras, 'axial', 18, 99, 'x').indices).toEqual([18, 19]);
    expect(sliceRange(ras, 'sagittal', 9, 9, 'x')).toEqual({
      indices: [9],
      low: [9, 0, 0],
      high: [9, 11, 19],
    });
  });

  it('refuses a range outside', () => {
    expect(codeOf(() => sliceRange(ras, 'axial', 20, 30, 'x'))).toBe('REGION_EMPTY');
  });
});

describe('boxRegion', () => {
  // Voxel centres: x 100, 102, ... 118; y 200, 203, ... 233; z -50, -45, ... 45.
  const box = { x: [103, 110], y: [200, 206.5], z: [-41, -30] } as const;

  it('takes the voxels whose centres lie in the box', () => {
    expect(boxRegion(ras, 'axial', box, 'x')).toEqual({
      indices: [2, 3, 4],
      low: [2, 0, 2],
      high: [5, 2, 4],
    });
  });

  it('takes the same voxels of a file that runs the other way', () => {
    expect(boxRegion(lps, 'axial', box, 'x')).toEqual({
      indices: [2, 3, 4],
      low: [4, 9, 2],
      high: [7, 11, 4],
    });
    expect(boxRegion(lps, 'coronal', box, 'x').indices).toEqual([9, 10, 11]);
  });

  it('counts a box that ends on a voxel centre as holding it', () => {
    const edge = { x: [100, 100], y: [200, 200], z: [-50, -50] } as const;
    expect(boxRegion(ras, 'axial', edge, 'x')).toEqual({ indices: [0], low: [0, 0, 0], high: [0, 0, 0] });
  });

  it('refuses a box beside the volume or between two slices', () => {
    expect(codeOf(() => boxRegion(ras, 'axial', { ...box, z: [100, 200] }, 'x'))).toBe('REGION_EMPTY');
    expect(codeOf(() => boxRegion(ras, 'axial', { ...box, z: [-49, -46] }, 'x'))).toBe('REGION_EMPTY');
  });
});

describe('structureRegion', () => {
  const inside = new Uint8Array(10 * 12 * 20);
  const set = (i: number, j: number, k: number) => {
    inside[i + 10 * (j + 12 * k)] = 1;
  };
  set(3, 4, 7);
  set(4, 4, 7);
  set(4, 6, 8);
  set(5, 4, 9);
  set(5, 5, 9);

  it('takes the slices with enough voxels, and the bounds of all of them', () => {
    const region = structureRegion(ras, 'axial', inside, 1, 'x');
    expect(region).toEqual({ indices: [7, 8, 9], low: [3, 4, 7], high: [5, 6, 9] });
    expect(structureRegion(ras, 'axial', inside, 2, 'x').indices).toEqual([7, 9]);
    expect(structureRegion(ras, 'sagittal', inside, 2, 'x').indices).toEqual([4, 5]);
  });

  it('refuses where no slice has as many', () => {
    expect(codeOf(() => structureRegion(ras, 'axial', inside, 3, 'x'))).toBe('REGION_EMPTY');
    expect(codeOf(() => structureRegion(ras, 'axial', new Uint8Array(2400), 1, 'x'))).toBe('REGION_EMPTY');
  });
});

describe('cropRectangle', () => {
  const region = { indices: [7], low: [3, 4, 7], high: [5, 6, 9] } as const;

  it('is in display orientation: left on the right, back at the bottom', () => {
    // Axial picture of a RAS file: column 9 - i, row 11 - j.
    expect(cropRectangle(ras, 'axial', region, 0)).toEqual({ x0: 4, x1: 7, y0: 5, y1: 8 });
    // Of an LPS file: column i, row j.
    expect(cropRectangle(lps, 'axial', region, 0)).toEqual({ x0: 3, x1: 6, y0: 4, y1: 7 });
  });

  it('adds a margin in mm, rounded to pixels, within the picture', () => {
    // 4 mm: 2 columns of 2 mm, 1 row of 3 mm.
    expect(cropRectangle(lps, 'axial', region, 4)).toEqual({ x0: 1, x1: 8, y0: 3, y1: 8 });
    expect(cropRectangle(lps, 'axial', region, 500)).toEqual({ x0: 0, x1: 10, y0: 0, y1: 12 });
  });
});
