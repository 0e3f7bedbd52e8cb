import type { SliceIndex, SliceVectors } from '../index/slice-index.js';
import { compareHits, hitTable, volumeOfRow } from './hit-table.js';

/** How many neighbours of each query slice may put a volume on the list beyond the hit table. */
const depth = 32;

/**
 * First stage of late interaction: the volumes that are worth an exact score. Those of the hit table come
 * first, by count; where that gives fewer than wanted, the owners of the next nearest slices follow, by the sum
 * over the query slices of their best similarity among the 32 nearest.
 *
 * @returns at most `wanted` positions in `slices.volumes`, best first.
 */
export async function candidateVolumes(
  slices: SliceVectors,
  index: SliceIndex,
  queries: Float32Array,
  wanted: number,
  isAllowed?: (volume: number) => boolean,
): Promise<number[]> {
  const neighbours = await index.search(queries, depth, isAllowed);
  const chosen = hitTable(slices, neighbours)
    .sort(compareHits('count'))
    .map(({ volume }) => volume);
  if (chosen.length >= wanted) return chosen.slice(0, wanted);

  const owner = volumeOfRow(slices);
  const sums = new Map<number, number>();
  for (let line = 0; line < neighbours.rows.length; line += depth) {
    const seen = new Set<number>();
    for (let place = line; place < line + depth && neighbours.rows[place]! >= 0; place++) {
      const volume = owner(neighbours.rows[place]!);
      if (seen.has(volume)) continue;
      seen.add(volume);
      sums.set(volume, (sums.get(volume) ?? 0) + neighbours.similarities[place]!);
    }
  }
  for (const volume of chosen) sums.delete(volume);
  const others = [...sums].sort(([a, x], [b, y]) => y - x || a - b).map(([volume]) => volume);
  return [...chosen, ...others].slice(0, wanted);
}
