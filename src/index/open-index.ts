import { VoxseekError } from '../errors.js';
import { FlatIndex } from './flat.js';
import { HnswIndex, type HnswOptions } from './hnsw.js';
import { LshIndex, type LshOptions } from './lsh.js';
import type { Neighbours, SliceIndex, SliceVectors } from './slice-index.js';

export const indexNames = ['flat', 'hnsw', 'lsh'] as const;
export type IndexName = (typeof indexNames)[number];

/** Each index takes its own; the others are of no account to it. */
export interface IndexOptions {
  readonly hnsw?: HnswOptions;
  readonly lsh?: LshOptions;
}

export interface BuiltIndex {
  readonly index: SliceIndex;
  readonly name: IndexName;
  /** All that the answers depend on, as plain JSON. */
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly buildSeconds: number;
  /** Of what a search goes through, in memory or on disk: for `flat` the vectors, for the others what they add. */
  readonly bytes: number;
  /** Frees memory and removes files. The index must not be searched afterwards. */
  close(): Promise<void>;
}

/** The largest numbers that are taken for parameters: above them is a slip, not a wish. */
const largest = { m: 512, efConstruction: 100_000, ef: 100_000, nbits: 65_536 } as const;

/**
 * Builds one of the indexes of arXiv 2405.09334 over the slices: exact, HNSW or LSH.
 *
 * @throws VoxseekError USAGE (unknown name, wrong option), ARCHIVE_EMPTY, STORAGE_FULL, STORAGE_NOT_WRITABLE,
 *   FILE_NOT_FOUND
 */
export async function buildIndex(
  name: string,
  slices: SliceVectors,
  options: IndexOptions = {},
): Promise<BuiltIndex> {
  const known = indexNames.find((candidate) => candidate === name);
  if (known === undefined) {
    throw new VoxseekError('USAGE', 'there is no such index', {
      subject: name,
      advice: `Choose one of ${indexNames.join(', ')}.`,
    });
  }
  assertOptions(known, options);
  if (slices.embeddings.length === 0) {
    throw new VoxseekError('ARCHIVE_EMPTY', 'there is no slice to index', {
      subject: `index ${name}`,
    });
  }
  const start = performance.now();
  const built = await build(known, slices, options);
  return { ...built, name: known, buildSeconds: (performance.now() - start) / 1000 };
}

async function build(
  name: IndexName,
  slices: SliceVectors,
  options: IndexOptions,
): Promise<Pick<BuiltIndex, 'index' | 'parameters' | 'bytes' | 'close'>> {
  switch (name) {
    case 'flat':
      return {
        index: new FlatIndex(slices),
        parameters: {},
        bytes: slices.embeddings.byteLength,
        close: async () => {},
      };
    case 'hnsw': {
      const index = await HnswIndex.build(slices, options.hnsw);
      return { index, parameters: { ...index.parameters }, bytes: index.bytes, close: () => index.close() };
    }
    case 'lsh': {
      const index = await LshIndex.build(slices, options.lsh);
      return { index, parameters: { ...index.parameters }, bytes: index.bytes, close: async () => {} };
    }
  }
}

function assertOptions(name: IndexName, options: IndexOptions): void {
  const given: Readonly<Record<string, unknown>> = name === 'flat' ? {} : { ...options[name] };
  for (const [option, maximum] of Object.entries(largest)) {
    const value = given[option];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || Number(value) < 1 || Number(value) > maximum) {
      throw new VoxseekError('USAGE', `${option} is ${value}, not a whole number from 1 to ${maximum}`, {
        subject: `index ${name}`,
      });
    }
  }
  if (given.seed !== undefined && !Number.isSafeInteger(given.seed)) {
    throw new VoxseekError('USAGE', `seed is ${given.seed}, not a whole number`, {
      subject: `index ${name}`,
    });
  }
}

/** Difference of two ways to sum up one inner product of unit vectors in float32. */
const similarityTolerance = 1e-6;

/**
 * Share of the k nearest slices that an index has found: over all queries, found rows that are among the exact
 * k nearest, through the number of these. A slice that is as similar as the last of the exact ones (to 1e-6) is
 * as right as that one.
 *
 * @param exact of exact search; a line with fewer than k answers counts with those it has.
 * @param found of the same queries with the same k.
 * @returns from 0 to 1; 1 where there is nothing to find.
 */
export function recallAgainst(exact: Neighbours, found: Neighbours): number {
  const { k } = exact;
  if (found.k !== k || found.rows.length !== exact.rows.length) {
    throw new VoxseekError('USAGE', 'the two searches differ in their queries or in k', {
      subject: 'recall',
    });
  }
  let wanted = 0;
  let right = 0;
  for (let line = 0; line < exact.rows.length; line += k) {
    const nearest = new Set(exact.rows.subarray(line, line + k));
    nearest.delete(-1);
    if (nearest.size === 0) continue;
    wanted += nearest.size;
    const last = exact.similarities[line + nearest.size - 1]! - similarityTolerance;
    const answers = new Set<number>();
    for (let place = line; place < line + k; place++) {
      const row = found.rows[place]!;
      if (row >= 0 && (nearest.has(row) || found.similarities[place]! >= last)) answers.add(row);
    }
    right += answers.size;
  }
  return wanted === 0 ? 1 : right / wanted;
}
