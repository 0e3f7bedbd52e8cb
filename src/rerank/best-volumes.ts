import { largestDimension, largestQueryCode } from '../index/quantized-kernel.js';
import type { QuantizedSlices } from '../index/quantized-slices.js';
import type { SliceVectors } from '../index/slice-index.js';
import { LargestScores } from './largest-scores.js';
import { byScore, matchVolumes, type VolumeMatch } from './late-interaction.js';
import { type QuantizedQueries, quantizeQueries } from './quantized-queries.js';
import { queryBlocks, refineScores } from './refined-scores.js';
import { detached, ScoreBounder, type ScoreBounds } from './score-bounds.js';

/** Fewer volumes than this are scored at once. */
const leastVolumes = 32;
/** Rows that are bounded in one run of the kernel, or a volume more. */
const blockRows = 1024;
/** One block in so many is bounded first, to see whether bounds exclude enough; where there are enough blocks. */
const sampleStep = 8;
const leastBlocks = 4 * sampleStep;
/** Volumes that are refined together. */
const batchVolumes = 16;
/** Where more than this share of the volumes cannot be excluded, bounds cost more than they save. */
const largestSurvivingShare = 0.6;

/**
 * The k volumes with the highest score of late interaction: the same volumes, scores and rows, in the same
 * order, as `matchVolumes` of all of them, sorted by `byScore`, gives.
 *
 * Three passes, each over what the one before could not exclude: bounds of every score from 8 bits a number
 * (`ScoreBounder`); float32 similarities of the rows in question, which leave an interval the width of float32's
 * rounding; and the scores. A volume is excluded when its upper bound is below the lower bounds of k others.
 * Where a sample shows that hardly any would be, all volumes are scored at once.
 *
 * @param quantized the same slices.
 * @param queries row-major [queries, dimension].
 * @param volumes positions in `slices.volumes`, ascending: the ones to choose from.
 * @returns at most k matches, the best first.
 */
export async function bestVolumes(
  slices: SliceVectors,
  quantized: QuantizedSlices,
  queries: Float32Array,
  k: number,
  volumes: readonly number[],
): Promise<VolumeMatch[]> {
  const candidates = (await contenders(slices, quantized, queries, k, volumes)) ?? volumes;
  return (await matchVolumes(slices, queries, candidates)).sort(byScore).slice(0, k);
}

/**
 * @returns few volumes among which the k best are, those that tie with the kth included; undefined where bounds
 *   are of no use.
 */
export async function contenders(
  slices: SliceVectors,
  quantized: QuantizedSlices,
  queries: Float32Array,
  k: number,
  volumes: readonly number[],
): Promise<number[] | undefined> {
  const { dimension } = slices;
  if (volumes.length <= Math.max(k, leastVolumes) || dimension > largestDimension) return undefined;
  const codes = quantizeQueries(queries, dimension, await largestQueryCode());
  if (codes === undefined) return undefined;
  const survivors = await boundVolumes(quantized, codes, k, blocksOf(quantized, volumes));
  if (survivors === undefined) return undefined;

  const blocks = queryBlocks(queries, dimension);
  const lowest = new LargestScores(k);
  const refined: { volume: number; upper: number }[] = survivors.filter(({ upper }) => !isBounded(upper));
  const waiting = survivors.filter(({ upper }) => isBounded(upper)).sort((a, b) => b.upper - a.upper);
  for (let from = 0; from < waiting.length; from += batchVolumes) {
    const { threshold } = lowest;
    const batch = waiting.slice(from, from + batchVolumes).filter(({ upper }) => upper >= threshold);
    if (batch.length === 0) break;
    for (const scores of await refineScores(slices, quantized, codes, blocks, batch, threshold)) {
      lowest.add(scores.lower);
      refined.push(scores);
    }
  }
  return refined.filter(({ upper }) => upper >= lowest.threshold).map(({ volume }) => volume);
}

function isBounded(upper: number): boolean {
  return upper < Number.POSITIVE_INFINITY;
}

/** Volumes beside each other, from the first, up to but not with the end. */
interface Block {
  readonly first: number;
  readonly end: number;
}

function blocksOf(quantized: QuantizedSlices, volumes: readonly number[]): Block[] {
  const blocks: { first: number; end: number }[] = [];
  let rows = blockRows;
  for (const volume of volumes) {
    const last = blocks.at(-1);
    if (last === undefined || last.end !== volume || rows >= blockRows) {
      blocks.push({ first: volume, end: volume + 1 });
      rows = 0;
    } else last.end = volume + 1;
    rows += quantized.volumes[volume]!.rowCount;
  }
  return blocks;
}

/** @returns what cannot be excluded; undefined where that is too much. */
async function boundVolumes(
  quantized: QuantizedSlices,
  queries: QuantizedQueries,
  k: number,
  blocks: readonly Block[],
): Promise<ScoreBounds[] | undefined> {
  const bounder = new ScoreBounder(quantized, queries);
  const lowest = new LargestScores(k);
  let survivors: ScoreBounds[] = [];
  const bound = async ({ first, end }: Block) => {
    const bounded = await bounder.bound(first, end);
    for (const { lower } of bounded) lowest.add(lower);
    survivors.push(...bounded.filter(({ upper }) => upper >= lowest.threshold).map(detached));
    survivors = survivors.filter(({ upper }) => upper >= lowest.threshold);
    return bounded;
  };
  const isSampled = (place: number) => blocks.length >= leastBlocks && place % sampleStep === 0;
  const sample: ScoreBounds[] = [];
  for (const [place, block] of blocks.entries()) if (isSampled(place)) sample.push(...(await bound(block)));
  const likely = new LargestScores(Math.ceil(k / sampleStep));
  for (const { lower } of sample) likely.add(lower);
  const surviving = sample.filter(({ upper }) => upper >= likely.threshold).length;
  if (surviving > largestSurvivingShare * sample.length) return undefined;
  for (const [place, block] of blocks.entries()) if (!isSampled(place)) await bound(block);
  const volumeCount = blocks.reduce((sum, { first, end }) => sum + end - first, 0);
  if (survivors.length > largestSurvivingShare * volumeCount) return undefined;
  return survivors;
}
