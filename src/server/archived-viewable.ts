import { openArchivedImage } from '../archive/archived-image.js';
import type { VolumeRecord } from '../archive/records.js';
import { fromSystemError, VoxseekError } from '../errors.js';
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
          throw unreadable(error, id);
        }
      },
    },
  };
}

function unreadable(error: unknown, id: string): VoxseekError {
  const { code, reason } = fromSystemError(error, id);
  const isMoved = code === 'FILE_NOT_FOUND';
  return new VoxseekError(code, isMoved ? 'its file is not where it was when it was ingested' : reason, {
    subject: id,
    ...(isMoved && { advice: 'Put the file back, or ingest it from its new place under the same id.' }),
    cause: error,
  });
}
