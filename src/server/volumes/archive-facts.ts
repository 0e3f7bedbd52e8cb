import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Archive } from '../../archive/archive.js';
import type { VolumeRecord } from '../../archive/records.js';
import type { ArchiveFacts } from '../schemas.js';

/** Changes whenever a volume is added, changed or removed; the same for the same volumes. */
export function archiveRevision(volumes: readonly VolumeRecord[]): string {
  const hash = createHash('sha256');
  for (const { id, revision, patient, split, modality, region } of volumes) {
    hash.update(JSON.stringify([id, revision, patient, split, modality, region]));
  }
  return hash.digest('hex').slice(0, 16);
}

/** @param volumes all of the archive. */
export function archiveFacts({ folder, manifest }: Archive, volumes: readonly VolumeRecord[]): ArchiveFacts {
  const { encoder, slicing } = manifest;
  return {
    name: basename(folder),
    encoder: { name: encoder.name, dimension: encoder.dimension },
    plane: slicing.plane,
    everyMm: slicing.everyMm,
    volumes: volumes.length,
    slices: volumes.reduce((sum, volume) => sum + volume.sliceCount, 0),
    modalities: count(volumes, ({ modality }) => [modality]),
    regions: count(volumes, ({ region }) => (region === null ? [] : [region])),
    splits: count(volumes, ({ split }) => (split === null ? [] : [split])),
    labels: count(volumes, ({ labels }) => labels),
    revision: archiveRevision(volumes),
  };
}

/** How many volumes have each of the names, in the order of the names. */
function count(
  volumes: readonly VolumeRecord[],
  namesOf: (volume: VolumeRecord) => readonly string[],
): Record<string, number> {
  const counts = new Map<string, number>();
  for (const volume of volumes) {
    for (const name of new Set(namesOf(volume))) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
