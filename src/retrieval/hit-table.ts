import type { Neighbours, SliceVectors } from '../index/slice-index.js';

/** The nearest slices of one query that lie in one volume. */
export interface VolumeHits {
  /** Position of the volume in `SliceVectors.volumes`. */
  readonly volume: number;
  /** How many query slices have their nearest slice in this volume. */
  readonly count: number;
  /** Largest and sum of the similarities of these. */
  readonly max: number;
  readonly sum: number;
}

/** How the hits of a query become a ranking of volumes. */
export type Aggregation = 'count' | 'max' | 'sum';

/**
 * The hit table of arXiv 2405.09334: for the slices of one query, how often each volume owns the nearest
 * slice.
 *
 * @param neighbours of all query slices; only the first of each line counts.
 * @returns volumes that own at least one nearest slice, in ascending order of their position.
 */
export function hitTable(slices: SliceVectors, neighbours: Neighbours): VolumeHits[] {
  const table = new Map<number, { volume: number; count: number; max: number; sum: number }>();
  const owner = volumeOfRow(slices);
  for (let line = 0; line < neighbours.rows.length; line += neighbours.k) {
    const row = neighbours.rows[line]!;
    if (row < 0) continue;
    const similarity = neighbours.similarities[line]!;
    const volume = owner(row);
    const hits = table.get(volume);
    if (hits === undefined) {
      table.set(volume, { volume, count: 1, max: similarity, sum: similarity });
    } else {
      hits.count++;
      hits.max = Math.max(hits.max, similarity);
      hits.sum += similarity;
    }
  }
  return [...table.values()].sort((a, b) => a.volume - b.volume);
}

/**
 * Order of volumes by one aggregation of their hits, best first. Ties: the larger sum of similarities, then
 * the smaller volume id (which is the smaller position).
 */
export function compareHits(aggregation: Aggregation): (a: VolumeHits, b: VolumeHits) => number {
  return (a, b) => b[aggregation] - a[aggregation] || b.sum - a.sum || a.volume - b.volume;
}

/** @returns a function from a row of the stored slices to the position of the volume that owns it. */
export function volumeOfRow(slices: SliceVectors): (row: number) => number {
  const { volumes } = slices;
  return (row) => {
    let low = 0;
    let high = volumes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (volumes[middle]!.firstRow <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  };
}
