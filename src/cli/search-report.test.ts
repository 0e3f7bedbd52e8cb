import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { voxseekHere } from '../../tests/command-in-process.js';
import { smallSeries } from '../../tests/small-series.js';
import { temporaryFolder, writeFixture } from '../../tests/volume-fixtures.js';
import { writeNifti } from '../volume/write-nifti.js';

const folder = temporaryFolder();
const archive = join(folder, 'archive');
const scans = join(folder, 'scans');
const file = join(scans, 'scan.nii.gz');
const { series, files } = smallSeries(1);
const dicom = join(scans, 'series');

beforeAll(async () => {
  mkdirSync(dicom, { recursive: true });
  for (const [index, bytes] of files.entries()) writeFixture(dicom, `IM${index}`, bytes);
  await writeNifti(file, {
    data: Int16Array.from({ length: 8 * 8 * 4 }, (_, voxel) => (voxel * 37) % 300),
    size: [8, 8, 4],
    spacing: [1, 1, 2],
    affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1],
  });
  const { code, stderr } = await voxseekHere('ingest', archive, scans);
  expect(code, stderr).toBe(0);
});

describe('voxseek search --sr', () => {
  it.each([
    ['a folder', dicom],
    ['an id', series],
  ])('writes the report of a search with %s', async (_, query) => {
    const report = join(folder, 'report.dcm');
    const { code, stderr, stdout } = await voxseekHere('search', archive, query, '--sr', report, '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).query.series).toBe(series);
    expect(readFileSync(report).includes(series)).toBe(true);
  });

  it.each([
    ['a file', file],
    ['an id of a file', 'scan'],
  ])('refuses %s before anything else is done', async (_, query) => {
    const [report, figure] = [join(folder, 'none.dcm'), join(folder, 'none.png')];
    const refused = await voxseekHere('search', archive, query, '--figure', figure, '--sr', report);
    expect(refused.code).toBe(64);
    expect(refused.stderr).toContain(`${query}: a structured report belongs to a DICOM study`);
    expect(existsSync(report) || existsSync(figure)).toBe(false);
  });
});
