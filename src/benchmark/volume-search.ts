import type { SliceIndex } from '../index/slice-index.js';
import { matchVolumes } from '../rerank/late-interaction.js';
import { volumeOfRow } from '../retrieval/hit-table.js';
import type { IsAllowed } from './answer-scope.js';
import type { EqualSlices } from './equal-slices.js';
import type { LabelledSlices } from './labelled-slices.js';
import type { BenchmarkRanking } from './outcomes.js';

/** For each slice of a query volume its best slice of one database volume: row of the database, and similarity. */
export interface BestSlices {
  /** Position in the database's volumes. */
  readonly volume: number;
  readonly rows: Int32Array;
  readonly similarities: Float32Array;
}

/** What the slices of one query volume found: enough to answer every query that is a part of this volume. */
export interface VolumeSearch {
  /** For each slice of the query volume: the nearest row of the database (-1: none), and the similarity. */
  readonly nearest: { readonly rows: Int32Array; readonly similarities: Float32Array };
  /** For each slice of the query volume: position of the database volume that owns the nearest row, or -1. */
  readonly owners: Int32Array;
  /** For each slice its best slice of a database volume, in ascending order of the volumes. */
  readonly matches: readonly BestSlices[];
}

/**
 * One search of the index with all slices of a query volume, and one exact pass over the database volumes that
 * late interaction needs for the volume or any region of it: those that own a nearest slice, or all.
 *
 * Similarities are inner products summed in float64 and rounded to float32. Those of a matrix product depend
 * in their last bit on the sizes of the matrices, so equal slices of volumes of different length would not tie.
 *
 * @param equal of the database.
 * @param isAllowed which database volumes may answer; default all.
 * @param known best slices of this query volume from other searches, which are used again and added to.
 * @param queries row-major [slices, dimension]: all slices of the query volume.
 */
export async function searchVolume(
  database: LabelledSlices,
  index: SliceIndex,
  equal: EqualSlices,
  queries: Float32Array,
  rankings: readonly BenchmarkRanking[],
  isAllowed?: IsAllowed,
  known = new Map<number, BestSlices>(),
): Promise<VolumeSearch> {
  const { dimension } = database;
  const owner = volumeOfRow(database);
  const found = await index.search(queries, 1, isAllowed);
  const isAllowedRow = isAllowed && ((row: number) => isAllowed(owner(row)));
  const rows = found.rows.map((row) => equal.first(row, isAllowedRow));
  const similarities = Float32Array.from(rows, (row, slice) =>
    row < 0 ? Number.NEGATIVE_INFINITY : innerProduct(queries, slice, database.embeddings, row, dimension),
  );
  const owners = rows.map((row) => (row < 0 ? -1 : owner(row)));
  const scored = volumesToScore(database, owners, rankings, isAllowed);
  const unknown = scored.filter((volume) => !known.has(volume));
  for (const { volume, rows: best } of await matchVolumes(database, queries, unknown)) {
    known.set(volume, {
      volume,
      rows: best.map((row) => equal.firstInVolume(row)),
      similarities: Float32Array.from(best, (row, slice) =>
        innerProduct(queries, slice, database.embeddings, row, dimension),
      ),
    });
  }
  const matches = scored.map((volume) => known.get(volume)!);
  return { nearest: { rows, similarities }, owners, matches };
}

function volumesToScore(
  database: LabelledSlices,
  owners: Int32Array,
  rankings: readonly BenchmarkRanking[],
  isAllowed: IsAllowed = () => true,
): number[] {
  if (rankings.includes('late-interaction-all')) {
    return [...database.volumes.keys()].filter(
      (volume) => database.volumes[volume]!.rowCount > 0 && isAllowed(volume),
    );
  }
  if (!rankings.includes('late-interaction')) return [];
  return [...new Set(owners)].filter((volume) => volume >= 0).sort((a, b) => a - b);
}

function innerProduct(
  queries: Float32Array,
  slice: number,
  embeddings: Float32Array,
  row: number,
  dimension: number,
): number {
  const query = slice * dimension;
  const stored = row * dimension;
  let sum = 0;
  for (let d = 0; d < dimension; d++) sum += queries[query + d]! * embeddings[stored + d]!;
  return sum;
}
