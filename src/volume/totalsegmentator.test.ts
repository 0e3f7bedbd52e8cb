import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFixture } from '../../tests/volume-fixtures.js';
import { findTotalSegmentator } from './totalsegmentator.js';

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

describe('findTotalSegmentator', () => {
  it('finds the cases of a data set without meta.csv, in the order of their names', async () => {
    const folder = dataset('plain', [...cases, 'LICENSE', '.cache/ct.nii.gz', 'notes/readme.txt']);
    expect(await findTotalSegmentator(folder)).toEqual([
      {
        id: 's0002',
        image: join(folder, 's0002/ct.nii.gz'),
        mask: join(folder, 's0002/segmentations'),
        patient: 's0002',
        modality: 'CT',
      },
      { id: 's0003', image: join(folder, 's0003/ct.nii.gz'), patient: 's0003', modality: 'CT' },
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
    const found = await findTotalSegmentator(folder);
    expect(found?.map(({ id, split, region }) => [id, split, region])).toEqual([
      ['s0002', 'train', 'ct thorax'],
      ['s0003', undefined, undefined],
      ['s0010', 'test', 'ct neck'],
    ]);
  });

  it('refuses a meta.csv separated by commas', async () => {
    const folder = dataset('commas', cases);
    const path = writeFixture(folder, 'meta.csv', 'image_id,split\ns0002,train\n');
    await expect(findTotalSegmentator(folder)).rejects.toMatchObject({
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
    expect(await findTotalSegmentator(folder)).toEqual(expected);
    expect(await findTotalSegmentator(join(folder, 's0001'))).toEqual(expected);
  });

  it('finds nothing in another folder', async () => {
    expect(await findTotalSegmentator(dataset('other', ['a/scan.nii.gz', 'ct.nii']))).toBeUndefined();
  });
});
