import type { StoredSlices } from '../../archive/stored-slices.js';
import { FlatIndex } from '../../index/flat.js';
import { matchVolumes } from '../../rerank/late-interaction.js';
import type { Breath } from '../breath.js';

/** Volumes that are compared slice by slice, the nearest by mean embedding. */
const candidateCount = 4;
/** Slices that are alike to this mean similarity are the same to any eye. */
const mostAlike = 0.999;
const leastForQuartiles = 8;

/** How alike one volume is to the others. */
export interface LookAlike {
  /** Mean over its slices of the best similarity in the most similar other volume; -1 where there is none. */
  readonly nearest: number;
  /** Position of that volume; -1 where there is none. */
  readonly nearestVolume: number;
  /** All volumes that were compared slice by slice: position, and mean similarity. */
  readonly compared: ReadonlyMap<number, number>;
}

/**
 * For each volume the most similar other one: of the few that are nearest by mean embedding, the one with the
 * best late interaction. Ties: the smaller id.
 *
 * @param volumes positions in `slices.volumes`, ascending.
 * @param means row-major [volumes, dimension]; see `meanEmbeddings`.
 * @returns one for each volume; positions in it are those in `volumes`.
 */
export async function lookAlikes(
  slices: StoredSlices,
  volumes: readonly number[],
  means: Float32Array,
  breath: Breath,
): Promise<LookAlike[]> {
  const { dimension, embeddings } = slices;
  const ranges = volumes.map((_, row) => ({ firstRow: row, rowCount: 1 }));
  const index = new FlatIndex({ dimension, embeddings: means, volumes: ranges });
  const k = Math.min(volumes.length, candidateCount + 1);
  const found: LookAlike[] = [];
  for (const [place, volume] of volumes.entries()) {
    const mean = means.subarray(place * dimension, (place + 1) * dimension);
    const neighbours = await index.search(mean, k);
    const candidates = [...neighbours.rows]
      .filter((row) => row !== place)
      .slice(0, candidateCount)
      .sort((a, b) => a - b);
    const { firstRow, rowCount } = slices.volumes[volume]!;
    const queries = embeddings.subarray(firstRow * dimension, (firstRow + rowCount) * dimension);
    const matches = await matchVolumes(
      slices,
      queries,
      candidates.map((row) => volumes[row]!),
    );
    const compared = new Map(candidates.map((row, i) => [row, matches[i]!.score / rowCount]));
    const [nearestVolume, nearest] = [...compared].reduce(
      (best, other) => (other[1] > best[1] ? other : best),
      [-1, -1],
    );
    found.push({ nearest, nearestVolume, compared });
    await breath.take();
  }
  return found;
}

/** Pairs that look like the same scan, the most alike first; see {@link duplicatePairs}. */
export interface Pair {
  readonly volumes: readonly [number, number];
  readonly similarity: number;
}

/**
 * Pairs of which each finds all its slices in the other: both mean similarities are at least `threshold`, and
 * the lower one counts, for a part of a scan is not the same scan.
 */
export function duplicatePairs(found: readonly LookAlike[], threshold: number): Pair[] {
  const pairs: Pair[] = [];
  for (const [a, { compared }] of found.entries()) {
    for (const [b, there] of compared) {
      const back = found[b]!.compared.get(a);
      if (b < a || back === undefined) continue;
      const similarity = Math.min(there, back);
      if (similarity >= threshold) pairs.push({ volumes: [a, b], similarity });
    }
  }
  return pairs.sort((x, y) => y.similarity - x.similarity);
}

/**
 * The mean similarity from which on a pair stands out so much that it looks like one scan. How alike different
 * patients look depends on the encoder and on what the archive holds, so it is taken from the archive itself: the
 * distance (1 - similarity) of every volume to the most similar other one, and of its logarithm the first quartile
 * less 1.5 times the distance of the quartiles (Tukey's fence). At most 0.999: where a quarter of the volumes is
 * there twice, that is nothing unusual in it. Of fewer than eight volumes there is no distribution to speak of.
 */
export function duplicateThreshold(found: readonly LookAlike[]): number {
  if (found.length < leastForQuartiles) return mostAlike;
  const logarithms = found.map(({ nearest }) => Math.log(Math.max(1 - mostAlike, 1 - nearest)));
  const [low, high] = quartiles(logarithms);
  return Math.min(mostAlike, 1 - Math.exp(low - 1.5 * (high - low)));
}

/**
 * Volumes whose most similar other is unusually far, the strangest first: below the first quartile by more than
 * 1.5 times the distance of the quartiles (Tukey's fence).
 */
export function outliers(found: readonly LookAlike[]): number[] {
  const [low, high] = quartiles(found.map(({ nearest }) => nearest));
  const fence = low - 1.5 * (high - low);
  return [...found.keys()]
    .filter((place) => found[place]!.nearest < fence)
    .sort((a, b) => found[a]!.nearest - found[b]!.nearest);
}

function quartiles(values: readonly number[]): [first: number, third: number] {
  const sorted = [...values].sort((a, b) => a - b);
  return [quantile(sorted, 0.25), quantile(sorted, 0.75)];
}

/** Linear between order statistics, as NumPy does by default. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [low, high] = [Math.floor(place), Math.ceil(place)];
  return sorted[low]! + (place - low) * (sorted[high]! - sorted[low]!);
}
