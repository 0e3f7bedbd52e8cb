import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { voxseekHere } from '../../../tests/command-in-process.js';
import { segmentationBytes } from '../../../tests/dicom-masks.js';
import { along, seriesDatasets, writeSeries } from '../../../tests/dicom-series.js';
import { errorOf } from '../../../tests/error-of.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { datasetContentHash } from './content-hash.js';
import { LabelCounts } from './label-counts.js';
import { openDataset } from './open-dataset.js';

const folder = temporaryFolder();
const study = join(folder, 'study');
const splits = join(folder, 'splits.csv');

/** A series of 6 slices of 8 x 8, and a segmentation of "Liver" on slices 2 and 3: 5 voxels in each. */
function writePatient(number: number, patientId: string): string {
  const series = `2.25.70${number}`;
  const of = { PatientID: patientId };
  const datasets = seriesDatasets({
    series,
    positions: along(6),
    columns: 8,
    rows: 8,
    value: (i, j, k) => (i > 0 && j > 0 ? 20 * k + 7 * number * i + j : -1000),
    attributes: of,
  });
  writeSeries(join(study, series), datasets);
  const pixels = Array.from({ length: 64 }, (_, p) => (p >= 18 && p < 23 ? 1 : 0));
  const planes = [4, 6].map((height) => ({ position: [-10, -20, height] as const, segment: 1, pixels }));
  const attributes = { ...of, FrameOfReferenceUID: '2.25.22' };
  const bytes = segmentationBytes({
    labels: ['Liver'],
    rows: 8,
    columns: 8,
    planes,
    spacing: [0.5, 0.75],
    series,
    attributes,
  });
  writeFileSync(join(study, series, 'SEG'), bytes);
  return series;
}

beforeAll(() => {
  const rows = [1, 2, 3, 4].map((number) => {
    const series = writePatient(number, `MARK-${number}`);
    return `${series},${number <= 2 ? 'train' : 'test'}`;
  });
  writeFileSync(splits, `id,split\n${rows.join('\n')}\n`);
});

describe('a benchmark of DICOM series with segmentations', () => {
  it('takes them as labelled volumes', async () => {
    const dataset = await openDataset(study, { splits: [splits] });
    expect(dataset.database.entries.map(({ id }) => id)).toEqual(['2.25.701', '2.25.702']);
    expect(dataset.queries.entries.map(({ id }) => id)).toEqual(['2.25.703', '2.25.704']);
    const counts = new LabelCounts(join(folder, 'counts'));
    for (let time = 0; time < 2; time++) {
      const { sliceCount, counts: labels } = await counts.of(dataset.queries.entries[0]!);
      expect(sliceCount).toBe(6);
      expect([...labels.get('Liver')!]).toEqual([0, 0, 5, 5, 0, 0]);
    }
    expect(await datasetContentHash(dataset)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuses a patient on both sides, without saying who it is', async () => {
    const both = join(folder, 'both.csv');
    writePatient(5, 'MARK-1');
    writeFileSync(both, 'id,split\n2.25.701,train\n2.25.705,test\n');
    const error = await errorOf(openDataset(study, { splits: [both] }));
    expect(error).toMatchObject({ code: 'COHORT_INVALID' });
    expect(error.message).toContain('2.25.705');
    expect(error.message).not.toContain('MARK');
  });

  it('runs', async () => {
    const { code, stderr } = await voxseekHere(
      'bench',
      study,
      '--splits',
      splits,
      '--out',
      join(folder, 'out'),
    );
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain('MARK');
  });
});
