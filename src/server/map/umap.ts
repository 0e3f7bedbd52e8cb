import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { VoxseekError } from '../../errors.js';
import type { Place } from './principal-axes.js';

/** Neighbours of each point, itself first, and their distances. */
export interface Neighbourhoods {
  readonly indices: readonly (readonly number[])[];
  readonly distances: readonly (readonly number[])[];
}

const seed = 1;
const minDist = 0.1;

// It computes for seconds without a pause, so in a thread of its own; as source text for the reason that
// src/volume/itk.ts gives. The generator is mulberry32 (T. Ettinger): seeded, the same everywhere.
const workerSource = `
const { parentPort, workerData } = require('node:worker_threads');
const { UMAP } = require(workerData.module);
let state = workerData.seed;
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const { indices, distances, start, minDist } = workerData;
const umap = new UMAP({ nNeighbors: indices[0].length, minDist, random });
umap.setPrecomputedKNN(indices, distances);
// Of the points only their number is looked at where the neighbours are known.
const epochs = umap.initializeFit(indices);
umap.getEmbedding().forEach((place, row) => place.splice(0, 2, ...start[row]));
for (let epoch = 0; epoch < epochs; epoch++) umap.step();
parentPort.postMessage(umap.getEmbedding());
`;

/**
 * UMAP (McInnes, Healy, Melville, arXiv 1802.03426) over neighbourhoods that are known, in a thread of its own.
 * The same input gives the same places.
 *
 * @param start places that it begins at, within -10 to 10 as in the reference implementation.
 */
export async function umapPlaces(
  { indices, distances }: Neighbourhoods,
  start: readonly Place[],
): Promise<Place[]> {
  const module = createRequire(import.meta.url).resolve('umap-js');
  const worker = new Worker(workerSource, {
    eval: true,
    workerData: { module, indices, distances, start, seed, minDist },
  });
  try {
    return await new Promise((accept, reject) => {
      worker.once('message', accept);
      worker.once('error', reject);
      worker.once('exit', () => reject(new VoxseekError('INTERNAL', 'UMAP stopped without an answer')));
    });
  } finally {
    await worker.terminate();
  }
}
