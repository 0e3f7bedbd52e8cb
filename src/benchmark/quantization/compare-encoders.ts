import type { Encoder } from '../../encoder/encoder.js';
import { VoxseekError } from '../../errors.js';
import type { Plane } from '../../volume/volume.js';
import { compareRetrieval, type RetrievalChange } from './compare-retrieval.js';
import { evenly, type Sample, sampleOf, type VolumeToCompare } from './sample-slices.js';

export interface ComparisonOptions {
  readonly plane: Plane;
  /** About how many slices, of all volumes together. */
  readonly slices: number;
  readonly onProgress?: (done: number, total: number, slices: number, id: string) => void;
  /** Told of volumes that cannot be read; they are left out. */
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** Two encoders on the same slices. */
export interface EncoderComparison {
  readonly volumes: number;
  readonly slices: number;
  /** Cosine of the two embeddings of a slice. */
  readonly cosine: { readonly mean: number; readonly worst: number };
  /** Mean cosine of slices of different volumes, by the first encoder: what a cosine has to be held against. */
  readonly cosineBetweenVolumes: number | null;
  /** Slices a second, preprocessing included: the median over volumes. */
  readonly slicesPerSecond: { readonly before: number; readonly after: number };
  /** Median over volumes of how many times as fast the second one is. */
  readonly speedup: number;
  readonly retrieval: RetrievalChange | null;
}

/** More slices of one volume tell less than those of another one. */
const slicesPerVolume = 8;

/**
 * Compares an encoder with another one that should give the same embeddings: cosine, speed, and what would be found
 * among these slices.
 *
 * The two take turns volume by volume, and which is first alternates, so that whatever else runs on the machine
 * slows both.
 *
 * @param volumes of which as many as are needed are taken, evenly from the first to the last.
 * @throws VoxseekError ENCODER_OUTPUT_INVALID; INPUT_EMPTY where no volume has a slice that is not air; INTERRUPTED
 */
export async function compareEncoders(
  before: Encoder,
  after: Encoder,
  volumes: readonly VolumeToCompare[],
  { plane, slices, onProgress, onWarning, signal }: ComparisonOptions,
): Promise<EncoderComparison> {
  const chosen = evenly(volumes, Math.max(2, Math.ceil(slices / slicesPerVolume)));
  const perVolume = Math.max(1, Math.round(slices / Math.max(1, chosen.length)));
  const pairs: EncodedPair[] = [];
  for (const [place, volume] of chosen.entries()) {
    if (signal?.aborted) throw new VoxseekError('INTERRUPTED', 'stopped while comparing');
    const sample = await sampleOf(volume, plane, perVolume, onWarning);
    if (sample !== undefined && sample.slices.length > 0) {
      // The first run of a network also allocates.
      if (pairs.length === 0) for (const encoder of [before, after]) await encode(encoder, sample);
      pairs.push(await encodeBoth(before, after, sample, pairs.length % 2 === 0));
    }
    onProgress?.(place + 1, chosen.length, sample?.slices.length ?? 0, volume.id);
  }
  if (pairs.length === 0) {
    throw new VoxseekError('INPUT_EMPTY', 'there is no slice to compare the encoders on', {
      subject: volumes[0]?.id ?? 'volumes',
    });
  }
  return summary(pairs, before.identity.dimension);
}

interface TimedEmbeddings {
  readonly embeddings: Float32Array;
  readonly seconds: number;
}

/** One volume by both encoders. */
interface EncodedPair {
  readonly slices: number;
  readonly before: TimedEmbeddings;
  readonly after: TimedEmbeddings;
}

async function encode(encoder: Encoder, { slices, intensity }: Sample): Promise<TimedEmbeddings> {
  const started = performance.now();
  const embeddings = await encoder.embed(slices, intensity);
  return { embeddings, seconds: (performance.now() - started) / 1000 };
}

async function encodeBoth(
  before: Encoder,
  after: Encoder,
  sample: Sample,
  isBeforeFirst: boolean,
): Promise<EncodedPair> {
  const early = await encode(isBeforeFirst ? before : after, sample);
  const late = await encode(isBeforeFirst ? after : before, sample);
  const [a, b] = isBeforeFirst ? [early, late] : [late, early];
  return { slices: sample.slices.length, before: a, after: b };
}

async function summary(pairs: readonly EncodedPair[], dimension: number): Promise<EncoderComparison> {
  const before = joined(pairs.map((pair) => pair.before.embeddings));
  const after = joined(pairs.map((pair) => pair.after.embeddings));
  const counts = pairs.map(({ slices }) => slices);
  const slices = counts.reduce((sum, count) => sum + count, 0);
  const cosines = Array.from({ length: slices }, (_, row) => rowProduct(before, after, row, dimension));
  return {
    volumes: pairs.length,
    slices,
    cosine: {
      mean: cosines.reduce((sum, cosine) => sum + cosine, 0) / slices,
      worst: cosines.reduce((worst, cosine) => Math.min(worst, cosine), 1),
    },
    cosineBetweenVolumes: cosineBetween(
      pairs.map((pair) => pair.before.embeddings),
      dimension,
    ),
    slicesPerSecond: {
      before: median(pairs.map((pair) => pair.slices / pair.before.seconds)),
      after: median(pairs.map((pair) => pair.slices / pair.after.seconds)),
    },
    speedup: median(pairs.map((pair) => pair.before.seconds / pair.after.seconds)),
    retrieval: pairs.length < 3 ? null : await compareRetrieval(before, after, counts, dimension),
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

function rowProduct(a: Float32Array, b: Float32Array, row: number, dimension: number): number {
  let sum = 0;
  for (let i = row * dimension; i < (row + 1) * dimension; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The sum over all pairs of rows of two volumes is the product of the sums of their rows. */
function cosineBetween(volumes: readonly Float32Array[], dimension: number): number | null {
  if (volumes.length < 2) return null;
  const total = new Float64Array(dimension);
  let [rows, within, withinPairs] = [0, 0, 0];
  for (const embeddings of volumes) {
    const sums = new Float64Array(dimension);
    for (const [i, value] of embeddings.entries()) sums[i % dimension]! += value;
    const count = embeddings.length / dimension;
    rows += count;
    withinPairs += count * count;
    within += sums.reduce((sum, value) => sum + value * value, 0);
    for (const [i, value] of sums.entries()) total[i]! += value;
  }
  const all = total.reduce((sum, value) => sum + value * value, 0);
  return (all - within) / (rows * rows - withinPairs);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
