import { type QueryColumns, queryColumns } from '../index/kernel.js';
import { type QueryCodes, queryCodes } from '../index/quantized-kernel.js';
import { zeroCode } from '../index/quantized-segment.js';

/** The slices of a query as signed 8 bits a number, and how far these are off. */
export interface QuantizedQueries {
  readonly dimension: number;
  readonly count: number;
  readonly columns: QueryColumns;
  readonly codes: QueryCodes;
  /** By query: its approximation is scale * codes. */
  readonly scales: Float64Array;
  /** What the zero code of the documents adds to every product of codes, by query. */
  readonly offsets: Float64Array;
  /** By query: the norm, and that of the difference to the approximation. */
  readonly norms: Float64Array;
  readonly largestNorm: number;
  readonly residuals: Float64Array;
}

/**
 * @param queries row-major [count, dimension].
 * @param largestCode of a query, see `largestQueryCode`.
 * @returns undefined where a number is not finite: then there are no bounds.
 */
export function quantizeQueries(
  queries: Float32Array,
  dimension: number,
  largestCode: number,
): QuantizedQueries | undefined {
  if (!queries.every(Number.isFinite)) return undefined;
  const count = queries.length / dimension;
  const codes = new Int8Array(queries.length);
  const [scales, offsets] = [new Float64Array(count), new Float64Array(count)];
  const [norms, residuals] = [new Float64Array(count), new Float64Array(count)];
  for (let q = 0; q < count; q++) {
    const query = queries.subarray(q * dimension, (q + 1) * dimension);
    const scale = query.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / largestCode;
    let [sum, squares, residual] = [0, 0, 0];
    for (let i = 0; i < dimension; i++) {
      const value = query[i]!;
      const code = scale === 0 ? 0 : Math.round(value / scale);
      codes[i * count + q] = code;
      sum += code;
      squares += value * value;
      residual += (value - scale * code) ** 2;
    }
    scales[q] = scale;
    offsets[q] = zeroCode * sum;
    norms[q] = Math.sqrt(squares);
    residuals[q] = Math.sqrt(residual);
  }
  return {
    dimension,
    count,
    columns: queryColumns(queries, dimension),
    codes: queryCodes(codes, dimension),
    scales,
    offsets,
    norms,
    largestNorm: Math.max(...norms),
    residuals,
  };
}
