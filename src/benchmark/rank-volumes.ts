import { compareHits, hitTable } from '../retrieval/hit-table.js';
import type { LabelledSlices } from './labelled-slices.js';
import type { BenchmarkRanking } from './outcomes.js';
import type { VolumeSearch } from './volume-search.js';

interface RankedVolume {
  /** Position in the database's volumes. */
  readonly volume: number;
  readonly score: number;
}

/**
 * The database volumes that answer one query, best first.
 *
 * - `count`, `max`, `sum`: the volumes that own the nearest slice of a query slice, by how often they do, by
 *   the largest similarity of these slices, or by the sum; ties by the larger sum, then by id.
 * - `late-interaction`: the same volumes, by score(Q, V) = sum over q in Q of max over s in V of <q, s>; ties
 *   by id. `late-interaction-all`: every volume, likewise.
 *
 * Sums are in float64 over float32 similarities: exact, whatever the order, as long as no similarity is
 * smaller than about 1e-5 in magnitude.
 *
 * @param querySlices positions within the query volume, ascending: all of them, or those of a region.
 */
export function rankVolumes(
  ranking: BenchmarkRanking,
  database: LabelledSlices,
  search: VolumeSearch,
  querySlices: readonly number[],
): RankedVolume[] {
  if (ranking === 'count' || ranking === 'max' || ranking === 'sum') {
    const neighbours = {
      k: 1,
      rows: Int32Array.from(querySlices, (slice) => search.nearest.rows[slice]!),
      similarities: Float32Array.from(querySlices, (slice) => search.nearest.similarities[slice]!),
    };
    return hitTable(database, neighbours)
      .sort(compareHits(ranking))
      .map((hits) => ({ volume: hits.volume, score: hits[ranking] }));
  }
  const candidates = new Set(querySlices.map((slice) => search.owners[slice]!));
  return search.matches
    .filter(({ volume }) => ranking === 'late-interaction-all' || candidates.has(volume))
    .map(({ volume, similarities }) => {
      let score = 0;
      for (const slice of querySlices) score += similarities[slice]!;
      return { volume, score };
    })
    .sort((a, b) => b.score - a.score || a.volume - b.volume);
}

/**
 * The slices of a returned volume that answered a query.
 *
 * - `count`, `max`, `sum`: one for each query slice whose nearest slice lies in the volume, in the order of the
 *   query slices; a slice that is nearest to two stands here twice.
 * - late interaction: the best slice in the volume for each query slice, and of these the `limit` with the
 *   highest similarity, or all if there are fewer; of equal similarities the smaller slice index is kept.
 *
 * @param querySlices positions within the query volume, ascending.
 * @returns rows of the database.
 */
export function answeringRows(
  ranking: BenchmarkRanking,
  search: VolumeSearch,
  querySlices: readonly number[],
  volume: number,
  limit: number,
): number[] {
  if (ranking === 'count' || ranking === 'max' || ranking === 'sum') {
    return querySlices
      .filter((slice) => search.owners[slice] === volume)
      .map((slice) => search.nearest.rows[slice]!);
  }
  const match = search.matches.find((candidate) => candidate.volume === volume)!;
  return querySlices
    .map((slice) => ({ row: match.rows[slice]!, similarity: match.similarities[slice]! }))
    .sort((a, b) => b.similarity - a.similarity || a.row - b.row)
    .slice(0, limit)
    .map(({ row }) => row);
}
