import { bestRows, queryColumns } from '../index/kernel.js';
import type { SliceVectors } from '../index/slice-index.js';

/** How one volume answers a query, slice by slice. */
export interface VolumeMatch {
  /** Position of the volume in `SliceVectors.volumes`. */
  readonly volume: number;
  /** For each query slice, its best slice of this volume: row of the stored slices, and similarity. */
  readonly rows: Int32Array;
  readonly similarities: Float32Array;
  /** Sum over the query slices of the best similarities: the score of late interaction. */
  readonly score: number;
}

/**
 * Late interaction, exact over every slice of every volume that is given:
 *
 *     score(Q, V) = sum over q in Q of max over s in V of <q, s>
 *
 * (MaxSim of Khattab and Zaharia, ColBERT, SIGIR 2020, with slices for words, as in arXiv 2405.09334.)
 *
 * @param queries row-major [queries, dimension], rows of norm 1.
 * @param volumes positions in `slices.volumes`.
 * @returns one match a volume, in the given order, unsorted.
 */
export async function matchVolumes(
  slices: SliceVectors,
  queries: Float32Array,
  volumes: readonly number[],
): Promise<VolumeMatch[]> {
  const { dimension, embeddings } = slices;
  const columns = queryColumns(queries, dimension);
  const matches: VolumeMatch[] = [];
  for (const volume of volumes) {
    const { firstRow, rowCount } = slices.volumes[volume]!;
    const documents = embeddings.subarray(firstRow * dimension, (firstRow + rowCount) * dimension);
    const { similarities, rows } = await bestRows(documents, columns);
    matches.push({
      volume,
      rows: Int32Array.from(rows, (row) => firstRow + Number(row)),
      similarities,
      score: similarities.reduce((sum, similarity) => sum + similarity, 0),
    });
  }
  return matches;
}

/** Descending by score, what is no number last; of equal ones the smaller volume id (smaller position) first. */
export function byScore(a: VolumeMatch, b: VolumeMatch): number {
  const [first, second] = [orderable(a.score), orderable(b.score)];
  return first === second ? a.volume - b.volume : second - first;
}

function orderable(score: number): number {
  return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score;
}
