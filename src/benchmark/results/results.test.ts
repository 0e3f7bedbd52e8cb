import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithPython } from '../../../tests/python.js';
import { randomNumbers } from '../../../tests/random.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { annotatedOnly } from '../annotated-only.js';
import { evaluate } from '../evaluate.js';
import type { LabelledSlices } from '../labelled-slices.js';
import {
  type AnswerScopeName,
  answerScopes,
  type BenchmarkRanking,
  type Mode,
  modes,
  type Outcomes,
} from '../outcomes.js';
import { checkResults } from './check-results.js';
import { figureOf } from './figure.js';
import { readResults, writeResults } from './results-file.js';
import type { Results } from './schema.js';
import { TrecWriter, writeVolumeQrels } from './trec-writer.js';

/** Volumes with one vector and one list of voxel counts (by class) a slice. */
function labelled(
  classes: readonly string[],
  volumes: readonly { id: string; patient: string; slices: { vector: number[]; voxels: number[] }[] }[],
): LabelledSlices {
  const slices = volumes.flatMap((volume) => volume.slices);
  let firstRow = 0;
  return {
    dimension: slices[0]!.vector.length,
    embeddings: Float32Array.from(slices.flatMap(({ vector }) => normalised(vector))),
    volumes: volumes.map(({ id, patient, slices: own }) => {
      const volume = { id, patient, firstRow, rowCount: own.length, spacingMm: 2 };
      firstRow += own.length;
      return volume;
    }),
    // Indices along a file need not begin at 0.
    sliceIndex: Int32Array.from(volumes.flatMap(({ slices: own }) => own.map((_, index) => 10 + index))),
    classes,
    voxels: Uint32Array.from(slices.flatMap(({ voxels }) => voxels)),
  };
}

function normalised(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function randomSide(prefix: string, count: number, uniform: () => number): LabelledSlices {
  // Classes: one that is everywhere, some, one that the database lacks, one that no query has.
  const classes = ['liver left/right', 'spleen|a', 'rare', 'no query'];
  const isDatabase = prefix === 'db';
  const ids = Array.from({ length: count }, (_, volume) => `${prefix} ${volume}|100%~`).sort();
  const slice = () => ({
    vector: Array.from({ length: 3 }, () => uniform() - 0.3),
    voxels: [0.6, 0.3, isDatabase ? 0 : 0.2, isDatabase ? 0.5 : 0].map((chance) =>
      uniform() < chance ? 1 + Math.floor(uniform() * 4) : 0,
    ),
  });
  const volume = (id: string, position: number) => ({
    id,
    patient: `${prefix}${position >> 1}`,
    slices: Array.from({ length: 1 + Math.floor(uniform() * 6) }, slice),
  });
  return labelled(classes, ids.map(volume));
}

function randomlyAnnotated(
  side: LabelledSlices,
  among: AnswerScopeName,
  uniform: () => number,
): LabelledSlices {
  if (among === 'all') return side;
  const cells = side.volumes.length * side.classes.length;
  return annotatedOnly({
    ...side,
    annotated: Uint8Array.from({ length: cells }, () => Number(uniform() < 0.7)),
  });
}

const rankings: readonly BenchmarkRanking[] = ['count', 'late-interaction'];

/** A whole result of a random cohort: evaluated, run files and all. */
async function writeRandomResult(
  folder: string,
  minVoxels: number,
  among: AnswerScopeName = 'all',
): Promise<Outcomes[]> {
  const uniform = randomNumbers(21);
  const database = randomlyAnnotated(randomSide('db', 12, uniform), among, uniform);
  const queries = randomlyAnnotated(randomSide('q', 9, uniform), among, uniform);
  const writer = new TrecWriter({
    folder,
    encoder: 'own encoder',
    index: 'flat',
    classMap: 'tiny',
    modes,
    rankings,
    database,
    queries,
    minVoxels,
    among,
  });
  const { onSliceAnswer, onRankedAnswer } = writer;
  const outcomes = await evaluate(database, queries, {
    modes,
    rankings,
    among,
    minVoxels,
    answers: 3,
    depth: 5,
    onSliceAnswer,
    onRankedAnswer,
  });
  const files = writer.close();
  const volumeQrels = writeVolumeQrels(folder, 'tiny', { database, queries, minVoxels, among });
  const configurations = outcomes.map((one) => {
    const { run, qrels } = files.find(({ mode, ranking }) => mode === one.mode && ranking === one.ranking)!;
    return {
      name: `own encoder, flat, ${one.mode}, ${one.ranking}`,
      encoder: 'own encoder',
      index: 'flat',
      classMap: 'tiny',
      mode: one.mode,
      ranking: one.ranking,
      among,
      figure: figureOf(one, { resamples: 50, seed: 1 }),
      columns: { 'precision@5': null, map: 0.5 },
      run,
      qrels: qrels ?? volumeQrels,
    };
  });
  await writeResults(folder, { ...emptyResults(queries.classes), configurations });
  return outcomes;
}

function emptyResults(classes: readonly string[]): Results {
  return {
    format: 'voxseek-benchmark',
    formatVersion: 2,
    voxseekVersion: '0.1.0',
    dataset: {
      name: 'random',
      identity: 'random cohort',
      contentHash: 'abc',
      database: { split: 'train', volumes: 12, slices: 40, patients: 6 },
      queries: { split: null, volumes: 9, slices: 30, patients: 5 },
      leftOut: [{ id: 'x', reason: 'no labels' }],
    },
    classMaps: [{ name: 'tiny', source: 'this test', classes: [...classes] }],
    encoders: [{ name: 'own encoder', weightsHash: 'def', dimension: 3, preprocessing: null }],
    indexes: [{ name: 'flat', encoder: 'own encoder', parameters: {}, recallAgainstExact: 1, bytes: null }],
    parameters: { minVoxels: 1, answers: 3, depth: 5, bootstrapResamples: 50, permutations: 10 },
    seeds: { bootstrap: 1, permutation: 2 },
    configurations: [],
    comparisons: [],
    environment: { date: '2026-01-01T00:00:00Z', machine: { cores: 2 }, indexes: [], timings: [] },
  };
}

describe('a written result', () => {
  it.each(answerScopes)('agrees with its own files, in every mode and ranking, among %s', async (among) => {
    const folder = temporaryFolder();
    const outcomes = await writeRandomResult(folder, 2, among);
    expect(outcomes).toHaveLength(13);
    expect(await checkResults(join(folder, 'results.json'))).toEqual({ agrees: true, differences: [] });
    // The cohort is no trivial one: every figure but that of the missing classes lies between 0 and 1.
    const { configurations } = await readResults(join(folder, 'results.json'));
    for (const { figure } of configurations) {
      expect(figure.classes[0]!.value).toBeGreaterThan(0);
      expect(figure.classes[2]).toMatchObject({ class: 'rare', value: 0 });
      expect(figure.classes[3]).toMatchObject({ class: 'no query', queries: 0, value: null });
      expect(figure.mean).toBeLessThan(1);
    }
    expect(readdirSync(folder).sort()).toEqual(['qrels', 'results.json', 'runs', 'tables']);
  });

  it('has the same bytes when written again', async () => {
    const [first, second] = [temporaryFolder(), temporaryFolder()];
    await writeRandomResult(first, 1);
    await writeRandomResult(second, 1);
    const files = readdirSync(first, { recursive: true, encoding: 'utf8' }).sort();
    expect(readdirSync(second, { recursive: true, encoding: 'utf8' }).sort()).toEqual(files);
    const written = files.filter((name) => /\.\w+$/.test(name));
    expect(written.length).toBeGreaterThan(20);
    for (const name of written) {
      expect(readFileSync(join(second, name), 'utf8'), name).toBe(readFileSync(join(first, name), 'utf8'));
    }
  });

  it('does not agree once a digit of a run has changed, in whatever field', async () => {
    const folder = temporaryFolder();
    await writeRandomResult(folder, 1);
    const { configurations } = await readResults(join(folder, 'results.json'));
    const region = configurations.find(({ mode, ranking }) => mode === 'region' && ranking === 'count')!;
    const path = join(folder, region.run.path);
    const original = readFileSync(path, 'utf8');

    // The first document of a topic that was answered rightly becomes a volume that is not there.
    const right = await rightTopic(folder, region.run.path, region.qrels.path);
    const wrongDocument = original.replace(
      `${right.topic} Q0 ${right.document} 1 `,
      `${right.topic} Q0 no 1 `,
    );
    expect(wrongDocument).not.toBe(original);
    writeFileSync(path, wrongDocument);
    const { agrees, differences } = await checkResults(join(folder, 'results.json'));
    expect(agrees).toBe(false);
    const found = differences.map(({ what }) => what.replace(/ of .*/, ''));
    expect(new Set(found)).toEqual(new Set(['sha256', 'value', 'mean', 'std']));
    expect(differences.every(({ configuration }) => configuration === region.name)).toBe(true);

    // A digit that alters no figure is found by the hash.
    writeFileSync(path, original.replace(/ 1 (\S+) (\S+)\n/, ' 7 $1 $2\n'));
    expect((await checkResults(join(folder, 'results.json'))).differences.map(({ what }) => what)).toEqual([
      `sha256 of ${region.run.path}`,
    ]);

    writeFileSync(path, original);
    expect((await checkResults(join(folder, 'results.json'))).agrees).toBe(true);
  });

  it('does not agree once a figure has changed', async () => {
    const folder = temporaryFolder();
    await writeRandomResult(folder, 1);
    const path = join(folder, 'results.json');
    const results = await readResults(path);
    const figure = results.configurations[0]!.figure;
    const { mean } = figure;
    figure.mean = mean! + 1e-6;
    figure.classes[3]!.value = 1;
    writeFileSync(path, JSON.stringify(results));
    expect((await checkResults(path)).differences).toEqual([
      {
        configuration: results.configurations[0]!.name,
        what: 'value of no query',
        stated: 1,
        recomputed: null,
      },
      {
        configuration: results.configurations[0]!.name,
        what: 'mean',
        stated: mean! + 1e-6,
        recomputed: expect.closeTo(mean!, 12),
      },
    ]);
  });

  it('names a run that is missing or broken', async () => {
    const folder = temporaryFolder();
    await writeRandomResult(folder, 1);
    const path = join(folder, 'results.json');
    const { configurations } = await readResults(path);
    const run = join(folder, configurations[0]!.run.path);
    const original = readFileSync(run, 'utf8');
    writeFileSync(run, `${original}only three fields\n`);
    const lines = original.split('\n').length;
    await expect(checkResults(path)).rejects.toMatchObject({
      code: 'RESULTS_INVALID',
      subject: run,
      reason: `line ${lines} is broken: it has 3 fields, not 6`,
    });
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(configurations[0]!.run.path, 'runs/gone.run'));
    await expect(checkResults(path)).rejects.toMatchObject({ code: 'RESULTS_INVALID', reason: 'is missing' });
  });
});

/** A topic whose first document is relevant. */
async function rightTopic(folder: string, run: string, qrels: string) {
  const relevant = new Set(
    readFileSync(join(folder, qrels), 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .map(([topic, , document]) => `${topic} ${document}`),
  );
  const firsts = readFileSync(join(folder, run), 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , , rank]) => rank === '1');
  const [topic, , document] = firsts.find(([name, , volume]) => relevant.has(`${name} ${volume}`))!;
  return { topic: topic!, document: document! };
}

describeWithPython(['numpy'], 'the TREC files, read by NumPy', (runPython) => {
  // As trec_eval has it: documents by score as float32, then by name, both descending; -c.
  const program = `
import json, sys, urllib.parse, numpy as np
measure, run_path, qrels_path = sys.argv[1:]
run, qrels = {}, {}
for line in open(run_path, encoding='ascii'):
    topic, _, document, rank, score, tag = line.split()
    run.setdefault(topic, []).append((np.float32(score), document))
for line in open(qrels_path, encoding='ascii'):
    topic, _, document, relevance = line.split()
    if int(relevance) > 0: qrels.setdefault(topic, set()).add(document)
assert set(run) <= set(qrels)
values = {}
for topic in qrels:
    documents = [d for s, d in sorted(run.get(topic, []), reverse=True)]
    hits = np.array([d in qrels[topic] for d in documents], dtype=float)
    judged = len(qrels[topic] - {'~none'})
    # F1 is set_F of trec_eval.
    f1 = 2 * hits.sum() / (len(hits) + judged) if len(hits) + judged else 0.0
    value = {'overlap': f1 / (2 - f1), 'half': float(f1 >= 2 / 3), 'P_1': hits[:1].sum(), 'success': float(hits.any()), 'set_P': hits.mean() if len(hits) else 0.0}[measure]
    values.setdefault(urllib.parse.unquote(topic.split('|')[0]), []).append(value)
recall = {c: float(np.mean(v)) for c, v in values.items()}
print(json.dumps({'recall': recall, 'queries': {c: len(v) for c, v in values.items()},
  'mean': float(np.mean(list(recall.values()))), 'std': float(np.std(list(recall.values())))}))
`;
  const measures: Readonly<Record<Mode, string>> = {
    slice: 'P_1',
    volume: 'P_1',
    region: 'P_1',
    localized: 'success',
    ratio: 'set_P',
    range: 'overlap',
    'range-half': 'half',
  };

  it.each(answerScopes)('give the figures of results.json in every mode, among %s', async (among) => {
    const folder = temporaryFolder();
    await writeRandomResult(folder, 2, among);
    const { configurations } = await readResults(join(folder, 'results.json'));
    for (const { mode, figure, run, qrels, name } of configurations) {
      const python = runPython(folder, program, [
        measures[mode],
        join(folder, run.path),
        join(folder, qrels.path),
      ]) as { recall: Record<string, number>; queries: Record<string, number>; mean: number; std: number };
      const asked = figure.classes.filter(({ queries }) => queries > 0);
      expect(Object.keys(python.recall).sort(), name).toEqual(asked.map((entry) => entry.class).sort());
      for (const entry of asked) {
        expect(python.queries[entry.class], name).toBe(entry.queries);
        expect(python.recall[entry.class], name).toBeCloseTo(entry.value!, 12);
      }
      expect(python.mean, name).toBeCloseTo(figure.mean!, 12);
      expect(python.std, name).toBeCloseTo(figure.std!, 12);
    }
  });
});

describe('readResults', () => {
  const written = async (change: (results: Results) => unknown): Promise<string> => {
    const path = join(temporaryFolder(), 'results.json');
    writeFileSync(path, JSON.stringify(change(emptyResults(['a']))));
    return path;
  };

  it('reads back what was written', async () => {
    const folder = temporaryFolder();
    const results = emptyResults(['a', 'b']);
    expect(await readResults(await writeResults(folder, results))).toEqual(results);
  });

  it.each<[string, (results: Results) => unknown, RegExp]>([
    ['another version', (results) => ({ ...results, formatVersion: 1 }), /version 1 of the format/],
    ['another file', () => ({ name: 'x' }), /format/],
    [
      'a comparison of what is not there',
      (results) => ({
        ...results,
        comparisons: [{ a: 'x', b: 'y', what: '', difference: 0, p: 1, pHolm: 1 }],
      }),
      /the compared configuration x is not there/,
    ],
  ])('refuses %s', async (_title, change, reason) => {
    await expect(readResults(await written(change))).rejects.toMatchObject({
      code: 'RESULTS_INVALID',
      reason: expect.stringMatching(reason),
    });
  });

  it('refuses a file that leads out of the folder, and text that is no JSON', async () => {
    const folder = temporaryFolder();
    await writeRandomResult(folder, 1);
    const path = join(folder, 'results.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replaceAll('"runs/', '"../runs/'));
    await expect(readResults(path)).rejects.toMatchObject({
      code: 'RESULTS_INVALID',
      reason: expect.stringMatching(/leads out of the folder/),
    });
    writeFileSync(path, text.slice(0, 100));
    await expect(readResults(path)).rejects.toMatchObject({ code: 'RESULTS_INVALID', reason: 'is no JSON' });
    await expect(readResults(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});
