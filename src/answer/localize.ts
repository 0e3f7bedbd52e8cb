import type { StoredSlices } from '../archive/stored-slices.js';
import { similarityMatrix } from '../index/kernel.js';
import { sliceSpacing } from '../volume/slice.js';
import type { Plane } from '../volume/volume.js';

/** A contiguous range of the stored slices of a volume. */
export interface LocalizedRange {
  /** Slice indices along the file's own axis, both inclusive, from <= to. */
  readonly from: number;
  readonly to: number;
  /** Positions of these two slices, RAS+ mm. */
  readonly fromMm: number;
  readonly toMm: number;
  /** How well the range and the query fit: 1 where every slice of either has its equal in the other. */
  readonly similarity: number;
}

/**
 * Where in a volume the query lies: of all ranges as long (in mm) as the query, the one that fits best. With
 * Q the query slices and R the slices of a range,
 *
 *     similarity(R) = 1/2 mean over q in Q of max over s in R of <q, s>
 *                   + 1/2 mean over s in R of max over q in Q of <q, s>
 *
 * The first half alone would only ask that the query is found in the range; the second that nothing else is.
 * Of equally good ranges the first.
 *
 * @param volume position in `slices.volumes`.
 * @param queries row-major [queries, dimension].
 * @param extentMm extent of the query along the stacking axis.
 */
export async function localize(
  slices: StoredSlices,
  volume: number,
  queries: Float32Array,
  extentMm: number,
  plane: Plane,
): Promise<LocalizedRange> {
  const { dimension } = slices;
  const { firstRow, rowCount, volume: record } = slices.volumes[volume]!;
  const documents = slices.embeddings.subarray(firstRow * dimension, (firstRow + rowCount) * dimension);
  const similarities = await similarityMatrix(queries, documents, dimension);

  const positions = slices.positionMm.subarray(firstRow, firstRow + rowCount);
  const steps = Math.abs(positions[rowCount - 1]! - positions[0]!) / Math.max(1, rowCount - 1);
  const stepMm = steps > 0 ? steps : sliceSpacing(record, plane);
  const length = rangeLength(extentMm, stepMm, rowCount);
  const { first, last, similarity } = bestRange(similarities, rowCount, length);
  return {
    from: slices.sliceIndex[firstRow + first]!,
    to: slices.sliceIndex[firstRow + last]!,
    fromMm: slices.positionMm[firstRow + first]!,
    toMm: slices.positionMm[firstRow + last]!,
    similarity,
  };
}

/** @returns how many of `rowCount` slices, `stepMm` apart, are as long as the query: at least one. */
export function rangeLength(extentMm: number, stepMm: number, rowCount: number): number {
  return Math.min(rowCount, Math.max(1, Math.round(extentMm / stepMm)));
}

/**
 * Of all ranges of `length` neighbouring slices the one that fits a query best, by the formula of
 * {@link localize}; of equally good ones the first.
 *
 * @param similarities row-major [query slices, rowCount].
 * @returns its first and last slice, both inclusive, as columns of `similarities`.
 */
export function bestRange(
  similarities: Float32Array,
  rowCount: number,
  length: number,
): { first: number; last: number; similarity: number } {
  const queryCount = similarities.length / rowCount;
  const found = new Float64Array(rowCount - length + 1);
  for (let q = 0; q < queryCount; q++) {
    addWindowMaxima(similarities.subarray(q * rowCount, (q + 1) * rowCount), length, found);
  }
  const answered = windowSums(columnMaxima(similarities, queryCount, rowCount), length);
  let first = 0;
  let bestSimilarity = Number.NEGATIVE_INFINITY;
  for (let start = 0; start < found.length; start++) {
    const similarity = (found[start]! / queryCount + answered[start]! / length) / 2;
    if (similarity > bestSimilarity) {
      first = start;
      bestSimilarity = similarity;
    }
  }
  return { first, last: first + length - 1, similarity: bestSimilarity };
}

/** Adds to `sums[i]` the largest of values[i .. i + length), in linear time (a queue of falling maxima). */
function addWindowMaxima(values: Float32Array, length: number, sums: Float64Array): void {
  const queue = new Int32Array(values.length);
  let head = 0;
  let tail = 0;
  for (let i = 0; i < values.length; i++) {
    while (tail > head && values[queue[tail - 1]!]! <= values[i]!) tail--;
    queue[tail++] = i;
    const start = i - length + 1;
    if (start < 0) continue;
    if (queue[head]! < start) head++;
    sums[start]! += values[queue[head]!]!;
  }
}

/** @returns for each start the sum of values[start .. start + length). */
function windowSums(values: Float32Array, length: number): Float64Array {
  const sums = new Float64Array(values.length - length + 1);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    if (i >= length) sum -= values[i - length]!;
    if (i >= length - 1) sums[i - length + 1] = sum;
  }
  return sums;
}

/** @param matrix row-major [rows, columns]; @returns the largest number of every column. */
function columnMaxima(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const maxima = matrix.slice(0, columns);
  for (let row = 1; row < rows; row++) {
    const offset = row * columns;
    for (let column = 0; column < columns; column++) {
      const value = matrix[offset + column]!;
      if (value > maxima[column]!) maxima[column] = value;
    }
  }
  return maxima;
}
