import { Tensor } from 'onnxruntime-node';
import type { GraphDefinition, GraphValue } from './graph.js';
import { session, sessionForSmall } from './graph-session.js';

/*
 * The arithmetic of exact search, in onnxruntime: one matrix product and a reduction in one graph, so that
 * only what is asked for leaves it.
 */

const float = (name: string, ...shape: string[]): GraphValue => ({ name, type: 'float32', shape });
const long = (name: string, ...shape: (string | number)[]): GraphValue => ({ name, type: 'int64', shape });

/** [rows, d] x [d, queries], then for every query the largest product and the first row that has it. */
const bestRowGraph: GraphDefinition = {
  name: 'best_row',
  nodes: [
    { operator: 'MatMul', inputs: ['documents', 'queries'], outputs: ['similarities'] },
    {
      operator: 'ReduceMax',
      inputs: ['similarities'],
      outputs: ['best'],
      attributes: { axes: [0], keepdims: 0 },
    },
    {
      operator: 'ArgMax',
      inputs: ['similarities'],
      outputs: ['row'],
      attributes: { axis: 0, keepdims: 0, select_last_index: 0 },
    },
  ],
  inputs: [float('documents', 'rows', 'd'), float('queries', 'd', 'q')],
  outputs: [float('best', 'q'), long('row', 'q')],
};

/** Some rows of [rows, d], times [d, queries], and of every group of these rows the largest product. */
const groupsOfRowsGraph: GraphDefinition = {
  name: 'groups_of_rows',
  nodes: [
    {
      operator: 'Gather',
      inputs: ['documents', 'rows'],
      outputs: ['gathered'],
      attributes: { axis: 0 },
    },
    { operator: 'MatMul', inputs: ['gathered', 'queries'], outputs: ['similarities'] },
    { operator: 'Reshape', inputs: ['similarities', 'shape'], outputs: ['grouped'] },
    {
      operator: 'ReduceMax',
      inputs: ['grouped'],
      outputs: ['largest'],
      attributes: { axes: [1], keepdims: 0 },
    },
  ],
  inputs: [
    float('documents', 'stored', 'd'),
    { name: 'rows', type: 'int32', shape: ['gathered'] },
    float('queries', 'd', 'q'),
    long('shape', 3),
  ],
  outputs: [float('largest', 'groups', 'q')],
};

/** [rows, d] x [d, queries]. */
const productsGraph: GraphDefinition = {
  name: 'products',
  nodes: bestRowGraph.nodes.slice(0, 1),
  inputs: bestRowGraph.inputs,
  outputs: [float('similarities', 'rows', 'q')],
};

/** [queries, d] x [rows, d] transposed, then for every query the k largest, of equal ones the first rows. */
const nearestRowsGraph: GraphDefinition = {
  name: 'nearest_rows',
  nodes: [
    {
      operator: 'Gemm',
      inputs: ['queries', 'documents'],
      outputs: ['similarities'],
      attributes: { transB: 1 },
    },
    {
      operator: 'TopK',
      inputs: ['similarities', 'k'],
      outputs: ['nearest', 'row'],
      attributes: { axis: 1, largest: 1, sorted: 1 },
    },
  ],
  inputs: [float('queries', 'q', 'd'), float('documents', 'rows', 'd'), long('k', 1)],
  outputs: [float('nearest', 'q', 'k'), long('row', 'q', 'k')],
};

/** [queries, d] x [rows, d] transposed. */
const similaritiesGraph: GraphDefinition = {
  name: 'similarities',
  nodes: [
    {
      operator: 'Gemm',
      inputs: ['queries', 'documents'],
      outputs: ['similarities'],
      attributes: { transB: 1 },
    },
  ],
  inputs: [float('queries', 'q', 'd'), float('documents', 'rows', 'd')],
  outputs: [float('similarities', 'q', 'rows')],
};

function matrix(data: Float32Array, dimension: number): Tensor {
  return new Tensor('float32', data, [data.length / dimension, dimension]);
}

/** Queries as the columns of a matrix, made once for many calls of {@link bestRows}. */
export type QueryColumns = Tensor;

/** @param queries row-major [q, dimension]. */
export function queryColumns(queries: Float32Array, dimension: number): QueryColumns {
  const count = queries.length / dimension;
  const columns = new Float32Array(queries.length);
  for (let q = 0; q < count; q++) {
    for (let d = 0; d < dimension; d++) columns[d * count + q] = queries[q * dimension + d]!;
  }
  return new Tensor('float32', columns, [dimension, count]);
}

/**
 * For the rows of one volume or so.
 *
 * @param documents row-major [rows, dimension].
 * @returns for each query its largest similarity and the first row that has it.
 */
export async function bestRows(
  documents: Float32Array,
  queries: QueryColumns,
): Promise<{ similarities: Float32Array; rows: BigInt64Array }> {
  const best = await sessionForSmall(bestRowGraph);
  const outputs = await best.run({ documents: matrix(documents, queries.dims[0]!), queries });
  return {
    similarities: outputs.best!.data as Float32Array,
    rows: outputs.row!.data as BigInt64Array,
  };
}

/**
 * @param documents row-major [rows, dimension].
 * @param rows groups of `groupRows` rows each, anywhere in the documents.
 * @returns row-major [groups, q]: the largest similarity of each group.
 */
export async function largestOfGroups(
  documents: Float32Array,
  rows: Int32Array,
  groupRows: number,
  queries: QueryColumns,
): Promise<Float32Array> {
  const [dimension, count] = [queries.dims[0]!, queries.dims[1]!];
  const largest = await sessionForSmall(groupsOfRowsGraph);
  const outputs = await largest.run({
    documents: matrix(documents, dimension),
    rows: new Tensor('int32', rows, [rows.length]),
    queries,
    shape: new Tensor('int64', BigInt64Array.of(-1n, BigInt(groupRows), BigInt(count)), [3]),
  });
  return outputs.largest!.data as Float32Array;
}

/**
 * @param documents row-major [rows, dimension].
 * @param similarities gets all of them, row-major [rows, q].
 */
export async function similaritiesOfRows(
  documents: Float32Array,
  queries: QueryColumns,
  similarities: Float32Array,
): Promise<void> {
  const [dimension, count] = [queries.dims[0]!, queries.dims[1]!];
  const products = await sessionForSmall(productsGraph);
  await products.run(
    { documents: matrix(documents, dimension), queries },
    { similarities: matrix(similarities, count) },
  );
}

/**
 * @param queries row-major [q, dimension].
 * @param documents row-major [rows, dimension], rows >= k.
 * @returns row-major [q, k]: the largest similarities, descending; of equal ones the first row first.
 */
export async function nearestRows(
  queries: Float32Array,
  documents: Float32Array,
  dimension: number,
  k: number,
): Promise<{ similarities: Float32Array; rows: BigInt64Array }> {
  const nearest = await session(nearestRowsGraph);
  const outputs = await nearest.run({
    queries: matrix(queries, dimension),
    documents: matrix(documents, dimension),
    k: new Tensor('int64', BigInt64Array.of(BigInt(k)), [1]),
  });
  return {
    similarities: outputs.nearest!.data as Float32Array,
    rows: outputs.row!.data as BigInt64Array,
  };
}

/**
 * @param queries row-major [q, dimension].
 * @param documents row-major [rows, dimension].
 * @returns row-major [q, rows].
 */
export async function similarityMatrix(
  queries: Float32Array,
  documents: Float32Array,
  dimension: number,
): Promise<Float32Array> {
  const product = await session(similaritiesGraph);
  const outputs = await product.run({
    queries: matrix(queries, dimension),
    documents: matrix(documents, dimension),
  });
  return outputs.similarities!.data as Float32Array;
}
