import type { Archive } from '../archive/archive.js';
import { quoted } from '../archive/condition.js';
import type { VolumeRecord } from '../archive/records.js';
import type { Query } from './query.js';

/**
 * The archived volume that is the same scan: that of the same image, or of the same stack of the same DICOM series,
 * whose files may have been compressed or completed since.
 */
export async function twinOf(
  archive: Archive,
  { imageHash, stack }: Pick<Query, 'imageHash' | 'stack'>,
): Promise<VolumeRecord | undefined> {
  const sameImage = `image_hash = ${quoted(imageHash)}`;
  const found = await archive.volumes(
    stack === undefined ? sameImage : `${sameImage} OR id = ${quoted(stack.id)}`,
  );
  return (
    found.find((record) => record.imageHash === imageHash) ??
    found.find((record) => record.dicom?.seriesUid === stack?.seriesInstanceUid)
  );
}
