import type { VolumeRecord } from '../../archive/records.js';
import { compareIds } from '../../archive/stored-slices.js';
import type { VolumeListQuery, VolumePage } from '../schemas.js';
import { volumeSummary } from './volume-summary.js';

/**
 * One page of the volumes that a client asks for.
 *
 * @param volumes those that pass the condition of `filter`, in ascending order of their id.
 */
export function volumePage(volumes: readonly VolumeRecord[], query: VolumeListQuery): VolumePage {
  const found = volumes.filter((volume) => matches(volume, query));
  if (query.sort !== 'id') found.sort(query.sort === 'region' ? byRegion : newestFirst);
  const { offset, limit } = query;
  return {
    total: found.length,
    offset,
    volumes: found.slice(offset, offset + limit).map(volumeSummary),
  };
}

function matches(volume: VolumeRecord, { text, modality, region, split, label }: VolumeListQuery): boolean {
  if (modality !== undefined && volume.modality !== modality) return false;
  if (region !== undefined && volume.region !== region) return false;
  if (split !== undefined && volume.split !== split) return false;
  if (label !== undefined && !volume.labels.includes(label)) return false;
  if (text === undefined) return true;
  const wanted = text.toLowerCase();
  const { id, patient, region: place, split: part, labels } = volume;
  return [id, patient, place, part, ...labels].some((value) => value?.toLowerCase().includes(wanted));
}

/** Those without a region last. */
function byRegion(a: VolumeRecord, b: VolumeRecord): number {
  if (a.region === null || b.region === null) {
    return Number(a.region === null) - Number(b.region === null) || compareIds(a.id, b.id);
  }
  return compareIds(a.region, b.region) || compareIds(a.id, b.id);
}

function newestFirst(a: VolumeRecord, b: VolumeRecord): number {
  return compareIds(b.ingestedAt, a.ingestedAt) || compareIds(a.id, b.id);
}
