import { describe, expect, it } from 'vitest';
import {
  boxOf,
  extentMm,
  fractionOf,
  type Grid,
  movedBySlices,
  movedToSlice,
  planeAcross,
  pointAt,
  sliceAt,
  sliceAtPosition,
  sliceCount,
  slicePosition,
} from './grid.js';

/** 10 x 20 x 30 voxels of 2 x 1 x 3 mm; the file runs to the left, the back and the head (LPS). */
const lps: Grid = {
  size: [10, 20, 30],
  affine: [-2, 0, 0, 9, 0, -1, 0, 19.5, 0, 0, 3, -100, 0, 0, 0, 1],
};

/** Sagittal acquisition: the first axis of the file runs to the feet, the second to the front, the third right. */
const sagittal: Grid = {
  size: [4, 6, 8],
  affine: [0, 0, 5, -20, 0, 2, 0, 0, -3, 0, 0, 30, 0, 0, 0, 1],
};

describe('the grid of a volume', () => {
  it('knows which plane the slices of an axis lie in', () => {
    expect([0, 1, 2].map((axis) => planeAcross(lps, axis as 0 | 1 | 2))).toEqual([
      'sagittal',
      'coronal',
      'axial',
    ]);
    expect([0, 1, 2].map((axis) => planeAcross(sagittal, axis as 0 | 1 | 2))).toEqual([
      'axial',
      'coronal',
      'sagittal',
    ]);
    expect(sliceCount(sagittal, 'axial')).toBe(4);
  });

  it('counts slices along the own axis of the file', () => {
    expect(slicePosition(lps, 'axial', 10)).toBe(-70);
    expect(slicePosition(lps, 'sagittal', 0)).toBe(9);
    expect(sliceAtPosition(lps, 'axial', -69)).toBe(10);
    expect(sliceAtPosition(lps, 'axial', 1000)).toBe(29);
    expect(sliceAtPosition(sagittal, 'axial', 22)).toBe(3);
    expect(sliceAt(lps, 'coronal', [0, 17.6, 0])).toBe(2);
  });

  it('moves along one axis only', () => {
    expect(movedToSlice(lps, 'axial', [1.3, 2.6, -50], 0)).toEqual(
      [1.3, 2.6, -100].map((mm) => expect.closeTo(mm)),
    );
    expect(movedBySlices(sagittal, 'axial', [0, 0, 24], 1)[2]).toBeCloseTo(27);
    expect(movedBySlices(lps, 'sagittal', [1, 0, 0], 1)[0]).toBeCloseTo(3);
  });

  it('stops at the ends', () => {
    expect(movedBySlices(lps, 'axial', [0, 0, -13], 10)[2]).toBeCloseTo(-13);
    expect(movedToSlice(lps, 'axial', [0, 0, 0], -4)[2]).toBeCloseTo(-100);
  });

  it('measures fractions between the outer faces, towards right, front and head', () => {
    // Voxel 0 of the first axis is the rightmost; its outer face lies half a voxel further right.
    expect(fractionOf(lps, [10, 20, -101.5])).toEqual([1, 1, 0].map((share) => expect.closeTo(share)));
    expect(fractionOf(lps, [-10, 0, -11.5])).toEqual([0, 0, 1].map((share) => expect.closeTo(share)));
    expect(pointAt(lps, [0.5, 0.25, 0])).toEqual([0, 5, -101.5].map((mm) => expect.closeTo(mm)));
    expect(extentMm(sagittal)).toEqual([40, 12, 12]);
  });

  it('has a box with all of its voxels in it', () => {
    expect(boxOf(lps)).toEqual([
      [expect.closeTo(-10), expect.closeTo(10)],
      [expect.closeTo(0), expect.closeTo(20)],
      [expect.closeTo(-101.5), expect.closeTo(-11.5)],
    ]);
  });
});
