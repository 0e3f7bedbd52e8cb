import { openArchivedImage } from '../../archive/archived-image.js';
import type { VolumeRecord } from '../../archive/records.js';
import { fromSystemError, VoxseekError } from '../../errors.js';
import type { ViewableImage } from './viewable-image.js';

/** An archived volume as an image that can be shown. Errors name its id, where its files lie is not told. */
export function archivedImage(record: VolumeRecord): ViewableImage {
  const { id, modality, size, spacing, affine, percentiles, imageHash, imagePath } = record;
  return {
    id,
    modality,
    size,
    spacing,
    affine,
    percentiles,
    imageHash,
    source: {
      location: imagePath,
      hash: async () => imageHash,
      read: async () => {
        try {
          return await (await openArchivedImage(record)).read();
        } catch (error) {
          throw unreadable(error, record);
        }
      },
    },
  };
}

function unreadable(error: unknown, { id, imagePath, dicom }: VolumeRecord): VoxseekError {
  const { code, reason, advice } = fromSystemError(error, id);
  if (code === 'FILE_NOT_FOUND' && dicom === null && imagePath !== '') {
    return new VoxseekError(code, 'its file is not where it was when it was ingested', {
      subject: id,
      advice: 'Put the file back, or ingest it from its new place under the same id.',
      cause: error,
    });
  }
  return new VoxseekError(code, reason, { subject: id, advice, cause: error });
}
