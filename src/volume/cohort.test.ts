import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFixture } from '../../tests/volume-fixtures.js';
import { readCohort } from './cohort.js';

const folder = temporaryFolder();

function write(text: string): string {
  return writeFixture(folder, 'cohort.csv', text);
}

describe('readCohort', () => {
  it('reads every column, paths relative to the CSV', async () => {
    const path = write(
      [
        'id,image,mask,labels,patient,split,modality,region,annotated',
        'a,images/a.nii.gz,masks/a.nii.gz,labels.json,p1,database,CT,head and neck,brain;larynx; spinal_cord;',
        'b,/elsewhere/b.nrrd,,,,,,,',
        'c,c.nii,segmentations,,p2,query,mri,,',
      ].join('\n'),
    );
    expect(await readCohort(path)).toEqual([
      {
        id: 'a',
        image: join(folder, 'images/a.nii.gz'),
        mask: join(folder, 'masks/a.nii.gz'),
        labels: join(folder, 'labels.json'),
        patient: 'p1',
        split: 'database',
        modality: 'CT',
        region: 'head and neck',
        annotated: ['brain', 'larynx', 'spinal_cord'],
      },
      { id: 'b', image: '/elsewhere/b.nrrd' },
      {
        id: 'c',
        image: join(folder, 'c.nii'),
        mask: join(folder, 'segmentations'),
        patient: 'p2',
        split: 'query',
        modality: 'MR',
      },
    ]);
  });

  it.each([
    ['LF', 'id,image\na,a.nii\nb,b.nii\n'],
    ['CRLF', 'id,image\r\na,a.nii\r\nb,b.nii\r\n'],
    ['a byte order mark', '\uFEFFid,image\na,a.nii\nb,b.nii'],
    ['a byte order mark before a quote', '\uFEFF"id","image"\na,a.nii\nb,b.nii'],
    ['empty lines', 'id,image\n\na,a.nii\n\n\nb,b.nii\n\n'],
    ['blanks around fields', 'id , image\n a, a.nii\nb ,b.nii \n'],
    ['other columns', 'kvp,image,id\n120,a.nii,a\n100,b.nii,b\n'],
  ])('reads a CSV with %s', async (_, text) => {
    expect(await readCohort(write(text))).toEqual([
      { id: 'a', image: join(folder, 'a.nii') },
      { id: 'b', image: join(folder, 'b.nii') },
    ]);
  });

  it('keeps commas, quotes and line ends within quotes', async () => {
    const path = write('id,image,region\na,"left, right/a.nii","the ""upper"" arm,\nand the hand"\n');
    expect(await readCohort(path)).toEqual([
      { id: 'a', image: join(folder, 'left, right/a.nii'), region: 'the "upper" arm,\nand the hand' },
    ]);
  });

  it.each([
    ['a doubled id', 'id,image\na,a.nii\nb,b.nii\na,c.nii\n', 'line 4: the id "a" stands on line 2 already'],
    [
      'a doubled id after empty lines',
      'id,image\n\n\na,a.nii\n\na,c.nii\n',
      'line 6: the id "a" stands on line 4 already',
    ],
    ['a row without an image', 'id,image,mask\na,a.nii,\nb,,b.nii\n', 'line 3: the field image is empty'],
    ['a row without an id', 'id,image\na,a.nii\n ,b.nii\n', 'line 3: the field id is empty'],
    [
      'an unknown modality, after a field of two lines',
      'id,image,region,modality\na,a.nii,"x\ny",CT\nb,b.nii,z,PET\n',
      'line 4: the modality "PET" is neither CT nor MR',
    ],
    [
      'no column image',
      'id,file\na,a.nii\n',
      'the header has no column image separated by "," (it has: id, file)',
    ],
    [
      'semicolons for commas',
      'id;image\na;a.nii\n',
      'the header has no column id, image separated by "," (it has: id;image)',
    ],
    [
      'no header',
      'a,a.nii\nb,b.nii\n',
      'the header has no column id, image separated by "," (it has: a, a.nii)',
    ],
    ['nothing in it', '', 'the header has no column id, image separated by "," (it has: none)'],
    ['two columns of one name', 'id,image,image\na,a.nii,b.nii\n', 'the header has two columns image'],
    ['a row with too many fields', 'id,image\na,a.nii\nb,b.nii,c\n', /columns length is 2, got 3 on line 3/],
    ['an open quote', 'id,image\na,"a.nii\n', /quote/i],
  ] satisfies [string, string, string | RegExp][])('refuses %s', async (_, text, reason) => {
    const path = write(text);
    await expect(readCohort(path)).rejects.toMatchObject({
      code: 'COHORT_INVALID',
      subject: path,
      message: expect.stringContaining(path),
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });

  it('refuses a header without rows', async () => {
    await expect(readCohort(write('id,image\n'))).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
  });

  it('refuses a CSV that is not there', async () => {
    const path = join(folder, 'missing.csv');
    await expect(readCohort(path)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', subject: path });
  });
});
