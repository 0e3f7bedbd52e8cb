/**
 * Exact search, HNSW and LSH over 50,000 vectors of 384 numbers that have the structure of slice embeddings
 * (benchmarks/slice-like.ts): time of the build, size, queries a second in batches of one volume (250 slices,
 * k = 10), and recall against brute force by the bare kernel: one product and its ten largest in one graph of
 * onnxruntime, which stands beside them. Run from the repository:
 *
 *     node --import tsx benchmarks/index.ts
 *
 * Prints a table and writes benchmarks/results/index.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearestRows } from '../src/index/kernel.js';
import { buildIndex, type IndexOptions, recallAgainst } from '../src/index/open-index.js';
import type { Neighbours } from '../src/index/slice-index.js';
import { machine } from './machine.js';
import { sliceLikeVectors } from './slice-like.js';

const rows = 50_000;
const dimension = 384;
const rowsPerVolume = 250;
const queryVolumes = 4;
const k = 10;
const repetitions = 3;

const slices = sliceLikeVectors(rows, dimension, rowsPerVolume, 1);
const { embeddings: queries } = sliceLikeVectors(queryVolumes * rowsPerVolume, dimension, rowsPerVolume, 2);
const queryCount = queries.length / dimension;

type Search = (batch: Float32Array) => Promise<Neighbours>;

/** Volume by volume, as a search does it: the answers, and the median seconds of some runs. */
async function measure(search: Search): Promise<{ seconds: number; found: Neighbours }> {
  const step = rowsPerVolume * dimension;
  await search(queries.subarray(0, step));
  const times: number[] = [];
  const found = {
    k,
    rows: new Int32Array(queryCount * k),
    similarities: new Float32Array(queryCount * k),
  };
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const start = performance.now();
    for (let volume = 0; volume < queryVolumes; volume++) {
      const answer = await search(queries.subarray(volume * step, (volume + 1) * step));
      found.rows.set(answer.rows, volume * rowsPerVolume * k);
      found.similarities.set(answer.similarities, volume * rowsPerVolume * k);
    }
    times.push((performance.now() - start) / 1000);
  }
  return { seconds: times.sort((a, b) => a - b)[Math.floor(repetitions / 2)]!, found };
}

const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

const bare = await measure(async (batch) => {
  const nearest = await nearestRows(batch, slices.embeddings, dimension, k);
  return { k, rows: Int32Array.from(nearest.rows, Number), similarities: nearest.similarities };
});

const configurations: readonly (readonly [name: string, options: IndexOptions])[] = [
  ['flat', {}],
  ['hnsw', { hnsw: { ef: 32 } }],
  ['hnsw', {}],
  ['lsh', {}],
  ['lsh', { lsh: { nbits: 2 * dimension } }],
];

const results = [];
for (const [name, options] of configurations) {
  const built = await buildIndex(name, slices, options);
  const { seconds, found } = await measure((batch) => built.index.search(batch, k));
  results.push({
    index: name,
    parameters: built.parameters,
    buildSeconds: rounded(built.buildSeconds, 2),
    megabytes: rounded(built.bytes / 1e6, 1),
    queriesPerSecond: Math.round(queryCount / seconds),
    ofBareKernel: rounded(bare.seconds / seconds, 2),
    recallAt10: rounded(recallAgainst(bare.found, found), 4),
  });
  await built.close();
}

const report = {
  benchmark: `indexes over ${rows} slice-like vectors of ${dimension} numbers, k = ${k}`,
  command: 'node --import tsx benchmarks/index.ts',
  date: new Date().toISOString(),
  machine: { ...machine(), loadAverage: rounded(loadavg()[0]!, 1) },
  rows,
  dimension,
  queries: queryCount,
  queriesInABatch: rowsPerVolume,
  repetitions,
  bareKernelQueriesPerSecond: Math.round(queryCount / bare.seconds),
  results,
};
const target = join(dirname(fileURLToPath(import.meta.url)), 'results', 'index.json');
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, `${JSON.stringify(report, null, 2)}\n`);
console.log(`bare kernel: ${report.bareKernelQueriesPerSecond} queries/s`);
console.table(
  results.map(({ parameters, ...rest }) => ({ ...rest, parameters: JSON.stringify(parameters) })),
);
