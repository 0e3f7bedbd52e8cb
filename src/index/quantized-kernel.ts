import { Tensor } from 'onnxruntime-node';
import type { GraphDefinition } from './graph.js';
import { sessionForSmall } from './graph-session.js';

/**
 * [rows, d] uint8 x [d, queries] int8, and of every `groupRows` rows the largest product.
 *
 * uint8 times int8 is the only order of types for which onnxruntime's kernels use the processor's instructions
 * (VNNI); int8 times int8 is 15 times slower.
 */
const groupMaximaGraph: GraphDefinition = {
  name: 'group_maxima',
  nodes: [
    { operator: 'MatMulInteger', inputs: ['codes', 'query_codes'], outputs: ['products'] },
    { operator: 'Reshape', inputs: ['products', 'shape'], outputs: ['grouped'] },
    {
      operator: 'ReduceMax',
      inputs: ['grouped'],
      outputs: ['maxima'],
      attributes: { axes: [1], keepdims: 0 },
    },
  ],
  inputs: [
    { name: 'codes', type: 'uint8', shape: ['rows', 'd'] },
    { name: 'query_codes', type: 'int8', shape: ['d', 'q'] },
    { name: 'shape', type: 'int64', shape: [3] },
  ],
  outputs: [{ name: 'maxima', type: 'int32', shape: ['groups', 'q'] }],
};

/** Codes of query slices as the columns of a matrix, made once for many calls of {@link groupMaxima}. */
export type QueryCodes = Tensor;

/** @param codes [dimension, queries], none beyond {@link largestQueryCode}. */
export function queryCodes(codes: Int8Array, dimension: number): QueryCodes {
  return new Tensor('int8', codes, [dimension, codes.length / dimension]);
}

/**
 * @param codes row-major [groups * groupRows, dimension].
 * @param maxima gets the largest product of each group, row-major [groups, queries]. Exact.
 */
export async function groupMaxima(
  codes: Uint8Array,
  groupRows: number,
  queries: QueryCodes,
  maxima: Int32Array,
): Promise<void> {
  const [dimension, count] = [queries.dims[0]!, queries.dims[1]!];
  const products = await sessionForSmall(groupMaximaGraph);
  await products.run(
    {
      codes: new Tensor('uint8', codes, [codes.length / dimension, dimension]),
      query_codes: queries,
      shape: new Tensor('int64', BigInt64Array.of(-1n, BigInt(groupRows), BigInt(count)), [3]),
    },
    { maxima: new Tensor('int32', maxima, [maxima.length / count, count]) },
  );
}

/** Above this, 255 * 127 * dimension may not fit into an int32. */
export const largestDimension = 65_536;

let queryCodeLimit: Promise<number> | undefined;

/**
 * The largest code of a query that this machine multiplies rightly. Without VNNI, kernels for x86 add two
 * products into 16 bits that saturate: 2 * 255 * 127 does not fit, 2 * 255 * 64 does. Found by trying it out.
 *
 * @returns 127 or 64.
 */
export function largestQueryCode(): Promise<number> {
  queryCodeLimit ??= tryLargestCodes();
  return queryCodeLimit;
}

async function tryLargestCodes(): Promise<number> {
  const [dimension, rows, count] = [64, 32, 32];
  const codes = new Uint8Array(rows * dimension).fill(255);
  const ofQueries = queryCodes(new Int8Array(dimension * count).fill(127), dimension);
  const maxima = new Int32Array(rows * count);
  await groupMaxima(codes, 1, ofQueries, maxima);
  return maxima.every((product) => product === 255 * 127 * dimension) ? 127 : 64;
}
