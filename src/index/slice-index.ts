/** Vectors of slices, the rows of each volume together; all that an index or a re-ranker needs of them. */
export interface SliceVectors {
  readonly dimension: number;
  /** Row-major [rows, dimension], every row of norm 1. */
  readonly embeddings: Float32Array;
  /** In ascending order of their ids; ties between volumes go to the first. */
  readonly volumes: readonly { readonly firstRow: number; readonly rowCount: number }[];
}

/**
 * The k nearest slices of each query slice; row-major [queries, k]. Where fewer than k slices can be answers,
 * the rest of a line has the row -1 and the similarity -Infinity.
 */
export interface Neighbours {
  readonly k: number;
  /** Rows of the stored slices. */
  readonly rows: Int32Array;
  /** Cosine similarities, descending along a line; of LSH, in the order of its Hamming distances. */
  readonly similarities: Float32Array;
}

/**
 * Finds nearest slices by cosine similarity. Of equal similarities the smaller row comes first; those of equal
 * vectors may differ in the last bit of float32, for a matrix product adds up in the order that suits its size.
 */
export interface SliceIndex {
  /**
   * @param queries row-major [queries, dimension], rows of norm 1.
   * @param k how many for each query, at least 1.
   * @param isAllowed tells by its position in `SliceVectors.volumes` whether a volume may answer; default all.
   */
  search(queries: Float32Array, k: number, isAllowed?: (volume: number) => boolean): Promise<Neighbours>;
}
