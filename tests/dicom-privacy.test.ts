import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { voxseekHere } from './command-in-process.js';
import { segmentationBytes } from './dicom-masks.js';
import { along, type Dataset, seriesDatasets, writeSeries } from './dicom-series.js';
import { temporaryFolder } from './volume-fixtures.js';

const folder = temporaryFolder();
const scans = join(folder, 'scans');
const archive = join(folder, 'archive');

const patient = {
  PatientName: 'Zyxwvut^Qblornak^^Dr',
  PatientID: 'QXKJ-77001',
  PatientBirthDate: '19370211',
  PatientAddress: 'Wunderlichweg 9',
  OtherPatientIDs: 'OLD-QXKJ-4',
  PatientComments: 'Zyxwvut came late',
  ReferringPhysicianName: 'Medikusova^Vrtalka',
  InstitutionName: 'Spital Hinterpfluegl',
  AccessionNumber: 'ACC5550123',
  StudyDescription: 'CT of Qblornak',
  SeriesDescription: 'chest Zyxwvut',
};
/** What must be nowhere, in lower case. */
const markers = [
  'zyxwvut',
  'qblornak',
  'qxkj',
  '19370211',
  'wunderlichweg',
  'medikusova',
  'vrtalka',
  'hinterpfluegl',
  'acc5550123',
];

const series = '2.25.4711';
const headOf = (k: number, i: number, j: number) =>
  i > 0 && i < 7 && j > 0 && j < 7 ? 30 + 9 * k + i : -1000;
const ofPatient = (attributes: Dataset = {}, count = 6) =>
  seriesDatasets({
    positions: along(count),
    columns: 8,
    rows: 8,
    value: (i, j, k) => headOf(k, i, j),
    attributes: { ...patient, ...attributes },
  });

/** All that commands have printed. */
const printed: string[] = [];
const printedMarkers = () =>
  printed.flatMap((text) => markersIn(text).map((marker) => `${marker} in: voxseek ${text.split('\n')[0]}`));

async function run(...args: string[]): ReturnType<typeof voxseekHere> {
  const result = await voxseekHere(...args);
  printed.push(`${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
  return result;
}

function markersIn(text: string): string[] {
  const lower = text.toLowerCase();
  return markers.filter((marker) => lower.includes(marker));
}

/** Of every file below a folder, whatever it holds. */
function markersBelow(path: string): Record<string, string[]> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const found = files.map((entry) => {
    const file = join(entry.parentPath, entry.name);
    return [file, markersIn(`${file} ${readFileSync(file, 'latin1')}`)] as const;
  });
  return Object.fromEntries(found.filter(([, names]) => names.length > 0));
}

beforeAll(() => {
  const write = (name: string, datasets: readonly Dataset[]) =>
    writeSeries(join(scans, name), datasets, (index) => `I${index}`);
  write('plain', ofPatient({ SeriesInstanceUID: series }));
  writeFileSync(
    join(scans, 'plain', 'SEG'),
    segmentationBytes({
      labels: ['Liver'],
      rows: 8,
      columns: 8,
      planes: [{ position: [-10, -20, 2], segment: 1, pixels: Array.from({ length: 64 }, (_, p) => p % 2) }],
      spacing: [0.5, 0.75],
      series,
      attributes: { ...patient, FrameOfReferenceUID: '2.25.22' },
    }),
  );
  write(
    'gap',
    ofPatient().filter((_, k) => k !== 2),
  );
  write('cut', ofPatient());
  truncateSync(join(scans, 'cut', 'I3'), 700);
  write('localizer', ofPatient({ ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] }, 2));
  write('colour', ofPatient({ SOPClassUID: '1.2.840.10008.5.1.4.1.1.7' }, 1));
  const shared = { SeriesInstanceUID: '2.25.4712' };
  write('two-patients', [
    ...ofPatient(shared),
    ...ofPatient({ ...shared, PatientID: 'QXKJ-77002', PatientName: 'Zyxwvut^Second' }),
  ]);
  write('unknown-syntax', ofPatient({ _meta: { TransferSyntaxUID: { Value: ['1.2.3'], vr: 'UI' } } }, 3));
});

describe('nothing of a patient', () => {
  it('is printed by an ingest, whatever is wrong with the series', async () => {
    const first = await run('ingest', archive, scans);
    expect(first.stdout).toMatch(/[5-9] added/);
    expect(first.stdout).toContain('1 missing after slice 1');
    await run('ingest', archive, scans, '--json');
    expect((await run('ingest', join(folder, 'refused'), scans, '--irregular', 'refuse')).stdout).toContain(
      'SERIES_IRREGULAR',
    );
    expect(printedMarkers()).toEqual([]);
  });

  it('is printed where a query cannot be used', async () => {
    const ambiguous = await run('search', archive, scans);
    expect(ambiguous.stderr).toContain('SERIES_AMBIGUOUS');
    expect(ambiguous.stderr).toContain(series);
    expect((await run('search', archive, scans, '--json')).stderr).toContain('SERIES_AMBIGUOUS');
    expect((await run('search', archive, scans, '--series', '1.2.3')).stderr).toContain('SERIES_UNKNOWN');
    expect((await run('search', archive, join(scans, 'localizer'))).code).not.toBe(0);
    expect((await run('search', archive, join(scans, 'cut', 'I3'))).code).not.toBe(0);
    expect((await run('search', archive, join(scans, 'gap'), '--irregular', 'refuse')).stderr).toContain(
      'SERIES_IRREGULAR',
    );
    expect(printedMarkers()).toEqual([]);
  });

  it('is printed with an answer, or about the archive', async () => {
    const figure = join(archive, '..', 'figure.png');
    const answer = await run('search', archive, scans, '--series', series, '--json', '--figure', figure);
    expect(answer.code, answer.stderr).toBe(0);
    expect(answer.stdout).toContain(series);
    expect((await run('search', archive, join(scans, 'plain'), '--label', 'Liver')).code).toBe(0);
    expect((await run('search', archive, series, '--label', 'Liver', '--crop')).code).toBe(0);
    await run('search', archive, join(scans, 'gap'), '--exclude', 'same-patient');
    expect((await run('info', archive, '--json')).stdout).toContain(series);
    await run('info', archive);
    expect(printedMarkers()).toEqual([]);
  });

  it('is in the archive, in whichever file', () => {
    expect(markersBelow(archive)).toEqual({});
    // The search does find what is there: so do archives that were told to keep it.
    expect(Object.keys(markersBelow(scans)).length).toBeGreaterThan(20);
  });

  it('but with --keep-identifiers, and then the ID alone', async () => {
    const kept = join(folder, 'kept');
    mkdirSync(kept);
    const { stdout } = await voxseekHere('ingest', kept, join(scans, 'plain'), '--keep-identifiers');
    expect(markersIn(stdout)).toEqual([]);
    const found = new Set(Object.values(markersBelow(kept)).flat());
    expect([...found]).toEqual(['qxkj']);
    expect((await voxseekHere('info', kept, '--json')).stdout).toContain('"patient": "QXKJ-77001"');
  });

  it('is needed to leave out the patient of a new scan', async () => {
    const all = JSON.parse((await voxseekHere('info', archive, '--json')).stdout) as {
      volumes: { id: string; patient: string }[];
    };
    const own = all.volumes.find(({ id }) => id === series)!.patient;
    expect(own).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set(all.volumes.map(({ patient: name }) => name)).size).toBe(2);
    const fresh = join(folder, 'fresh');
    writeSeries(fresh, ofPatient({ SeriesInstanceUID: '2.25.4799' }));
    const answer = await voxseekHere('search', archive, fresh, '--exclude', 'same-patient', '--json');
    const { hits } = JSON.parse(answer.stdout) as { hits: { patient: string }[] };
    expect(hits.length).toBeGreaterThan(0);
    expect(hits.every((hit) => hit.patient !== own)).toBe(true);
  });
});
