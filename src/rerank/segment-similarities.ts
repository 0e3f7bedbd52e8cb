import type { Segments } from '../index/quantized-segment.js';
import type { QuantizedQueries } from './quantized-queries.js';

/** Half a unit in the last place of 1 in float32. */
const unitRoundoff = 2 ** -24;
/** Underflow of one operation in float32. */
const smallestNormal = 2 ** -126;
/** Above this, a product may leave float32's range. */
const largestProduct = 1e37;

/**
 * By how much a float32 sum of products may be off, as a share of the product of the norms, with room to spare:
 * the g of `ScoreBounder`, twice.
 */
export function roundingShare(dimension: number): number {
  return (2 * dimension * unitRoundoff) / (1 - dimension * unitRoundoff);
}

/**
 * Approximate similarities of queries with the rows of one segment, and the bound on their error; `ScoreBounder`
 * has the proof.
 */
export class SegmentSimilarities {
  readonly #queries: QuantizedQueries;
  readonly #centers: Float32Array;
  readonly #scale: number;
  readonly #spread: number;
  /** Of the bound, what is multiplied with the norm of the query, and what is added. */
  readonly #errorOfNorm: number;
  readonly #error: number;

  /** @param centers products of the queries with the center of this segment, and perhaps more after them. */
  constructor(queries: QuantizedQueries, segments: Segments, segment: number, centers: Float32Array) {
    const { dimension, largestNorm } = queries;
    const [residual, norm] = [segments.residuals[segment]!, segments.norms[segment]!];
    const isBounded = largestNorm * norm <= largestProduct && residual < Number.POSITIVE_INFINITY;
    this.#queries = queries;
    this.#centers = centers;
    this.#scale = segments.scales[segment]!;
    this.#spread = segments.spreads[segment]!;
    this.#errorOfNorm = residual + roundingShare(dimension) * norm;
    this.#error = isBounded ? 4 * dimension * smallestNormal : Number.POSITIVE_INFINITY;
  }

  /** @param integer product of the codes of the query and of a row. */
  value(q: number, integer: number): number {
    if (this.#error === Number.POSITIVE_INFINITY) return 0;
    const { scales, offsets } = this.#queries;
    return this.#centers[q]! + scales[q]! * this.#scale * (integer - offsets[q]!);
  }

  /** Largest difference of a value and the similarity that it stands for. */
  error(q: number): number {
    if (this.#error === Number.POSITIVE_INFINITY) return this.#error;
    const { norms, residuals } = this.#queries;
    return norms[q]! * this.#errorOfNorm + residuals[q]! * this.#spread + this.#error;
  }
}
