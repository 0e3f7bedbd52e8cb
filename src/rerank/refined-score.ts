import { largestSimilarities, type QueryColumns, queryColumns } from '../index/kernel.js';
import type { QuantizedSlices } from '../index/quantized-slices.js';
import type { SliceVectors } from '../index/slice-index.js';
import type { QuantizedQueries } from './quantized-queries.js';
import type { ScoreBounds } from './score-bounds.js';
import { roundingShare, SegmentSimilarities } from './segment-similarities.js';

/** Query slices beside each other, which resemble each other, are compared with the same rows. */
const blockQueries = 32;

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

/**
 * Narrower bounds of the score of a volume: from float32 similarities, of those rows only that may be the best for
 * some query of a block. What is left is the rounding of float32.
 *
 * @param blocks all queries, of {@link queryBlocks}.
 * @param threshold below which it does not matter how far: then some blocks may be left out.
 */
export async function refinedScore(
  slices: SliceVectors,
  quantized: QuantizedSlices,
  queries: QuantizedQueries,
  blocks: readonly QueryBlock[],
  bounds: ScoreBounds,
  threshold: number,
): Promise<{ lower: number; upper: number }> {
  if (!(bounds.upper < Number.POSITIVE_INFINITY)) return bounds;
  const { dimension, embeddings } = slices;
  const { firstRow } = slices.volumes[bounds.volume]!;
  const rounding = roundingOfScore(quantized, queries, bounds.volume);
  let { lower, upper } = bounds;
  for (const block of blocks) {
    const best = new Float32Array(block.end - block.first).fill(Number.NEGATIVE_INFINITY);
    for (const [from, end] of rowsInQuestion(queries, quantized, bounds, block)) {
      const rows = embeddings.subarray((firstRow + from) * dimension, (firstRow + end) * dimension);
      const similarities = await largestSimilarities(rows, block.columns);
      for (const [q, similarity] of similarities.entries()) if (similarity > best[q]!) best[q] = similarity;
    }
    for (const [place, similarity] of best.entries()) {
      lower += similarity - bounds.lowers[block.first + place]!;
      upper += similarity - bounds.uppers[block.first + place]!;
    }
    if (upper + rounding < threshold) break;
  }
  return { lower: lower - rounding, upper: upper + rounding };
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
 * Ranges of rows of a volume, [first, end) each, ascending, that may be the best of it for a query of the block;
 * all other rows are less similar to each of these queries than another one is.
 */
function rowsInQuestion(
  queries: QuantizedQueries,
  { groupRows, groupsPerSegment, sharesCenter, segments, volumes }: QuantizedSlices,
  { volume, lowers, products }: ScoreBounds,
  { first, end }: QueryBlock,
): (readonly [first: number, end: number])[] {
  const { count } = queries;
  const { rowCount, groupCount, firstSegment } = volumes[volume]!;
  const ranges: [number, number][] = [];
  for (let group = 0; group < groupCount; group++) {
    const segment = Math.floor(group / groupsPerSegment);
    const centers = products.centers.subarray(sharesCenter ? 0 : segment * count);
    const similarities = new SegmentSimilarities(queries, segments, firstSegment + segment, centers);
    let isInQuestion = false;
    for (let q = first; q < end && !isInQuestion; q++) {
      const value = similarities.value(q, products.maxima[group * count + q]!);
      isInQuestion = value + similarities.error(q) >= lowers[q]!;
    }
    if (!isInQuestion) continue;
    const row = group * groupRows;
    const endRow = Math.min(row + groupRows, rowCount);
    const last = ranges.at(-1);
    if (last?.[1] === row) last[1] = endRow;
    else ranges.push([row, endRow]);
  }
  return ranges;
}
