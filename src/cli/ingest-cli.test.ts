import { cpSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { voxseekHere } from '../../tests/command-in-process.js';
import { along, axial, type SeriesFixture, seriesDatasets, writeSeries } from '../../tests/dicom-series.js';
import { documentedFields, jsonFields } from '../../tests/json-fields.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { errorTable } from '../errors.js';
import type { IngestJson } from './ingest-json.js';

const folder = temporaryFolder();
const disc = join(folder, 'disc');
const archive = join(folder, 'archive');
const whole = '2.25.100';
const withGap = '2.25.101';

const body = (i: number, j: number, k: number) => (i > 0 && j > 0 ? 20 * k + 5 * i + j : -1000);

function write(name: string, fixture: SeriesFixture, keep: (k: number) => boolean = () => true): string {
  const datasets = seriesDatasets({ columns: 9, rows: 8, value: body, ...fixture });
  writeSeries(
    join(disc, name),
    datasets.filter((_, k) => keep(k)),
    (index) => `IM${index}`,
  );
  return join(disc, name);
}

const ingestJson = async (...args: string[]) =>
  JSON.parse((await voxseekHere('ingest', ...args, '--json')).stdout) as IngestJson;

beforeAll(() => {
  write('A', { series: whole, positions: along(6) });
  write(
    'B',
    { series: withGap, positions: along(8, 2.5), attributes: { PatientID: 'other' } },
    (k) => k !== 3 && k !== 4,
  );
  write('C', { positions: along(3), attributes: { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] } });
  const tilted = Array.from(
    { length: 6 },
    (_, k) => [0, k * 2 * Math.tan((12 * Math.PI) / 180), 2 * k] as const,
  );
  write('D', { series: '2.25.103', positions: tilted, orientation: axial });
  truncateSync(join(write('E', { series: '2.25.104', positions: along(5) }), 'IM1'), 600);
  writeFileSync(join(disc, 'readme.txt'), 'How to use this disc');
});

describe('ingest of a disc', () => {
  it('gives each series a line, and each that is left out a reason', async () => {
    const { stdout, code } = await voxseekHere('ingest', archive, disc);
    expect(code).toBe(0);
    const lineOf = (pattern: string) => stdout.split('\n').find((line) => line.includes(pattern)) ?? '';
    expect(lineOf(whole)).toMatch(/added\s+CT\s+6\s+9 x 8\s+0\.75 x 0\.50 x 2\.00\s+regular$/);
    expect(lineOf(withGap)).toMatch(
      /added\s+CT\s+6\s+9 x 8\s+0\.75 x 0\.50 x 2\.50 \(2\.50 to 7\.50\)\s+2 missing after slice 2; corrected: 2 missing slices interpolated$/,
    );
    expect(lineOf('2.25.103')).toContain('gantry tilt 12.0 degrees; corrected: tilt of 12.0 degrees undone');
    expect(lineOf(join(disc, 'C'))).toMatch(/localizer/);
    expect(lineOf(join(disc, 'E', 'IM1'))).toMatch(/truncated|ends/);
    expect(stdout).not.toContain('readme.txt');
    expect(statSync(join(archive, 'patient.key')).mode & 0o777).toBe(0o600);
  });

  it('says nothing more of series that are there, but in JSON', async () => {
    const { stdout } = await voxseekHere('ingest', archive, disc);
    expect(stdout).toContain('4 unchanged');
    expect(stdout).not.toContain(withGap);
    const { series } = await ingestJson(archive, disc);
    expect(series.map(({ id, outcome, correction }) => [id, outcome, correction])).toEqual([
      [whole, 'unchanged', null],
      [withGap, 'unchanged', '2 missing slices interpolated'],
      ['2.25.103', 'unchanged', 'tilt of 12.0 degrees undone'],
      ['2.25.104', 'unchanged', '1 missing slice interpolated'],
    ]);
  });

  it('refuses what is irregular where that is asked for, and takes the rest', async () => {
    const report = await ingestJson(join(folder, 'strict'), disc, '--irregular', 'refuse');
    expect(report.outcomes).toMatchObject({ added: 1, failed: 3 });
    expect(new Set(report.failures.map(({ code }) => code))).toEqual(new Set(['SERIES_IRREGULAR']));
    // A person looks for the files of a series, not for its UID.
    const { stdout } = await voxseekHere('ingest', join(folder, 'strict'), disc, '--irregular', 'refuse');
    for (const { image } of report.failures) expect(stdout).toContain(`(${image})`);
  });

  it('takes one series where that is asked for, and knows no other', async () => {
    const one = join(folder, 'one');
    expect((await ingestJson(one, disc, '--series', withGap)).series.map(({ id }) => id)).toEqual([withGap]);
    const { code, stderr } = await voxseekHere('ingest', one, disc, '--series', '1.2.3');
    expect(code).toBe(errorTable.SERIES_UNKNOWN.exitCode);
    expect(stderr).toContain(whole);
  });

  it('keeps identifiers or names patients by a key, not both', async () => {
    const args = ['ingest', join(folder, 'both'), disc, '--keep-identifiers', '--patient-key', 'some.key'];
    expect((await voxseekHere(...args)).code).toBe(errorTable.USAGE.exitCode);
  });

  it('stores no paths where that is asked for, and can be searched all the same', async () => {
    const bare = join(folder, 'bare');
    await voxseekHere('ingest', bare, join(disc, 'A'), join(disc, 'B'), '--no-paths');
    expect((await voxseekHere('info', bare, '--json')).stdout).not.toContain(disc);
    const figure = join(folder, 'figure.png');
    const found = await voxseekHere('search', bare, whole, '--json', '--figure', figure);
    expect(found.code, found.stderr).toBe(0);
    expect(JSON.parse(found.stdout)).toMatchObject({ query: { file: '' }, hits: [{ volume: withGap }] });
    const cropped = await voxseekHere('search', bare, whole, '--slices', '1:2', '--crop');
    expect(cropped.stderr).toContain('--no-paths');
  });

  it('prints JSON with the fields that docs/ingest-json.md lists', async () => {
    const copy = join(folder, 'copy');
    cpSync(join(disc, 'B'), copy, { recursive: true });
    const broken = join(folder, 'broken.nii');
    writeFileSync(broken, 'no volume');
    const report = await ingestJson(join(folder, 'all'), disc, copy, broken);
    const page = readFileSync(new URL('../../docs/ingest-json.md', import.meta.url), 'utf8');
    // Warnings are about masks; there are none here.
    const found = jsonFields({ ...report, warnings: [{ id: '', message: '' }] });
    expect(found.sort()).toEqual(documentedFields(page).sort());
    expect(report).toMatchObject({ outcomes: { duplicate: 1, failed: 1 }, warnings: [] });
  });
});

describe('search with a disc', () => {
  it('names the series to choose from, and takes the one that is chosen', async () => {
    const { code, stderr } = await voxseekHere('search', archive, disc);
    expect(code).toBe(errorTable.SERIES_AMBIGUOUS.exitCode);
    expect(stderr).toContain('it holds 4 volumes');
    expect(stderr).toMatch(new RegExp(`${withGap}\\s+CT, 9 x 8 x 6 at 0.75 x 0.50 x 2.50 mm`));
    const chosen = await voxseekHere('search', archive, disc, '--series', withGap, '--json');
    const answer = JSON.parse(chosen.stdout) as {
      query: { series: string; sopInstances: string[] };
      hits: { volume: string; series: string; matches: { sopInstance: string }[] }[];
    };
    expect(answer.query.series).toBe(withGap);
    expect(answer.hits[0]).toMatchObject({ volume: withGap, series: withGap });
    expect(answer.hits[0]!.matches.map((match) => match.sopInstance)).toEqual(answer.query.sopInstances);
    expect(new Set(answer.query.sopInstances).size).toBe(6);
  });

  it('takes a file for its series', async () => {
    const { stdout } = await voxseekHere('search', archive, join(disc, 'A', 'IM2'), '-k', '1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ query: { series: whole }, hits: [{ volume: whole }] });
  });

  it('knows a series that was compressed or changed on the way', async () => {
    const changed = join(folder, 'changed');
    const attributes = { ImageComments: 'from another archive' };
    writeSeries(
      changed,
      seriesDatasets({ series: whole, columns: 9, rows: 8, positions: along(6), value: body, attributes }),
    );
    const found = await voxseekHere('search', archive, changed, '--json');
    expect(found.stderr).toContain(`in the archive already, as ${whole}`);
    const others = await voxseekHere('search', archive, changed, '--exclude', 'self', '--json');
    const { hits } = JSON.parse(others.stdout) as { hits: { volume: string }[] };
    expect(hits.map(({ volume }) => volume)).not.toContain(whole);
  });

  it('refuses an irregular one where that is asked for', async () => {
    const { code } = await voxseekHere('search', archive, join(disc, 'B'), '--irregular', 'refuse');
    expect(code).toBe(errorTable.SERIES_IRREGULAR.exitCode);
  });

  it('refuses a series of what is no DICOM folder', async () => {
    const { code } = await voxseekHere('search', archive, 'scan.nii.gz', '--series', whole);
    expect(code).toBe(errorTable.USAGE.exitCode);
  });
});
