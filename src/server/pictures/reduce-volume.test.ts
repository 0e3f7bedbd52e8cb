import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithPython } from '../../../tests/python.js';
import { randomNumbers } from '../../../tests/random.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { voxelToPatient } from '../../volume/geometry.js';
import type { Size3, Vector3, Volume } from '../../volume/volume.js';
import { writeNifti } from '../../volume/write-nifti.js';
import { reduceVolume, reductionFactors } from './reduce-volume.js';

/** Oblique, with three different spacings. */
const affine = [1.8, 0.3, 0.1, -20, -0.2, 2.9, 0.4, 35, 0.15, -0.5, 4.9, -70, 0, 0, 0, 1];
const size: Size3 = [7, 6, 5];

function noise(seed = 3): Volume {
  const random = randomNumbers(seed);
  const data = Int16Array.from({ length: 7 * 6 * 5 }, () => Math.round(2000 * random() - 1000));
  return { data, size, spacing: [1.83, 2.96, 4.92], affine };
}

function expectNear(actual: Vector3, expected: Vector3): void {
  for (const axis of [0, 1, 2] as const) expect(actual[axis]).toBeCloseTo(expected[axis], 10);
}

const whole = { first: [0, 0, 0] as const, size };

describe('reduceVolume', () => {
  it('cuts a block out, voxel for voxel, and leaves it where it was', async () => {
    const volume = noise();
    const part = await reduceVolume(volume, { first: [2, 1, 3], size: [3, 4, 2] }, [1, 1, 1], 'mean');
    expect(part.size).toEqual([3, 4, 2]);
    expect(part.data).toBeInstanceOf(Int16Array);
    for (const [i, j, k] of [
      [0, 0, 0],
      [2, 3, 1],
      [1, 2, 0],
    ] as const) {
      expect(part.data[i + 3 * (j + 4 * k)]).toBe(volume.data[i + 2 + 7 * (j + 1 + 6 * (k + 3))]);
      expectNear(voxelToPatient(part.affine, [i, j, k]), voxelToPatient(affine, [i + 2, j + 1, k + 3]));
    }
  });

  it('joins voxels to their rounded mean, fewer at the upper ends', async () => {
    const { data } = await reduceVolume(noise(), whole, [3, 2, 2], 'mean');
    const source = noise().data;
    const at = (i: number, j: number, k: number) => source[i + 7 * (j + 6 * k)]!;
    let sum = 0;
    for (let k = 0; k < 2; k++) for (let j = 2; j < 4; j++) for (let i = 3; i < 6; i++) sum += at(i, j, k);
    expect(data[1 + 3 * (1 + 3 * 0)]).toBe(Math.round(sum / 12));
    // The last block has one voxel along i, two along j, one along k.
    expect(data[2 + 3 * (2 + 3 * 2)]).toBe(Math.round((at(6, 4, 4) + at(6, 5, 4)) / 2));
  });

  it('puts the centre of a new voxel where the centre of its block was', async () => {
    const factors: Vector3 = [3, 2, 2];
    const reduced = await reduceVolume(noise(), whole, factors, 'mean');
    const centre = voxelToPatient(reduced.affine, [1, 1, 1]);
    // Voxels 3 to 5, 2 to 3 and 2 to 3.
    expectNear(centre, voxelToPatient(affine, [4, 2.5, 2.5]));
    reduced.spacing.forEach((mm, axis) => {
      const norm = Math.hypot(affine[axis]!, affine[4 + axis]!, affine[8 + axis]!);
      expect(mm).toBeCloseTo(factors[axis]! * norm, 10);
    });
  });

  it('invents no label: of labels the voxel in the middle is taken', async () => {
    const data = Uint8Array.from({ length: 27 }, (_, voxel) => (voxel === 13 ? 7 : 200));
    const mask: Volume = {
      data,
      size: [3, 3, 3],
      spacing: [1, 1, 1],
      affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    };
    const one = await reduceVolume(mask, { first: [0, 0, 0], size: [3, 3, 3] }, [3, 3, 3], 'nearest');
    expect([...one.data]).toEqual([7]);
    expect(one.data).toBeInstanceOf(Uint8Array);
  });

  it('does not round where voxels are not whole numbers', async () => {
    const volume: Volume = { ...noise(), data: Float32Array.from(noise().data) };
    const reduced = await reduceVolume(volume, whole, [2, 1, 1], 'mean');
    expect(reduced.data[0]).toBeCloseTo((volume.data[0]! + volume.data[1]!) / 2, 3);
  });
});

describe('reductionFactors', () => {
  it('changes nothing that fits', () => {
    expect(reductionFactors([10, 10, 10], [1, 1, 1], 1000)).toEqual([1, 1, 1]);
  });

  it('joins along the finest axes first, so that voxels become cubes', () => {
    const factors = reductionFactors([512, 512, 100], [0.8, 0.8, 5], 2_000_000);
    expect(factors).toEqual([4, 4, 1]);
  });

  it('ends at one voxel', () => {
    expect(reductionFactors([5, 4, 3], [1, 1, 1], 1)).toEqual([5, 4, 3]);
  });
});

describeWithPython(['nibabel', 'numpy'], 'reduceVolume beside NumPy and nibabel', (runPython) => {
  it('has the means and the affine that they have', async () => {
    const folder = temporaryFolder();
    const random = randomNumbers(8);
    const data = Float32Array.from({ length: 12 * 9 * 8 }, () => 1000 * random());
    const volume: Volume = { data, size: [12, 9, 8], spacing: [1, 1, 1], affine };
    const block = { first: [2, 1, 0], size: [9, 8, 8] } as const;
    const reduced = await reduceVolume(volume, block, [3, 2, 4], 'mean');
    await writeNifti(join(folder, 'volume.nii'), volume);
    await writeNifti(join(folder, 'reduced.nii.gz'), reduced);
    const { difference, affineDifference } = runPython(
      folder,
      `
import json, sys
import nibabel, numpy
whole = nibabel.load(sys.argv[1]); reduced = nibabel.load(sys.argv[2])
part = whole.slicer[2:11, 1:9, 0:8]
blocks = part.get_fdata().reshape(3, 3, 4, 2, 2, 4).mean(axis=(1, 3, 5))
# Centre of a block: (f - 1) / 2 voxels beyond its first one.
shift = numpy.eye(4); shift[:3, 3] = [1, 0.5, 1.5]
affine = part.affine @ shift @ numpy.diag([3, 2, 4, 1])
print(json.dumps({'difference': float(abs(reduced.get_fdata() - blocks).max()), 'affineDifference': float(abs(reduced.affine - affine).max())}))
`,
      [join(folder, 'volume.nii'), join(folder, 'reduced.nii.gz')],
    ) as { difference: number; affineDifference: number };
    expect(difference).toBeLessThan(1e-3);
    expect(affineDifference).toBeLessThan(1e-4);
  });
});
