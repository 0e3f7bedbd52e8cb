import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFixture } from '../../../tests/volume-fixtures.js';
import { writeNifti } from '../../volume/write-nifti.js';
import { voxelBytes } from './voxel-bytes.js';

const folder = temporaryFolder();
const grid = {
  size: [7, 5, 3] as const,
  spacing: [1, 1, 1] as const,
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
};

describe('voxelBytes', () => {
  it('tells from the header how many bytes the voxels take', async () => {
    for (const [data, bytes] of [
      [new Int16Array(105), 210],
      [new Uint8Array(105), 105],
      [new Float32Array(105), 420],
    ] as const) {
      for (const ending of ['nii', 'nii.gz']) {
        const path = join(folder, `${bytes}.${ending}`);
        await writeNifti(path, { ...grid, data });
        expect(await voxelBytes(path)).toBe(bytes);
      }
    }
  });

  it('does not need all of a compressed file', async () => {
    // Noise does not compress: far more than the part that is looked at.
    const path = join(folder, 'noise.nii.gz');
    let random = 1;
    const data = Int16Array.from({ length: 64 * 64 * 32 }, () => {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      return random >>> 17;
    });
    await writeNifti(path, { ...grid, size: [64, 64, 32], data });
    expect(await voxelBytes(path)).toBe(2 * 64 * 64 * 32);
  });

  it('leaves it to reading to say what is wrong with a file', async () => {
    expect(await voxelBytes(join(folder, 'missing.nii'))).toBe(0);
    expect(await voxelBytes(writeFixture(folder, 'text.nii', 'no image'))).toBe(0);
    expect(await voxelBytes(writeFixture(folder, 'text.nii.gz', gzipSync('no image')))).toBe(0);
    expect(await voxelBytes(writeFixture(folder, 'cut.nii.gz', Buffer.from([0x1f, 0x8b, 8])))).toBe(0);
  });

  it('allows for the copies that are made of other formats', async () => {
    expect(await voxelBytes(writeFixture(folder, 'a.nrrd', Buffer.alloc(1000)))).toBe(8000);
  });
});
