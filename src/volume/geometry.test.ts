import { describe, expect, it } from 'vitest';
import { VoxseekError } from '../errors.js';
import {
  assertUsableAffine,
  cornerDistance,
  formatGrid,
  orientationCode,
  orientationOf,
  patientToVoxel,
  sameGrid,
  spacingOf,
  stackingAxis,
  toCanonical,
  voxelToPatient,
} from './geometry.js';
import type { Affine, Size3, Vector3 } from './volume.js';

/** i towards the front (2 mm), j towards the left (3 mm), k towards the feet (4 mm): "ALI". */
const ali: Affine = [0, -3, 0, 10, 2, 0, 0, 20, 0, 0, -4, 30, 0, 0, 0, 1];

function diagonal(x: number, y: number, z: number, [ox, oy, oz]: Vector3 = [0, 0, 0]): Affine {
  return [x, 0, 0, ox, 0, y, 0, oy, 0, 0, z, oz, 0, 0, 0, 1];
}

function rotatedAboutZ(degrees: number): Affine {
  const c = Math.cos((degrees * Math.PI) / 180);
  const s = Math.sin((degrees * Math.PI) / 180);
  return [c, -s, 0, 0, s, c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
}

describe('affine', () => {
  it('gives the spacing of the file axes, not of the patient axes', () => {
    expect(spacingOf(ali)).toEqual([2, 3, 4]);
    expect(spacingOf([3, 0, 0, 0, 4, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])).toEqual([5, 1, 1]);
  });

  it('takes voxels to millimetres and back', () => {
    // 1 step along i is 2 mm to the front, 2 along j 6 mm to the left, 3 along k 12 mm down.
    expect(voxelToPatient(ali, [1, 2, 3])).toEqual([4, 22, 18]);
    const [i, j, k] = patientToVoxel(ali, [4, 22, 18]);
    expect(i).toBeCloseTo(1, 12);
    expect(j).toBeCloseTo(2, 12);
    expect(k).toBeCloseTo(3, 12);
  });

  it('is inverted where it is sheared and rotated', () => {
    const sheared: Affine = [2, 1, 0, 5, 0, 3, 1, -6, 1, 0, 4, 7, 0, 0, 0, 1];
    // By hand: (2*1 + 1*2 + 5, 3*2 + 1*3 - 6, 1*1 + 4*3 + 7).
    expect(voxelToPatient(sheared, [1, 2, 3])).toEqual([9, 3, 20]);
    patientToVoxel(sheared, [9, 3, 20]).forEach((value, axis) => {
      expect(value).toBeCloseTo(axis + 1, 12);
    });
  });
});

describe('orientation', () => {
  it.each([
    ['RAS', diagonal(1, 1, 1)],
    ['LPS', diagonal(-1, -1, 1)],
    ['LAS', diagonal(-1, 1, 1)],
    ['LPI', diagonal(-0.5, -0.5, -7)],
    ['ALI', ali],
    ['SRA', [0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1]],
    ['RAS', rotatedAboutZ(44)],
    ['ALS', rotatedAboutZ(46)],
    ['LPS', rotatedAboutZ(180)],
  ] satisfies [string, Affine][])('%s', (code, affine) => {
    expect(orientationCode(orientationOf(affine))).toBe(code);
  });

  it('finds the axis across each plane', () => {
    const orientation = orientationOf(ali);
    expect(stackingAxis(orientation, 'coronal')).toBe(0);
    expect(stackingAxis(orientation, 'sagittal')).toBe(1);
    expect(stackingAxis(orientation, 'axial')).toBe(2);
  });
});

describe('toCanonical', () => {
  it('reorders and flips a small volume as on paper', () => {
    // Size 2 (front) x 3 (left) x 1 (down); value = 10 i + j, stored i fastest.
    const volume = {
      data: Int16Array.from([0, 10, 1, 11, 2, 12]),
      size: [2, 3, 1] as const,
      affine: ali,
      spacing: [2, 3, 4] as const,
    };
    const canonical = toCanonical(volume);
    expect(canonical.size).toEqual([3, 2, 1]);
    // Rightmost of the patient is j = 0, so x runs through j = 2, 1, 0; y through i = 0, 1.
    expect([...canonical.data]).toEqual([2, 1, 0, 12, 11, 10]);
    expect(canonical.data).toBeInstanceOf(Int16Array);
    expect(canonical.spacing).toEqual([3, 2, 4]);
    expect(canonical.affine).toEqual(diagonal(3, 2, 4, [4, 20, 30]));
    expect([...volume.data]).toEqual([0, 10, 1, 11, 2, 12]);
  });
});

describe('assertUsableAffine', () => {
  const degenerate: [string, Affine, RegExp][] = [
    ['a zero column', [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], /spacing is zero \(1 x 0 x 1 mm\)/],
    ['parallel axes', [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], /same direction/],
    ['axes in one plane', [1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1], /same direction/],
    ['NaN', diagonal(1, Number.NaN, 1), /not finite/],
    ['an infinite origin', diagonal(1, 1, 1, [0, Number.POSITIVE_INFINITY, 0]), /not finite/],
  ];
  it.each(degenerate)('refuses %s', (_, affine, reason) => {
    let error: unknown;
    try {
      assertUsableAffine(affine, 'scan.nii');
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(VoxseekError);
    expect((error as VoxseekError).code).toBe('GEOMETRY_DEGENERATE');
    expect((error as VoxseekError).message).toMatch(/^scan\.nii: /);
    expect((error as VoxseekError).reason).toMatch(reason);
  });

  it.each([
    ['anisotropic', diagonal(0.1, 0.1, 10)],
    ['oblique', rotatedAboutZ(30)],
    ['left-handed', diagonal(-1, 1, 1)],
    ['gantry tilt of 30 degrees', [1, 0, 0, 0, 0, 1, 1.5, 0, 0, 0, 2.6, 0, 0, 0, 0, 1]],
  ] satisfies [string, Affine][])('accepts %s', (_, affine) => {
    expect(() => assertUsableAffine(affine, 'scan.nii')).not.toThrow();
  });
});

describe('sameGrid', () => {
  const size: Size3 = [100, 100, 50];
  const grid = { size, affine: diagonal(-1, -1, 3, [50, 50, -100]) };

  it.each([
    ['itself', grid, true],
    ['rounding of the origin', { size, affine: diagonal(-1, -1, 3, [50.04, 50, -100]) }, true],
    ['another origin', { size, affine: diagonal(-1, -1, 3, [50.06, 50, -100]) }, false],
    // 0.001 mm a voxel is 0.099 mm at the far corner.
    [
      'another spacing that shows at the far corner',
      { size, affine: diagonal(-1.001, -1, 3, [50, 50, -100]) },
      false,
    ],
    ['another size', { size: [100, 100, 51] as const, affine: grid.affine }, false],
    ['a flip', { size, affine: diagonal(1, -1, 3, [-49, 50, -100]) }, false],
  ])('%s', (_, other, same) => {
    expect(sameGrid(grid, other)).toBe(same);
  });

  it('measures how far apart two grids are', () => {
    const moved = { size, affine: diagonal(-1, -1, 3, [53, 46, -100]) };
    expect(cornerDistance(grid, moved)).toBeCloseTo(5, 12);
  });
});

it('formatGrid names size, spacing, orientation and origin', () => {
  const grid = { size: [512, 512, 90] as const, affine: diagonal(-0.97656, -0.97656, 3, [250, 249.5, -700]) };
  expect(formatGrid(grid)).toBe('512 x 512 x 90, 0.977 x 0.977 x 3 mm, LPS, origin (250, 249.5, -700)');
});
