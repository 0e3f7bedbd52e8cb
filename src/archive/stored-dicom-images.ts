import type { Archive } from './archive.js';
import type { DicomImage, VolumeRecord } from './records.js';

/**
 * The DICOM image of each stored slice of a volume, by slice index.
 *
 * @param record of the archive, as it gave it.
 * @throws VoxseekError ARCHIVE_BUSY where the volume was removed or replaced meanwhile, ARCHIVE_CORRUPT,
 *   FILE_NOT_READABLE
 */
export async function storedDicomImages(
  archive: Archive,
  record: VolumeRecord,
): Promise<(index: number) => DicomImage | null> {
  if (record.dicom === null) return () => null;
  const images = new Map(
    (await archive.sliceRecords(record)).map((slice) => [slice.index, slice.dicomImage]),
  );
  return (index) => images.get(index) ?? null;
}
