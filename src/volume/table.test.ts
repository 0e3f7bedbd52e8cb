import { expect, it } from 'vitest';
import { temporaryFolder, writeFixture } from '../../tests/volume-fixtures.js';
import { readTable } from './table.js';

const folder = temporaryFolder();

it('keeps the line of every row and leaves empty fields out', async () => {
  const path = writeFixture(folder, 'table.csv', 'name;note\n\nliver;"one\ntwo"\nspleen;\n');
  expect(await readTable(path, ';', ['name'])).toEqual([
    { line: 4, fields: { name: 'liver', note: 'one\ntwo' } },
    { line: 5, fields: { name: 'spleen' } },
  ]);
});
