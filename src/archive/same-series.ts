import { VoxseekError } from '../errors.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import type { Archive } from './archive.js';
import { isOneOf } from './condition.js';
import type { VolumeRecord } from './records.js';
import type { SeriesReport } from './series-report.js';

/**
 * A DICOM series that has grown takes the place of what it was. But where a folder holds one stack of a series alone,
 * another one may have come from another folder under the same id: that one is not to be lost in silence.
 *
 * @param existing what the archive has under the id of the entry.
 * @throws VoxseekError COHORT_INVALID where the two have no image in common
 */
export async function assertSameStack(
  archive: Archive,
  existing: VolumeRecord,
  { id, image, dicom }: VolumeEntry,
): Promise<void> {
  if (dicom === undefined || existing.dicom === null) return;
  const stored = (await archive.sliceRecords(existing)).flatMap(({ dicomImage }) => dicomImage ?? []);
  if (stored.length === 0) return;
  const images = new Set(dicom.frames.map(({ instance }) => instance.sopInstanceUid));
  if (stored.some(({ sopInstanceUid }) => images.has(sopInstanceUid))) return;
  throw new VoxseekError('COHORT_INVALID', `the archive has other images of this series as ${id}`, {
    subject: image,
    advice: `Ingest the folder that holds all of the series, or take away the others: voxseek remove ARCHIVE ${id}`,
  });
}

/**
 * Volumes that stand for all of a series which by now holds several stacks, and are none of these.
 *
 * @param duplicates entries that were not added for being the same as a volume that is there.
 * @returns their ids.
 */
export async function obsoleteVolumes(
  archive: Archive,
  series: readonly Pick<SeriesReport, 'id' | 'seriesUid'>[],
  duplicates: readonly { readonly of: string }[],
): Promise<string[]> {
  const current = new Set(duplicates.map((duplicate) => duplicate.of));
  const split = new Set(series.filter(({ id, seriesUid }) => id !== seriesUid).map((one) => one.seriesUid));
  const suspects = [...split].filter((uid) => !current.has(uid));
  if (suspects.length === 0) return [];
  return (await archive.volumes(isOneOf('id', suspects))).map(({ id }) => id);
}
