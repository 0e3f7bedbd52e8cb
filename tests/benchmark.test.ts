import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Results } from '../src/benchmark/results/schema.js';
import { errorTable } from '../src/errors.js';
import { writeNifti } from '../src/volume/write-nifti.js';
import { voxseek } from './command.js';

const folder = mkdtempSync(join(tmpdir(), 'voxseek-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));
const out = join(folder, 'results');

/**
 * The worked example of docs/benchmark.md: embeddings are directions in degrees, labels by slice. Database: A and
 * B; the query has a slice near each of A's and one near B. `kidney` is in the database alone; `plain` has no
 * mask, `blank` an empty one.
 */
const labels = { liver: 1, spleen: 2, kidney: 3 } as const;
type Label = keyof typeof labels;
interface Volume {
  readonly split: 'database' | 'query';
  readonly slices: readonly (readonly [degrees: number, ...labels: Label[]])[];
  readonly masked?: false;
}
const volumes: Record<string, Volume> = {
  A: {
    split: 'database',
    slices: [
      [0, 'liver'],
      [10, 'liver', 'spleen'],
    ],
  },
  B: { split: 'database', slices: [[40, 'spleen', 'kidney'], [50]] },
  Q: {
    split: 'query',
    slices: [
      [4, 'liver'],
      [8, 'liver', 'spleen'],
      [47, 'spleen'],
    ],
  },
  plain: { split: 'database', slices: [[200], [210]], masked: false },
  blank: { split: 'database', slices: [[220], [230]] },
};

/** A matrix of float32 in NumPy's format, version 1.0. */
function npy(rows: readonly (readonly number[])[]): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, ${rows[0]!.length}), }`;
  const padded = `${header.padEnd(118 - 1)}\n`;
  const head = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([padded.length, 0])]);
  return Buffer.concat([head, Buffer.from(padded), Buffer.from(Float32Array.from(rows.flat()).buffer)]);
}

async function writeCohort(name: string, patientOf: (id: string) => string): Promise<string> {
  const here = join(folder, name);
  mkdirSync(here);
  writeFileSync(
    join(here, 'labels.json'),
    JSON.stringify(Object.fromEntries(Object.entries(labels).map(([k, v]) => [v, k]))),
  );
  const rows = ['id,image,mask,labels,patient,split,modality'];
  for (const [id, { split, slices, masked }] of Object.entries(volumes)) {
    const grid = {
      size: [2, 2, slices.length],
      spacing: [1, 1, 1],
      affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    } as const;
    const voxels = slices.flatMap(([, ...names]) =>
      [0, 1, 2, 3].map((i) => (names[i] ? labels[names[i]] : 0)),
    );
    await writeNifti(join(here, `${id}.nii`), {
      ...grid,
      data: Int16Array.from(voxels, (_, i) => 10 * i + id.charCodeAt(0)),
    });
    await writeNifti(join(here, `${id}_mask.nii`), { ...grid, data: Uint8Array.from(voxels) });
    const mask = masked === false ? ',' : `${id}_mask.nii,labels.json`;
    rows.push(`${id},${id}.nii,${mask},${patientOf(id)},${split},CT`);
  }
  writeFileSync(join(here, 'cohort.csv'), `${rows.join('\n')}\n`);
  return join(here, 'cohort.csv');
}

let cohort: string;
let embeddings: string;
const bench = (...options: string[]) =>
  voxseek(
    'bench',
    cohort,
    '--embeddings',
    embeddings,
    '--rank',
    'count,late-interaction',
    '--classes',
    'all',
    ...options,
  );

beforeAll(async () => {
  cohort = await writeCohort('cohort', (id) => `patient-${id}`);
  const slices = Object.entries(volumes).flatMap(([id, volume]) =>
    volume.slices.map(([degrees], slice) => ({ id, slice, angle: (degrees * Math.PI) / 180 })),
  );
  writeFileSync(
    join(folder, 'matrix.npy'),
    npy(slices.map(({ angle }) => [3 * Math.cos(angle), 3 * Math.sin(angle)])),
  );
  writeFileSync(
    join(folder, 'slices.csv'),
    `volume,slice\n${slices.map(({ id, slice }) => `${id},${slice}`).join('\n')}\n`,
  );
  embeddings = `plane=${join(folder, 'matrix.npy')},${join(folder, 'slices.csv')}`;
  const { code, stderr } = await bench('--out', out);
  expect(code, stderr).toBe(0);
});

const results = (path = out) => JSON.parse(readFileSync(join(path, 'results.json'), 'utf8')) as Results;

describe('the worked example', () => {
  it.each([
    ['slice', 'count', { liver: 1, spleen: 1 / 2 }],
    ['volume', 'count', { liver: 1, spleen: 1 }],
    ['volume', 'late-interaction', { liver: 1, spleen: 1 }],
    ['region', 'count', { liver: 1, spleen: 1 }],
    ['region', 'late-interaction', { liver: 1, spleen: 1 }],
    ['localized', 'count', { liver: 1, spleen: 1 }],
    ['localized', 'late-interaction', { liver: 1, spleen: 1 }],
    ['ratio', 'count', { liver: 1, spleen: 1 }],
    ['ratio', 'late-interaction', { liver: 1, spleen: 1 / 2 }],
  ] as const)('%s by %s', (mode, ranking, expected) => {
    const found = results().configurations.find((c) => c.mode === mode && c.ranking === ranking)!;
    const values = Object.fromEntries(found.figure.classes.map((entry) => [entry.class, entry.value]));
    expect(values).toEqual({ ...expected, kidney: null });
    const mean = (expected.liver + expected.spleen) / 2;
    expect(found.figure.mean).toBeCloseTo(mean, 12);
    expect(found.figure.std).toBeCloseTo(Math.abs(expected.liver - expected.spleen) / 2, 12);
  });

  it('returns the volumes that it says: B for the spleen after late interaction', () => {
    const run = readFileSync(
      join(
        out,
        results().configurations.find((c) => c.mode === 'region' && c.ranking === 'late-interaction')!.run
          .path,
      ),
      'utf8',
    );
    const first = run.split('\n').find((line) => line.includes('spleen'))!;
    expect(first).toMatch(/ B 1 1\.8466/);
  });

  it('says what took no part, and how large both sides are', () => {
    const { dataset } = results();
    expect(dataset.leftOut).toEqual([
      { id: 'blank', reason: 'empty mask' },
      { id: 'plain', reason: 'no mask' },
    ]);
    expect(dataset.database).toEqual({ split: 'database', volumes: 2, slices: 4, patients: 2 });
    expect(dataset.queries).toEqual({ split: 'query', volumes: 1, slices: 3, patients: 1 });
    for (const report of ['report.md', 'report.html']) {
      const text = readFileSync(join(out, report), 'utf8');
      for (const named of ['blank', 'plain', 'kidney', 'plane']) expect(text).toContain(named);
    }
  });
});

describe('files that others can check', () => {
  it('agree with the figures, and a changed digit is found', async () => {
    expect((await voxseek('bench', '--check', join(out, 'results.json'))).code).toBe(0);
    const copy = join(folder, 'tampered');
    expect((await bench('--out', copy)).code).toBe(0);
    const region = results(copy).configurations.find((c) => c.mode === 'region' && c.ranking === 'count')!;
    const path = join(copy, region.run.path);
    writeFileSync(path, readFileSync(path, 'utf8').replace(' A 1 ', ' B 1 '));
    const { code, stdout } = await voxseek('bench', '--check', join(copy, 'results.json'), '--json');
    expect(code).toBe(errorTable.RESULTS_INVALID.exitCode);
    expect((JSON.parse(stdout) as { agrees: boolean }).agrees).toBe(false);
  });

  it('are the same to the byte when the same is run again', async () => {
    const again = join(folder, 'again');
    expect((await bench('--out', again)).code).toBe(0);
    for (const part of ['tables', 'runs', 'qrels']) {
      const names = readdirSync(join(out, part)).sort();
      expect(names.length).toBeGreaterThan(0);
      expect(readdirSync(join(again, part)).sort()).toEqual(names);
      for (const name of names) {
        expect(readFileSync(join(again, part, name))).toEqual(readFileSync(join(out, part, name)));
      }
    }
    const { environment: _, ...first } = results();
    const { environment: __, ...second } = results(again);
    expect(second).toEqual(first);
  });
});

describe('indexes and encoders', () => {
  it('measures other indexes beside exact search, and an encoder from images', async () => {
    const both = join(folder, 'both');
    const { code, stderr } = await bench(
      '--out',
      both,
      '--encoders',
      'descriptor-v1',
      '--indexes',
      'flat,hnsw,lsh',
      '--modes',
      'slice',
    );
    expect(code, stderr).toBe(0);
    const { indexes, configurations, encoders } = results(both);
    expect(encoders.map(({ name }) => name)).toEqual(['descriptor-v1', 'plane']);
    expect(configurations).toHaveLength(6);
    expect(indexes.filter(({ name }) => name === 'flat').map((index) => index.recallAgainstExact)).toEqual([
      1, 1,
    ]);
    expect(indexes.every(({ recallAgainstExact }) => recallAgainstExact !== null)).toBe(true);
  });
});

describe('what cannot be measured', () => {
  it('is refused, naming the reason', async () => {
    const shared = await writeCohort('shared-patient', () => 'one-patient');
    appendFileSync(join(folder, 'cohort', 'cohort.csv'), '');
    const cases: [string[], keyof typeof errorTable, RegExp][] = [
      [[shared, '--out', join(folder, 'x')], 'COHORT_INVALID', /one-patient/],
      [[cohort, '--out', join(folder, 'x'), '--queries', 'val'], 'INPUT_EMPTY', /val/],
      [[cohort, '--out', join(folder, 'x'), '--classes', 'detailed', '--modes', 'flight'], 'USAGE', /flight/],
      [[cohort, '--out', join(folder, 'x'), '--embeddings', 'nonsense'], 'USAGE', /nonsense/],
      [[cohort], 'USAGE', /--out/],
    ];
    for (const [args, code, text] of cases) {
      const result = await voxseek('bench', ...args, '--json');
      expect(result.code, `${code}: ${result.stderr}`).toBe(errorTable[code].exitCode);
      expect(result.stderr).toMatch(text);
    }
  });
});
