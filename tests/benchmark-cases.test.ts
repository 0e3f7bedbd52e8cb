import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Results } from '../src/benchmark/results/schema.js';
import { errorTable } from '../src/errors.js';
import { writeNifti } from '../src/volume/write-nifti.js';
import { voxseek } from './command.js';
import { npyMatrix } from './npy-fixture.js';
import { temporaryFolder, writeFixture } from './volume-fixtures.js';

/**
 * A task of the Decathlon with labels and lists in the form of 3D-MIR. A volume is two slices of one direction
 * in the plane, so volumes are ranked by the difference of their angles (degrees):
 *
 * database  angle  flag  group     query     angle  flag  group
 * liver_1       0     1      1     liver_8       2     1      2
 * liver_2      20     0     -1     liver_9      75     0     -1
 * liver_3      40     1      2     liver_10    100     1      3
 * lung_4       10     0     -1     liver_11      5   no case label
 * liver_5      70     0     -1
 * liver_6      90     1      2
 * liver_7     120   no case label
 *
 * lung_4 is there as a healthy liver; the labels of the lung know its tumour, and two livers as healthy lungs.
 * liver_9 is labelled as cancer alone, which the class map `organ` has no class for.
 */
const database = { liver_1: 0, liver_2: 20, liver_3: 40, lung_4: 10, liver_5: 70, liver_6: 90, liver_7: 120 };
const queries = { liver_8: 2, liver_9: 75, liver_10: 100, liver_11: 5 };
const volumes = Object.entries({ ...database, ...queries });

const liverLabels = `name,organ,max_tumor_size,number_tumors,lesion_group,cancer_flag,CaptionV1
liver_1.nii.gz,liver,2.4,7,1,1,"A liver, with 7 tumors"
liver_2.nii.gz,liver,0,0,-1,0,"""A normal
liver."""
liver_3.nii.gz,liver,3.6,12,2,1,
liver_5.nii.gz,liver,0,0,-1,0,
lung_4.nii.gz,lung,0,0,-1,0,The liver is in healthy condition
liver_6,liver,4.1,6,2,1,
liver_8.nii.gz,liver,4.1,6,2,1,
liver_9.nii.gz,liver,0,0,-1,0,
liver_10.nii.gz,liver,24.5,11,3,1,
liver_99.nii.gz,liver,24.5,11,3,1,
`;

const folder = temporaryFolder();
const task = join(folder, 'Task03_Liver');
const out = join(folder, 'results');
let options: string[];

beforeAll(async () => {
  for (const part of ['', 'imagesTr', 'labelsTr']) mkdirSync(join(task, part));
  const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] as const;
  const grid = { size: [2, 2, 2], spacing: [1, 1, 1], affine } as const;
  for (const [id, angle] of volumes) {
    const image = Int16Array.from({ length: 8 }, (_, i) => 10 * i + angle);
    await writeNifti(join(task, `imagesTr/${id}.nii.gz`), { ...grid, data: image });
    const mask = new Uint8Array(8).fill(id === 'liver_9' ? 2 : 1);
    await writeNifti(join(task, `labelsTr/${id}.nii.gz`), { ...grid, data: mask });
  }
  const description = {
    modality: { '0': 'CT' },
    labels: { '0': 'background', '1': 'liver', '2': 'cancer' },
    training: volumes.map(([id]) => ({
      image: `./imagesTr/${id}.nii.gz`,
      label: `./labelsTr/${id}.nii.gz`,
    })),
    test: [],
  };
  writeFixture(task, 'dataset.json', JSON.stringify(description));
  const listed = (heading: string, ids: readonly string[]) =>
    writeFixture(
      folder,
      `${heading}.csv`,
      `,${heading}\n${ids.map((id, i) => `${i},${id}.nii.gz\n`).join('')}`,
    );
  const slices = volumes.flatMap(([id, degrees]) => [0, 1].map((slice) => ({ id, slice, degrees })));
  const matrix = npyMatrix(
    slices.map(({ degrees }) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]),
  );
  const table = `volume,slice\n${slices.map(({ id, slice }) => `${id},${slice}`).join('\n')}\n`;
  const classes = { name: 'organ', source: 'a test', classes: { liver: ['liver'] } };
  options = [
    '--splits',
    listed('training', [...Object.keys(database), 'pancreas_212']),
    '--splits',
    listed('testing', Object.keys(queries)),
    '--embeddings',
    `plane=${writeFixture(folder, 'matrix.npy', matrix)},${writeFixture(folder, 'slices.csv', table)}`,
    '--classes',
    `${writeFixture(folder, 'organ.json', JSON.stringify(classes))},all`,
    '--rank',
    'count,late-interaction-all',
  ];
  const labels = [
    writeFixture(folder, 'liver_labels.csv', liverLabels),
    writeFixture(
      folder,
      'lung_labels.csv',
      'name,organ,cancer_flag\nlung_4.nii.gz,lung,1\nliver_1.nii.gz,liver,0\nliver_8.nii.gz,liver,0\n',
    ),
  ];
  const { code, stderr } = await voxseek('bench', task, '--out', out, ...options, '--case-labels', ...labels);
  expect(code, stderr).toBe(0);
});

const results = () => JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as Results;

/*
 * Late interaction with all volumes ranks
 * liver_8:  1, lung_4, 2, 3, 5, 6, 7.  Flag 1 is at places 1, 4, 6; group 2 at 4, 6.
 * liver_9:  5, 6, 3, 7, 2, lung_4, 1.  Flag 0 and group -1 are at places 1, 5, 6.
 * liver_10: 6, 7, 5, 3, 2, lung_4, 1.  Flag 1 is at places 1, 4, 7; nothing has group 3.
 * Count ranks the volume of the nearest slice alone: the first of these. In the labels of the lung liver_8 asks
 * for flag 0, which liver_1 has.
 */
const mean = (...values: readonly [number, number, number]) => (values[0] + values[1] + values[2]) / 3;
const ofFlag = mean((1 + 2 / 4 + 3 / 6) / 3, (1 + 2 / 5 + 3 / 6) / 3, (1 + 2 / 4 + 3 / 7) / 3);
const ofGroup = mean((1 / 4 + 2 / 6) / 2, (1 + 2 / 5 + 3 / 6) / 3, 0);
const all = 'late-interaction-all';
const expected: [string, string, string, queries: number, unanswerable: number, values: number[]][] = [
  ['liver_labels', 'cancer_flag', 'count', 3, 0, [1 / 3, 1 / 5, 1 / 10, 1 / 3, 1]],
  ['liver_labels', 'cancer_flag', all, 3, 0, [1 / 3, 2 / 5, 3 / 10, ofFlag, ofFlag]],
  ['liver_labels', 'lesion_group', 'count', 3, 1, [1 / 9, 1 / 15, 1 / 30, 1 / 9, 1 / 3]],
  [
    'liver_labels',
    'lesion_group',
    all,
    3,
    1,
    [mean(0, 1 / 3, 0), mean(1 / 5, 2 / 5, 0), mean(2 / 10, 3 / 10, 0), ofGroup, ofGroup],
  ],
  ['lung_labels', 'cancer_flag', 'count', 1, 0, [1 / 3, 1 / 5, 1 / 10, 1, 1]],
  ['lung_labels', 'cancer_flag', all, 1, 0, [1 / 3, 1 / 5, 1 / 10, 1, 1]],
];

describe('labels of whole cases', () => {
  it('give the precision and average precision that are worked out by hand, once for both class maps', () => {
    const { caseFigures } = results();
    expect(caseFigures).toHaveLength(expected.length);
    for (const [position, [labels, task, ranking, queries, unanswerable, values]] of expected.entries()) {
      const { columns, ...figure } = caseFigures![position]!;
      const configuration = { labels, task, encoder: 'plane', index: 'flat', ranking };
      expect(figure).toEqual({ ...configuration, queries, unanswerable });
      expect(Object.keys(columns)).toEqual(['precision@3', 'precision@5', 'precision@10', 'map', 'map@10']);
      for (const [i, value] of Object.values(columns).entries()) expect(value).toBeCloseTo(values[i]!, 12);
    }
  });

  it('say what they are, and who has none', () => {
    const sha256 = (name: string) =>
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex');
    const { dataset } = results();
    expect(dataset.caseLabels).toEqual([
      {
        name: 'liver_labels',
        sha256: sha256('liver_labels.csv'),
        database: 6,
        queries: 3,
        unlabelled: ['liver_11', 'liver_7'],
        unmatched: 1,
      },
      expect.objectContaining({ name: 'lung_labels', database: 2, queries: 1, unmatched: 0 }),
    ]);
    expect(dataset.database).toMatchObject({ split: 'train', volumes: 7 });
    expect(dataset.queries).toMatchObject({ split: 'test', volumes: 4 });
    expect(dataset.leftOut).toEqual([{ id: 'pancreas_212.nii.gz', reason: 'not in the data set' }]);
  });

  it('stand in a table and in both reports', () => {
    const table = readFileSync(join(out, 'tables/cases.csv'), 'utf8').split('\r\n');
    expect(table.slice(0, 2)).toEqual([
      'labels,task,encoder,index,ranking,queries,unanswerable,precision@3,precision@5,precision@10,map,map@10',
      'liver_labels,cancer_flag,plane,flat,count,3,0,0.333333,0.200000,0.100000,0.333333,1.000000',
    ]);
    expect(table).toHaveLength(1 + expected.length + 1);
    for (const report of ['report.md', 'report.html']) {
      const text = readFileSync(join(out, report), 'utf8');
      for (const named of ['liver_labels: lesion group', 'Without a label: liver_11, liver_7', '.111']) {
        expect(text).toContain(named);
      }
      for (const { sha256 } of results().dataset.caseLabels!) expect(text).toContain(sha256);
    }
  });

  it('are not needed, and then nothing is said of them', async () => {
    const without = join(folder, 'without');
    const { code, stderr } = await voxseek('bench', task, '--out', without, ...options);
    expect(code, stderr).toBe(0);
    const text = readFileSync(join(without, 'results.json'), 'utf8');
    expect(text).not.toContain('caseFigures');
    const { configurations } = JSON.parse(text) as Results;
    expect(configurations).toEqual(results().configurations);
    expect(readFileSync(join(without, 'report.md'), 'utf8')).not.toContain('whole cases');
  });

  it('are refused where they name no query or are broken', async () => {
    const cases: [string, RegExp][] = [
      ['name,cancer_flag\nliver_1.nii.gz,1\n', /no volume of the queries has a case label/],
      ['name,cancer_flag\nliver_1.nii.gz,2\n', /broken\.csv: line 2: cancer_flag is "2"/],
    ];
    for (const [content, text] of cases) {
      const path = writeFixture(folder, 'broken.csv', content);
      const target = join(folder, 'broken');
      const result = await voxseek('bench', task, '--out', target, ...options, '--case-labels', path);
      expect(result.code, result.stderr).toBe(errorTable.COHORT_INVALID.exitCode);
      expect(result.stderr).toMatch(text);
    }
  });
});
