import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Archive } from '../archive/archive.js';
import type { VolumeRecord } from '../archive/records.js';
import { VoxseekError } from '../errors.js';
import { findVolumes } from '../volume/collection.js';
import { isVolumeFile, volumeStem } from '../volume/read.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { listStacks } from './list-stacks.js';
import type { QueryRequest } from './request.js';

/**
 * The volume that a request names: a file, one of the DICOM series of a folder, or one of the archive. A text that
 * is no volume file is an id first, and a folder or a DICOM file where no volume has that id.
 *
 * @throws VoxseekError VOLUME_UNKNOWN, SERIES_AMBIGUOUS (with the series there are), SERIES_UNKNOWN, USAGE, and what
 *   `findVolumes` throws
 */
export async function namedVolume(
  archive: Archive,
  { query, series, irregular }: Pick<QueryRequest, 'query' | 'series' | 'irregular'>,
): Promise<VolumeRecord | VolumeEntry> {
  if (typeof query === 'object') return 'image' in query ? query : archivedVolume(archive, query.archived);
  if (isVolumeFile(query)) {
    if (series === undefined) return { id: volumeStem(query), image: resolve(query) };
    throw new VoxseekError('USAGE', 'a series can be chosen in a folder of DICOM files only', {
      subject: query,
    });
  }
  const record = series === undefined ? await volumeWithId(archive, query) : undefined;
  if (record !== undefined) return record;
  const isThere = await stat(query).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    throw new VoxseekError(
      'VOLUME_UNKNOWN',
      'neither a volume file, nor a DICOM file or folder, nor the id of a volume in the archive',
      { subject: query },
    );
  }
  const entries = await findVolumes(query, {
    ...(series !== undefined && { series }),
    ...(irregular !== undefined && { irregular }),
  });
  if (entries.length === 1) return entries[0]!;
  throw new VoxseekError('SERIES_AMBIGUOUS', `it holds ${entries.length} volumes`, {
    subject: query,
    advice: `Name one of them with --series, or its file:\n${listStacks(entries)}`,
  });
}

/** @throws VoxseekError VOLUME_UNKNOWN */
async function archivedVolume(archive: Archive, id: string): Promise<VolumeRecord> {
  const record = await volumeWithId(archive, id);
  if (record !== undefined) return record;
  throw new VoxseekError('VOLUME_UNKNOWN', 'not the id of a volume in the archive', { subject: id });
}

async function volumeWithId(archive: Archive, id: string): Promise<VolumeRecord | undefined> {
  return archive.volume(id).catch((error: unknown) => {
    if (error instanceof VoxseekError && error.code === 'VOLUME_UNKNOWN') return undefined;
    throw error;
  });
}
