import { FlatIndex } from '../../index/flat.js';
import type { SliceVectors } from '../../index/slice-index.js';
import { byScore, matchVolumes } from '../../rerank/late-interaction.js';

/** What is found by other embeddings of the same slices, as shares of the queries from 0 to 1. */
export interface RetrievalChange {
  readonly sliceQueries: number;
  /** Slice queries whose nearest slice in other volumes is the same slice. */
  readonly sameNearestSlice: number;
  /** Slice queries whose nearest slice in other volumes is in the same volume. */
  readonly sameNearestVolume: number;
  readonly volumeQueries: number;
  /** Volume queries (late interaction) with the same best other volume. */
  readonly sameTop1: number;
  /** Mean share of the ten best other volumes that stay among the ten best; of all, where they are ten or fewer. */
  readonly sameTop10: number;
}

const depth = 10;

/**
 * Asks for every slice and every volume what is nearest among the other volumes, by two sets of embeddings.
 *
 * @param before row-major [rows, dimension], rows of norm 1, volume after volume.
 * @param after the same slices by another encoder, in the same order.
 * @param rowCounts slices of each volume.
 */
export async function compareRetrieval(
  before: Float32Array,
  after: Float32Array,
  rowCounts: readonly number[],
  dimension: number,
): Promise<RetrievalChange> {
  let firstRow = 0;
  const volumes = rowCounts.map((rowCount) => {
    const rows = { firstRow, rowCount };
    firstRow += rowCount;
    return rows;
  });
  const volumeOf = volumes.flatMap(({ rowCount }, volume) => new Array<number>(rowCount).fill(volume));
  const first = await askAll({ dimension, embeddings: before, volumes });
  const second = await askAll({ dimension, embeddings: after, volumes });
  let [slice, volume, top1, top10] = [0, 0, 0, 0];
  for (const [row, nearest] of first.nearest.entries()) {
    const other = second.nearest[row]!;
    if (nearest === other) slice++;
    if (volumeOf[nearest] === volumeOf[other]) volume++;
  }
  for (const [place, ranked] of first.ranked.entries()) {
    const others = second.ranked[place]!;
    if (ranked[0] === others[0]) top1++;
    const best = new Set(others.slice(0, depth));
    const expected = ranked.slice(0, depth);
    top10 += expected.filter((id) => best.has(id)).length / expected.length;
  }
  const rows = first.nearest.length;
  return {
    sliceQueries: rows,
    sameNearestSlice: slice / rows,
    sameNearestVolume: volume / rows,
    volumeQueries: volumes.length,
    sameTop1: top1 / volumes.length,
    sameTop10: top10 / volumes.length,
  };
}

interface Answers {
  /** By row: the nearest row of another volume. */
  readonly nearest: readonly number[];
  /** By volume: the other volumes, best first. */
  readonly ranked: readonly (readonly number[])[];
}

async function askAll(slices: SliceVectors): Promise<Answers> {
  const index = new FlatIndex(slices);
  const { dimension, embeddings, volumes } = slices;
  const nearest: number[] = [];
  const ranked: number[][] = [];
  for (const [query, { firstRow, rowCount }] of volumes.entries()) {
    const rows = embeddings.subarray(firstRow * dimension, (firstRow + rowCount) * dimension);
    const neighbours = await index.search(rows, 1, (volume) => volume !== query);
    nearest.push(...neighbours.rows);
    const others = [...volumes.keys()].filter((volume) => volume !== query);
    const matches = await matchVolumes(slices, rows, others);
    ranked.push(matches.sort(byScore).map(({ volume }) => volume));
  }
  return { nearest, ranked };
}
