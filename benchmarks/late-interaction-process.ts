/** One archive in memory, for benchmarks/late-interaction.ts, which forks this and asks it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { largestQueryCode } from '../src/index/quantized-kernel.js';
import { type QuantizedSlices, quantizeSlices } from '../src/index/quantized-slices.js';
import type { SliceVectors } from '../src/index/slice-index.js';
import { bestVolumes } from '../src/rerank/best-volumes.js';
import { byScore, matchVolumes, type VolumeMatch } from '../src/rerank/late-interaction.js';
import { quantizeQueries } from '../src/rerank/quantized-queries.js';
import { ScoreBounder } from '../src/rerank/score-bounds.js';
import { randomNumbers } from '../tests/random.js';
import { sliceLikeVectors } from './slice-like.js';

/** Answer to a request; which of it is there depends on what was asked. */
export interface Measurement {
  readonly seconds: number;
  /** Of all threads. */
  readonly cpuSeconds: number;
  readonly quantizeSeconds: number;
  /** Whether the last search gave what scoring all volumes gives. */
  readonly isExact: boolean;
  /** Volumes whose upper bound is not below the tenth best score. */
  readonly survivors: number;
  /** Of the process, before the vectors were made, and at its highest. */
  readonly baseBytes: number;
  readonly peakBytes: number;
}

const [rows, dimension, rowsPerVolume, queryRows, k] = [290_000, 768, 250, 250, 10];
const data = process.argv[2];

/** By Linux's own count, in bytes. */
function memory(field: 'VmHWM' | 'VmRSS'): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
}

/** Rows of norm 1 that resemble nothing: no bound on an error excludes any. */
function randomDirections(rowCount: number, seed: number): SliceVectors {
  const random = randomNumbers(seed);
  const embeddings = new Float32Array(rowCount * dimension);
  for (let from = 0; from < embeddings.length; from += dimension) {
    let squares = 0;
    for (let i = from; i < from + dimension; i++) {
      embeddings[i] = random() - 0.5;
      squares += embeddings[i]! ** 2;
    }
    for (let i = from; i < from + dimension; i++) embeddings[i]! /= Math.sqrt(squares);
  }
  const volumes = Array.from({ length: rowCount / rowsPerVolume }, (_, volume) => ({
    firstRow: volume * rowsPerVolume,
    rowCount: rowsPerVolume,
  }));
  return { dimension, embeddings, volumes };
}

let slices: SliceVectors;
let queries: Float32Array;
let quantized: QuantizedSlices;
let positions: number[];
let quantizeSeconds = 0;
let found: readonly VolumeMatch[] = [];

await largestQueryCode();
const baseBytes = memory('VmRSS');

function vectors(rowCount: number, seed: number): SliceVectors {
  return data === 'slice-like'
    ? sliceLikeVectors(rowCount, dimension, rowsPerVolume, seed)
    : randomDirections(rowCount, seed);
}

async function prepare(): Promise<void> {
  slices = vectors(rows, 1);
  queries = vectors(queryRows, 2).embeddings;
  positions = [...slices.volumes.keys()];
  // What making them has used is not to be counted: the highest number begins anew.
  global.gc?.();
  writeFileSync('/proc/self/clear_refs', '5');
  const start = performance.now();
  quantized = await quantizeSlices(slices);
  quantizeSeconds = (performance.now() - start) / 1000;
}

function best(): Promise<VolumeMatch[]> {
  return bestVolumes(slices, quantized, queries, k, positions);
}

async function scoreAll(): Promise<VolumeMatch[]> {
  return (await matchVolumes(slices, queries, positions)).sort(byScore).slice(0, k);
}

async function timed(search: () => Promise<VolumeMatch[]>): Promise<Partial<Measurement>> {
  const start = performance.now();
  const before = process.cpuUsage();
  const matches = await search();
  const { user, system } = process.cpuUsage(before);
  if (search === best) found = matches;
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}

async function countSurvivors(tenth: number): Promise<number> {
  const codes = quantizeQueries(queries, dimension, await largestQueryCode())!;
  const bounder = new ScoreBounder(quantized, codes);
  let count = 0;
  for (const volume of positions) {
    const [bounds] = await bounder.bound(volume, volume + 1);
    count += Number(bounds!.upper >= tenth);
  }
  return count;
}

const readable = ({ volume, score, rows: best }: VolumeMatch) => [volume, score, ...best];

/** Once all searches are done: whether the last one was right, and what there is to know besides. */
async function check(): Promise<Partial<Measurement>> {
  const peakBytes = memory('VmHWM');
  const all = await scoreAll();
  return {
    isExact: JSON.stringify(found.map(readable)) === JSON.stringify(all.map(readable)),
    survivors: await countSurvivors(all.at(-1)!.score),
    quantizeSeconds,
    baseBytes,
    peakBytes,
  };
}

process.on('message', async (request) => {
  if (request === 'prepare') {
    await prepare();
    process.send!({});
  } else if (request === 'check') process.send!(await check());
  else {
    process.send!(await timed(request === 'plain' ? scoreAll : best));
  }
});
