import { similaritiesOfRows } from '../index/kernel.js';
import { groupMaxima } from '../index/quantized-kernel.js';
import { centersOf, type QuantizedRows, type QuantizedSlices } from '../index/quantized-slices.js';
import type { QuantizedQueries } from './quantized-queries.js';
import { SegmentSimilarities } from './segment-similarities.js';

/** Between which the score of a volume lies, as `matchVolumes` computes it; and what that was taken from. */
export interface ScoreBounds {
  readonly volume: number;
  readonly lower: number;
  readonly upper: number;
  /** By query, between which its largest similarity with any row lies. */
  readonly lowers: Float64Array;
  readonly uppers: Float64Array;
  readonly products: CodeProducts;
}

/** What similarities with a volume are bounded from. */
interface CodeProducts {
  /** Row-major [segments, queries], or [1, queries]: products with the centers. */
  readonly centers: Float32Array;
  /** Row-major [groups, queries]: the largest product of codes of each group. */
  readonly maxima: Int32Array;
}

/**
 * Bounds of the scores of volumes by late interaction, from 8 bits of every number.
 *
 * A row d of a segment with the center m is stored as d' = m + s (codes - 128), a query q as q' = t codes. Then
 *
 *     <q, d> = <q, m> + <q', d' - m> + <q - q', d' - m> + <q, d - d'>
 *
 * The first term is a float32 product, the second s t times a product of integers, which is exact. Of the
 * others, by the inequality of Cauchy and Schwarz,
 *
 *     |<q - q', d' - m>| <= |q - q'| |d' - m|     and     |<q, d - d'>| <= |q| |d - d'|
 *
 * in which |q|, |q - q'| and, as the largest of a segment, |d' - m| and |d - d'| were measured when the codes
 * were made; no assumption is made about their distribution. Float32 adds: a sum of n products, in whatever
 * order, is off by at most g |q| |d| with g = n u / (1 - n u), u = 2^-24 (Higham, Accuracy and Stability of
 * Numerical Algorithms, 2nd ed., 3.1), once for <q, m> and once for the similarity that the bounds are to
 * enclose. This is taken twice, which leaves room for the float64 arithmetic of the bounds themselves (relative
 * 2^-53 an operation) and of the sum over the queries. What underflows is at most 2^-126 an operation; where
 * |q| |d| comes near the end of float32's range, there is no bound (Infinity).
 *
 * All rows of a group have the same m, s and bound e on the error, so that their largest similarity lies within
 * e of the value of the largest integer. The largest similarity of a volume lies between the largest of the
 * lower and the largest of the upper bounds of its groups, and the score, a sum over queries, between the sums.
 */
export class ScoreBounder {
  readonly #quantized: QuantizedSlices;
  readonly #queries: QuantizedQueries;
  /** Used anew for every block: what leaves the kernel is as much as the vectors of some volumes. */
  #centers = new Float32Array();
  #maxima = new Int32Array();
  #similarityBounds = new Float64Array();

  constructor(quantized: QuantizedSlices, queries: QuantizedQueries) {
    this.#quantized = quantized;
    this.#queries = queries;
  }

  /**
   * @param first position of the first volume.
   * @param end position after the last one; all in between are bounded, in one go.
   * @returns their bounds, whose arrays are overwritten when this is called again; see {@link detached}.
   */
  async bound(first: number, end: number): Promise<ScoreBounds[]> {
    const { count, columns, codes } = this.#queries;
    const { dimension, groupRows, sharesCenter } = this.#quantized;
    const volumes = this.#quantized.volumes.slice(first, end);
    const [{ firstGroup, firstSegment }, last] = [volumes[0]!, volumes.at(-1)!];
    const endSegment = last.firstSegment + last.segmentCount;
    const endGroup = last.firstGroup + last.groupCount;

    const centers = centersOf(this.#quantized, firstSegment, endSegment);
    const centerLength = (centers.length / dimension) * count;
    if (this.#centers.length < centerLength) this.#centers = new Float32Array(centerLength);
    await similaritiesOfRows(centers, columns, this.#centers.subarray(0, centerLength));

    const groupLength = groupRows * dimension;
    const rows = this.#quantized.codes.subarray(firstGroup * groupLength, endGroup * groupLength);
    const maximaLength = (endGroup - firstGroup) * count;
    if (this.#maxima.length < maximaLength) this.#maxima = new Int32Array(maximaLength);
    await groupMaxima(rows, groupRows, codes, this.#maxima.subarray(0, maximaLength));

    const boundsLength = 2 * volumes.length * count;
    if (this.#similarityBounds.length < boundsLength) this.#similarityBounds = new Float64Array(boundsLength);
    return volumes.map((volume, place) => {
      const segment = sharesCenter ? 0 : volume.firstSegment - firstSegment;
      const endCenter = sharesCenter ? 1 : segment + volume.segmentCount;
      const group = volume.firstGroup - firstGroup;
      const products: CodeProducts = {
        centers: this.#centers.subarray(segment * count, endCenter * count),
        maxima: this.#maxima.subarray(group * count, (group + volume.groupCount) * count),
      };
      const lowers = this.#similarityBounds.subarray(2 * place * count, (2 * place + 1) * count);
      const uppers = this.#similarityBounds.subarray((2 * place + 1) * count, (2 * place + 2) * count);
      const score = boundScore(this.#queries, this.#quantized, volume, products, lowers, uppers);
      return { volume: first + place, products, lowers, uppers, ...score };
    });
  }
}

/** To be kept while others are bounded. */
export function detached(bounds: ScoreBounds): ScoreBounds {
  const { centers, maxima } = bounds.products;
  return {
    ...bounds,
    lowers: bounds.lowers.slice(),
    uppers: bounds.uppers.slice(),
    products: { centers: centers.slice(), maxima: maxima.slice() },
  };
}

/** @param lowers and `uppers` get the bounds of the largest similarities, by query. */
function boundScore(
  queries: QuantizedQueries,
  { groupsPerSegment, sharesCenter, segments }: QuantizedSlices,
  { firstSegment, segmentCount, groupCount }: QuantizedRows,
  products: CodeProducts,
  lowers: Float64Array,
  uppers: Float64Array,
): Pick<ScoreBounds, 'lower' | 'upper'> {
  const { count } = queries;
  lowers.fill(Number.NEGATIVE_INFINITY);
  uppers.fill(Number.NEGATIVE_INFINITY);
  const largest = new Int32Array(count);
  for (let segment = 0; segment < segmentCount; segment++) {
    const first = segment * groupsPerSegment;
    const end = Math.min(first + groupsPerSegment, groupCount);
    setToLargest(largest, products.maxima.subarray(first * count, end * count));
    const centers = products.centers.subarray(sharesCenter ? 0 : segment * count);
    const similarities = new SegmentSimilarities(queries, segments, firstSegment + segment, centers);
    for (let q = 0; q < count; q++) {
      const value = similarities.value(q, largest[q]!);
      const error = similarities.error(q);
      if (value - error > lowers[q]!) lowers[q] = value - error;
      if (value + error > uppers[q]!) uppers[q] = value + error;
    }
  }
  const upper = sumOf(uppers);
  // Where a number is not finite, the score need not be one.
  const lower = upper < Number.POSITIVE_INFINITY ? sumOf(lowers) : Number.NEGATIVE_INFINITY;
  return { lower, upper };
}

/** Largest integer of each query over some groups, [groups, queries]. */
function setToLargest(largest: Int32Array, maxima: Int32Array): void {
  const count = largest.length;
  largest.set(maxima.subarray(0, count));
  for (let from = count; from < maxima.length; from += count) {
    for (let q = 0; q < count; q++) {
      if (maxima[from + q]! > largest[q]!) largest[q] = maxima[from + q]!;
    }
  }
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
