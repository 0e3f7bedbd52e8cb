import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFixture } from '../../../tests/volume-fixtures.js';
import { readCaseLabels } from './case-labels.js';

const folder = temporaryFolder();
const ids = ['liver_0', 'liver_1', 'scan.nii.gz'];
const file = (name: string, ...lines: readonly string[]) =>
  writeFixture(folder, `${name}.csv`, `${lines.join('\n')}\n`);

describe('case labels', () => {
  it('are matched to the volumes with or without the ending of the file, each file for itself', async () => {
    const first = file(
      'first',
      'name,organ,lesion_group,cancer_flag',
      'liver_0.nii.gz,liver,-1,0',
      'liver_1,liver,4,1',
    );
    const second = file('second', 'name,cancer_flag', 'scan,1', 'liver_1,0', 'liver_9.nii.gz,1');
    const [one, two, ...others] = await readCaseLabels([first, second], ids);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ name: 'first', unmatched: 0 });
    expect(Object.fromEntries(one!.labelOf)).toEqual({
      liver_0: { cancer_flag: 0, lesion_group: -1 },
      liver_1: { cancer_flag: 1, lesion_group: 4 },
    });
    expect(two).toMatchObject({ name: 'second', unmatched: 1 });
    expect(Object.fromEntries(two!.labelOf)).toEqual({
      liver_1: { cancer_flag: 0 },
      'scan.nii.gz': { cancer_flag: 1 },
    });
  });

  it.each([
    ['without names', ['organ,cancer_flag', 'liver,1'], /no column name/],
    ['without any label', ['name,organ', 'liver_0,liver'], /no value of cancer_flag or lesion_group/],
    ['without rows', ['name,cancer_flag'], /no value of cancer_flag or lesion_group/],
    ['with a row without a name', ['name,cancer_flag', ',1'], /line 2: the field name is empty/],
    [
      'with an empty label',
      ['name,cancer_flag', 'liver_0,1', 'liver_1,'],
      /line 3: cancer_flag is "", not 0 or 1/,
    ],
    [
      'with a group that is none',
      ['name,lesion_group', 'liver_0,-2'],
      /line 2: lesion_group is "-2", not -1 or a whole number/,
    ],
    [
      'with a volume twice',
      ['name,cancer_flag', 'liver_0,1', 'liver_0.nii.gz,1'],
      /line 3: the volume "liver_0" has a case label already/,
    ],
    ['with a ragged row', ['name,cancer_flag', 'liver_0,1,1'], /line 2/],
  ])('are refused %s', async (name, lines, reason) => {
    const path = file(name, ...lines);
    await expect(readCaseLabels([path], ids)).rejects.toMatchObject({
      code: 'COHORT_INVALID',
      subject: path,
      reason: expect.stringMatching(reason),
    });
  });

  it('are refused where two files have one name', async () => {
    const path = file('named-twice', 'name,cancer_flag', 'liver_0,1');
    await expect(readCaseLabels([path, path], ids)).rejects.toMatchObject({
      code: 'COHORT_INVALID',
      reason: 'there are two files of case labels called named-twice',
    });
  });

  it('are refused where the file is not there', async () => {
    await expect(readCaseLabels(['nowhere.csv'], ids)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});
