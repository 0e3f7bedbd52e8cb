import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../../tests/error-of.js';
import { recordFixture } from '../../../tests/stored-slices-fixture.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import type { VolumeRecord } from '../../archive/records.js';
import { openMask } from '../../volume/mask.js';
import type { Volume } from '../../volume/volume.js';
import { writeNifti } from '../../volume/write-nifti.js';
import { labelNumbers, openMaskOf, readLabelVolume } from './label-volume.js';

const folder = temporaryFolder();
const grid = {
  size: [3, 2, 2],
  spacing: [1, 1, 1],
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
} as const;
const recordOf = (labels: readonly string[]): VolumeRecord => ({
  ...recordFixture('scan', 2),
  ...grid,
  labels,
});

describe('a mask of one file for each structure', () => {
  it('is numbered in the order of the names; where two overlap, the last name is seen', async () => {
    const structures = join(folder, 'structures');
    mkdirSync(structures);
    const inside: Record<string, readonly number[]> = { spleen: [4, 5, 6], liver: [0, 1, 4], empty: [] };
    for (const [name, voxels] of Object.entries(inside)) {
      const data = new Uint8Array(12);
      for (const voxel of voxels) data[voxel] = 1;
      await writeNifti(join(structures, `${name}.nii.gz`), { ...grid, data });
    }
    const source = await openMask(structures);
    const record = recordOf(['liver', 'spleen']);
    expect(labelNumbers(source, record.labels)).toEqual(
      new Map([
        [1, 'liver'],
        [2, 'spleen'],
      ]),
    );
    const { data, size } = await readLabelVolume(source, record);
    expect([...data]).toEqual([1, 1, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0]);
    expect(data).toBeInstanceOf(Uint8Array);
    expect(size).toEqual(grid.size);
  });
});

describe('a mask of label numbers', () => {
  const write = async (name: string, volume: Volume) => {
    const path = join(folder, name);
    await writeNifti(path, volume);
    return openMask(path);
  };

  it('keeps its numbers, with 16 bits where 8 are too few, and names those without a name', async () => {
    const values = Uint16Array.from([0, 3, 300, 3, 0, 0, 0, 0, 0, 0, 0, 300]);
    const source = await write('numbers.nii.gz', { ...grid, data: values });
    const record = recordOf(['label_3', 'label_300']);
    expect(labelNumbers(source, record.labels)).toEqual(
      new Map([
        [3, 'label_3'],
        [300, 'label_300'],
      ]),
    );
    expect((await readLabelVolume(source, record)).data).toEqual(values);
  });

  it('is refused on another grid than its image', async () => {
    const shifted = { ...grid, affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 5, 0, 0, 0, 1] };
    const source = await write('shifted.nii.gz', { ...shifted, data: new Uint8Array(12) });
    const error = await errorOf(readLabelVolume(source, recordOf(['label_1'])));
    expect([error.code, error.subject, error.reason]).toEqual([
      'MASK_GRID_MISMATCH',
      'scan',
      'corners of mask and image lie 5.00 mm apart',
    ]);
  });
});

describe('openMaskOf', () => {
  it('says that there is none', async () => {
    const error = await errorOf(openMaskOf(recordOf([])));
    expect([error.code, error.subject]).toEqual(['MASK_UNKNOWN', 'scan']);
  });
});
