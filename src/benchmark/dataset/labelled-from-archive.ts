import type { Archive } from '../../archive/archive.js';
import type { VolumeRecord } from '../../archive/records.js';
import { VoxseekError } from '../../errors.js';
import { sliceSpacing } from '../../volume/slice.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import type { ClassMap } from '../class-maps/class-map.js';
import { ClassVoxels } from './class-voxels.js';
import type { LabelledSource } from './labelled-source.js';
import { patientOf } from './patients.js';

/**
 * One side of a benchmark out of an archive that was ingested from the same entries. Volumes whose mask has no
 * voxel are left out and listed.
 *
 * @throws VoxseekError VOLUME_UNKNOWN where an entry is not in the archive, INPUT_EMPTY where no volume is left,
 *   and those of Archive.loadSlices
 */
export async function labelledFromArchive(
  archive: Archive,
  entries: readonly VolumeEntry[],
  classMap: ClassMap,
): Promise<LabelledSource> {
  const records = await recordsOf(archive, entries);
  const labelled = records.filter((record) => record.labels.length > 0);
  if (labelled.length === 0) {
    throw new VoxseekError('INPUT_EMPTY', 'no volume has a labelled voxel', { subject: archive.folder });
  }
  const stored = await archive.loadSlices(labelled);
  const firstRows = new Map(stored.volumes.map(({ volume, firstRow }) => [volume.id, firstRow]));
  const classVoxels = new ClassVoxels(stored.sliceIndex.length, classMap);
  await archive.visitSliceLabels(labelled, ({ id }, ordinal, labels, voxels) => {
    const row = firstRows.get(id)! + ordinal;
    classVoxels.clear(row);
    for (const [i, label] of labels.entries()) classVoxels.add(row, label, voxels[i]!);
  });
  const patients = new Map(entries.map((entry) => [entry.id, patientOf(entry)]));
  return {
    dimension: stored.dimension,
    embeddings: stored.embeddings,
    volumes: stored.volumes.map(({ volume, firstRow, rowCount }) => ({
      id: volume.id,
      patient: patients.get(volume.id)!,
      firstRow,
      rowCount,
      spacingMm: sliceSpacing(volume, archive.manifest.slicing.plane),
    })),
    sliceIndex: stored.sliceIndex,
    classes: classMap.classes,
    voxels: classVoxels.voxels,
    leftOut: records
      .filter((record) => record.labels.length === 0)
      .map(({ id }) => ({ id, reason: 'empty mask' })),
    labelsWithoutClass: classVoxels.labelsWithoutClass(),
  };
}

/**
 * @returns label names that occur in the volumes, sorted.
 * @throws VoxseekError VOLUME_UNKNOWN, ARCHIVE_CORRUPT
 */
export async function archiveLabels(archive: Archive, entries: readonly VolumeEntry[]): Promise<string[]> {
  const records = await recordsOf(archive, entries);
  return [...new Set(records.flatMap((record) => record.labels))].sort();
}

/** In ascending order of the ids. */
async function recordsOf(archive: Archive, entries: readonly VolumeEntry[]): Promise<VolumeRecord[]> {
  const wanted = new Set(entries.map((entry) => entry.id));
  const records = (await archive.volumes()).filter((record) => wanted.delete(record.id));
  if (wanted.size > 0) {
    const missing = [...wanted].sort();
    const some = `${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', ...' : ''}`;
    throw new VoxseekError('VOLUME_UNKNOWN', `${missing.length} volumes are not in the archive: ${some}`, {
      subject: archive.folder,
      advice:
        'Ingest them first. A scan that stands in the data set under two ids is stored once: name it once.',
    });
  }
  return records;
}
