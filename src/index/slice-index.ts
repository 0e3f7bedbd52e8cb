/**
 * The k nearest slices of each query slice; row-major [queries, k]. Where fewer than k slices can be answers,
 * the rest of a line has the row -1 and the similarity -Infinity.
 */
export interface Neighbours {
  readonly k: number;
  /** Rows of the stored slices. */
  readonly rows: Int32Array;
  /** Cosine similarities, descending along a line. */
  readonly similarities: Float32Array;
}

/** Finds nearest slices by cosine similarity. Of equal ones the smaller row comes first. */
export interface SliceIndex {
  /**
   * @param queries row-major [queries, dimension], rows of norm 1.
   * @param k how many for each query, at least 1.
   * @param isAllowed tells by its position in `StoredSlices.volumes` whether a volume may answer; default all.
   */
  search(queries: Float32Array, k: number, isAllowed?: (volume: number) => boolean): Promise<Neighbours>;
}
