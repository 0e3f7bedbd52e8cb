import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFixture } from '../../tests/volume-fixtures.js';
import { labelName, readLabelTable } from './label-table.js';

const folder = temporaryFolder();

describe('readLabelTable', () => {
  it.each([
    ['number to name', '{"1": "liver", "25": "spleen"}'],
    ['name to number, as nnU-Net writes it', '{"background": 0, "liver": 1, "spleen": 25}'],
    ['with its background listed', '{"0": "background", "1": "liver", "25": "spleen"}'],
    [
      'in the dataset.json of the Medical Segmentation Decathlon',
      '{"name": "Liver", "labels": {"0": "background", "1": "liver", "25": "spleen"}, "training": []}',
    ],
    ['after a byte order mark', '\uFEFF{"1": "liver", "25": "spleen"}'],
  ])('reads %s', async (_, text) => {
    const table = await readLabelTable(writeFixture(folder, 'good.json', text));
    expect([...table]).toEqual([
      [1, 'liver'],
      [25, 'spleen'],
    ]);
  });

  it('may give several numbers one name', async () => {
    const table = await readLabelTable(writeFixture(folder, 'joined.json', '{"1": "lung", "2": "lung"}'));
    expect([...table]).toEqual([
      [1, 'lung'],
      [2, 'lung'],
    ]);
  });

  it.each([
    ['nothing', '', /^not JSON/],
    ['no JSON', '1: liver', /^not JSON/],
    ['cut JSON', '{"1": "liver"', /^not JSON/],
    ['a list', '["liver"]', /^not a JSON object/],
    ['a word', '"liver"', /^not a JSON object/],
    ['null', 'null', /^not a JSON object/],
    ['two words', '{"liver": "spleen"}', /^"liver": "spleen" is neither/],
    ['a number as text behind a name', '{"liver": "1"}', /^"liver": "1" is neither/],
    ['a fraction', '{"liver": 1.5}', /^"liver": 1.5 is neither/],
    ['a negative number', '{"-1": "liver"}', /^"-1": "liver" is neither/],
    ['a number in another notation', '{"0x10": "liver"}', /^"0x10": "liver" is neither/],
    ['an empty number', '{"": "liver"}', /^"": "liver" is neither/],
    ['an empty name', '{"1": " "}', /^"1": " " is neither/],
    ['null for a name', '{"1": null}', /^"1": null is neither/],
    ['an object within', '{"labels": {"1": "liver"}}', /^"labels": {"1":"liver"} is neither/],
    ['regions of nnU-Net', '{"lungs": [1, 2]}', /^"lungs": \[1,2\] is neither/],
    ['two names for one number', '{"liver": 1, "spleen": 1}', /^the label number 1 has two names/],
  ])('refuses %s', async (_, text, reason) => {
    const path = writeFixture(folder, 'bad.json', text);
    await expect(readLabelTable(path)).rejects.toMatchObject({
      code: 'MASK_INVALID',
      subject: path,
      reason: expect.stringMatching(reason),
    });
  });

  it('refuses a file that is not there', async () => {
    const path = join(folder, 'missing.json');
    await expect(readLabelTable(path)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', subject: path });
  });
});

it('names a label that the table does not list by its number', () => {
  const table = new Map([[1, 'liver']]);
  expect(labelName(table, 1)).toBe('liver');
  expect(labelName(table, 2)).toBe('label_2');
});
