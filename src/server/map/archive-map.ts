import type { StoredSlices } from '../../archive/stored-slices.js';
import { Breath } from '../breath.js';
import type { ArchiveMap } from '../schemas.js';
import { layOut } from './layout.js';
import { duplicatePairs, duplicateThreshold, lookAlikes, outliers } from './look-alikes.js';
import { meanEmbeddings } from './mean-embeddings.js';

const mostListed = 200;

/**
 * The archive as a picture: volumes as points, those that look alike near each other; which are near-duplicates
 * and which look like no other. Takes seconds for a thousand volumes, in steps of a few milliseconds.
 *
 * @param ids volumes that the archive has now; `slices` may hold more.
 */
export async function makeArchiveMap(
  slices: StoredSlices,
  ids: ReadonlySet<string>,
  revision: string,
): Promise<ArchiveMap> {
  const breath = new Breath();
  const volumes = [...slices.volumes.keys()].filter((volume) => ids.has(slices.volumes[volume]!.volume.id));
  const idOf = (place: number) => slices.volumes[volumes[place]!]!.volume.id;
  if (volumes.length === 0) {
    return { revision, method: 'none', volumes: [], duplicatesFrom: 1, duplicates: [], outliers: [] };
  }
  const means = await meanEmbeddings(slices, volumes, breath);
  const { method, places } = await layOut(means, slices.dimension, breath);
  const found = await lookAlikes(slices, volumes, means, breath);
  const threshold = duplicateThreshold(found);
  return {
    revision,
    method,
    volumes: volumes.map((_, place) => {
      const { nearest, nearestVolume } = found[place]!;
      return {
        id: idOf(place),
        x: rounded(places[place]![0], 4),
        y: rounded(places[place]![1], 4),
        nearest: rounded(nearest, 6),
        nearestVolume: nearestVolume < 0 ? null : idOf(nearestVolume),
      };
    }),
    duplicatesFrom: rounded(threshold, 6),
    duplicates: duplicatePairs(found, threshold)
      .slice(0, mostListed)
      .map(({ volumes: [a, b], similarity }) => ({
        volumes: [idOf(a), idOf(b)],
        similarity: rounded(similarity, 6),
      })),
    outliers:
      volumes.length < 2
        ? []
        : outliers(found)
            .slice(0, mostListed)
            .map((place) => ({ volume: idOf(place), nearest: rounded(found[place]!.nearest, 6) })),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
