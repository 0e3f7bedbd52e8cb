import type { StoredSlices } from '../archive/stored-slices.js';
import { similarityMatrix } from '../index/kernel.js';
import type { Query } from '../retrieval/query.js';

/** Every slice of a query against every stored slice of one volume: where the two show the same. */
export interface Alignment {
  /** Indices along the query file's own axis, one a row, in the order of the query: ascending. */
  readonly querySlices: Int32Array;
  /** Indices along the volume file's own axis of its stored slices, one a column, ascending. */
  readonly slices: Int32Array;
  /** Positions of these, RAS+ mm. */
  readonly positionMm: Float32Array;
  /** Cosines, row-major [querySlices.length, slices.length]. */
  readonly similarities: Float32Array;
}

/**
 * The matrix of similarities that late interaction takes its maxima from:
 *
 *     similarities[q, s] = <q, s>    for q of the query's slices and s of the volume's stored slices
 *
 * The match of a query slice is the largest number of its row; of equal ones the first column, which is the
 * smaller slice index, as everywhere. Slices of air are in neither: indices may have gaps.
 *
 * @param query of a region only the slices of the region are there.
 * @param stored the slices of the one volume.
 */
export async function alignSlices(
  query: Pick<Query, 'slices' | 'embeddings'>,
  stored: StoredSlices,
): Promise<Alignment> {
  return {
    querySlices: Int32Array.from(query.slices, (slice) => slice.index),
    slices: stored.sliceIndex,
    positionMm: Float32Array.from(stored.positionMm),
    similarities: await similarityMatrix(query.embeddings, stored.embeddings, stored.dimension),
  };
}
