import { largestOfGroups, type QueryColumns, queryColumns } from '../index/kernel.js';
import type { QuantizedSlices } from '../index/quantized-slices.js';
import type { SliceVectors } from '../index/slice-index.js';
import type { QuantizedQueries } from './quantized-queries.js';
import type { ScoreBounds } from './score-bounds.js';
import { roundingShare, SegmentSimilarities } from './segment-similarities.js';

/** Query slices beside each other, which resemble each other, are compared with the same rows. */
const blockQueries = 32;

/** Rows that are compared in one run. */
const rowsAtOnce = 512;

/** Some query slices beside each other: from the first, up to but not with the end. */
export interface QueryBlock {
  readonly first: number;
  readonly end: number;
  readonly columns: QueryColumns;
}

/** @param queries row-major [queries, dimension]. */
export function queryBlocks(queries: Float32Array, dimension: number): QueryBlock[] {
  const count = queries.length / dimension;
  return Array.from({ length: Math.ceil(count / blockQueries) }, (_, block) => {
    const first = block * blockQueries;
    const end = Math.min(first + blockQueries, count);
    const columns = queryColumns(queries.subarray(first * dimension, end * dimension), dimension);
    return { first, end, columns };
  });
}

/** Bounds of a score that become narrower block by block. */
interface Refinement {
  readonly bounds: ScoreBounds;
  readonly rounding: number;
  lower: number;
  upper: number;
}

/** Largest similarities of a volume with the queries of a block, as far as they are known. */
interface BlockMaxima {
  readonly refinement: Refinement;
  readonly largest: Float32Array;
}

/**
 * Narrower bounds of the scores of volumes: from float32 similarities, of those rows only that may be the best of
 * their volume for some query of a block. What is left is the rounding of float32.
 *
 * @param blocks all queries, of {@link queryBlocks}.
 * @param survivors of one or several volumes; finite.
 * @param threshold below which it does not matter how far: then some blocks may be left out.
 * @returns one for each survivor.
 */
export async function refineScores(
  slices: SliceVectors,
  quantized: QuantizedSlices,
  queries: QuantizedQueries,
  blocks: readonly QueryBlock[],
  survivors: readonly ScoreBounds[],
  threshold: number,
): Promise<{ volume: number; lower: number; upper: number }[]> {
  const refinements = survivors.map((bounds): Refinement => {
    const rounding = roundingOfScore(quantized, queries, bounds.volume);
    return { bounds, rounding, lower: bounds.lower, upper: bounds.upper };
  });
  for (const block of blocks) {
    const open = refinements
      .filter(({ upper, rounding }) => upper + rounding >= threshold)
      .map((refinement): BlockMaxima => {
        const largest = new Float32Array(block.end - block.first).fill(Number.NEGATIVE_INFINITY);
        return { refinement, largest };
      });
    await setToLargest(slices, quantized, queries, block, open);
    for (const { refinement, largest } of open) {
      const { lowers, uppers } = refinement.bounds;
      for (const [place, similarity] of largest.entries()) {
        refinement.lower += similarity - lowers[block.first + place]!;
        refinement.upper += similarity - uppers[block.first + place]!;
      }
    }
  }
  return refinements.map(({ bounds, rounding, lower, upper }) => ({
    volume: bounds.volume,
    lower: lower - rounding,
    upper: upper + rounding,
  }));
}

/** Compares rows of all volumes in as few runs as there is memory for. */
async function setToLargest(
  { embeddings, volumes }: SliceVectors,
  quantized: QuantizedSlices,
  queries: QuantizedQueries,
  block: QueryBlock,
  open: readonly BlockMaxima[],
): Promise<void> {
  const { groupRows } = quantized;
  let rows: number[] = [];
  let owners: Float32Array[] = [];
  const compare = async () => {
    if (owners.length === 0) return;
    const found = await largestOfGroups(embeddings, Int32Array.from(rows), groupRows, block.columns);
    for (const [group, largest] of owners.entries()) {
      const from = group * largest.length;
      for (let q = 0; q < largest.length; q++) {
        if (found[from + q]! > largest[q]!) largest[q] = found[from + q]!;
      }
    }
    rows = [];
    owners = [];
  };
  for (const { refinement, largest } of open) {
    const { firstRow, rowCount } = volumes[refinement.bounds.volume]!;
    for (const group of groupsInQuestion(queries, quantized, refinement.bounds, block)) {
      for (let row = group * groupRows; row < (group + 1) * groupRows; row++) {
        rows.push(firstRow + Math.min(row, rowCount - 1));
      }
      owners.push(largest);
      if (rows.length >= rowsAtOnce) await compare();
    }
  }
  await compare();
}

/** By how much the score of a volume may differ by the rounding of float32 in the similarities. */
function roundingOfScore(
  { dimension, segments, volumes }: QuantizedSlices,
  queries: QuantizedQueries,
  volume: number,
): number {
  const { firstSegment, segmentCount } = volumes[volume]!;
  const largestNorm = segments.norms
    .subarray(firstSegment, firstSegment + segmentCount)
    .reduce((largest, norm) => Math.max(largest, norm), 0);
  const norms = queries.norms.reduce((sum, norm) => sum + norm, 0);
  return roundingShare(dimension) * norms * largestNorm;
}

/**
 * The groups of rows of a volume of which one may be the best for a query of the block; all other rows are less
 * similar to each of these queries than another one is.
 */
function groupsInQuestion(
  queries: QuantizedQueries,
  { groupsPerSegment, sharesCenter, segments, volumes }: QuantizedSlices,
  { volume, lowers, products }: ScoreBounds,
  { first, end }: QueryBlock,
): number[] {
  const { count } = queries;
  const { groupCount, firstSegment } = volumes[volume]!;
  const groups: number[] = [];
  for (let group = 0; group < groupCount; group++) {
    const segment = Math.floor(group / groupsPerSegment);
    const centers = products.centers.subarray(sharesCenter ? 0 : segment * count);
    const similarities = new SegmentSimilarities(queries, segments, firstSegment + segment, centers);
    for (let q = first; q < end; q++) {
      const value = similarities.value(q, products.maxima[group * count + q]!);
      if (value + similarities.error(q) < lowers[q]!) continue;
      groups.push(group);
      break;
    }
  }
  return groups;
}
