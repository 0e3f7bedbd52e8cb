import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFixture } from '../../tests/volume-fixtures.js';
import { findVolumes } from './collection.js';

const root = temporaryFolder();

/** A data set with the files named; their content is of no matter to finding them. */
function dataset(name: string, files: readonly string[]): string {
  const folder = join(root, name);
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFixture(folder, file, '');
  }
  return folder;
}

const cases = [
  's0010/ct.nii.gz',
  's0010/segmentations/liver.nii.gz',
  's0002/ct.nii.gz',
  's0002/segmentations/liver.nii.gz',
  's0003/ct.nii.gz',
];

describe('findVolumes in TotalSegmentator folders', () => {
  it('finds the cases of a data set without meta.csv, in the order of their names', async () => {
    const folder = dataset('plain', [...cases, 'LICENSE', '.cache/ct.nii.gz', 'notes/readme.txt']);
    expect(await findVolumes(folder)).toEqual([
      {
        id: 's0002',
        image: join(folder, 's0002/ct.nii.gz'),
        mask: join(folder, 's0002/segmentations'),
        patient: 's0002',
        modality: 'CT',
      },
      { id: 's0003', image: join(folder, 's0003/ct.nii.gz'), modality: 'CT' },
      {
        id: 's0010',
        image: join(folder, 's0010/ct.nii.gz'),
        mask: join(folder, 's0010/segmentations'),
        patient: 's0010',
        modality: 'CT',
      },
    ]);
  });

  it('takes split and region from meta.csv', async () => {
    const folder = dataset('meta', cases);
    writeFixture(
      folder,
      'meta.csv',
      '\uFEFFimage_id;age;gender;institute;study_type;split\r\n' +
        's0002;61;m;A;ct thorax;train\r\n' +
        's0010;;f;B;ct neck;test\r\n' +
        's9999;40;m;B;ct pelvis;val\r\n',
    );
    const found = await findVolumes(folder);
    expect(found?.map(({ id, split, region }) => [id, split, region])).toEqual([
      ['s0002', 'train', 'ct thorax'],
      ['s0003', undefined, undefined],
      ['s0010', 'test', 'ct neck'],
    ]);
  });

  it('refuses a meta.csv separated by commas', async () => {
    const folder = dataset('commas', cases);
    const path = writeFixture(folder, 'meta.csv', 'image_id,split\ns0002,train\n');
    await expect(findVolumes(folder)).rejects.toMatchObject({
      code: 'COHORT_INVALID',
      subject: path,
      reason: 'the header has no column image_id separated by ";" (it has: image_id,split)',
    });
  });

  it('finds one case, and MR', async () => {
    const folder = dataset('mr', ['s0001/mri.nii.gz', 's0001/segmentations/liver.nii.gz']);
    const expected = [
      {
        id: 's0001',
        image: join(folder, 's0001/mri.nii.gz'),
        mask: join(folder, 's0001/segmentations'),
        patient: 's0001',
        modality: 'MR',
      },
    ];
    expect(await findVolumes(folder)).toEqual(expected);
    expect(await findVolumes(join(folder, 's0001'))).toEqual(expected);
  });

  it('finds data sets below the input, and takes no mask for a volume', async () => {
    const folder = dataset('nested', [
      'v1/s0001/ct.nii.gz',
      'v1/s0001/segmentations/liver.nii.gz',
      'v2/s0001/ct.nii.gz',
      'v2/s0001/segmentations/liver.nii.gz',
      'v2/s0002/ct.nii.gz',
      'loose/scan.nii.gz',
      'loose/segmentations/scan.nii.gz',
      'patient/mri.nii.gz',
      'patient/t2.nii.gz',
    ]);
    writeFixture(join(folder, 'v2'), 'meta.csv', 'image_id;split\ns0002;val\n');
    const found = await findVolumes(folder);
    expect(found.map(({ id, split, patient }) => [id, split, patient])).toEqual([
      ['loose/scan', undefined, undefined],
      ['loose/segmentations/scan', undefined, undefined],
      ['patient', undefined, undefined],
      ['t2', undefined, undefined],
      ['v1/s0001', undefined, 's0001'],
      ['v2/s0001', undefined, 's0001'],
      ['s0002', 'val', 's0002'],
    ]);
  });
});
