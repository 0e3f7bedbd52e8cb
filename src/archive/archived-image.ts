import { fileImage, type ImageSource } from '../volume/image-source.js';
import { type MaskSource, openMask } from '../volume/mask.js';
import type { VolumeRecord } from './records.js';

/** Where the voxels of an archived volume are: the archive itself keeps only its embeddings. */
export async function openArchivedImage(record: VolumeRecord): Promise<ImageSource> {
  return fileImage(record.imagePath);
}

/**
 * @returns undefined where the volume was ingested without a mask.
 * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE, MASK_INVALID
 */
export async function openArchivedMask(record: VolumeRecord): Promise<MaskSource | undefined> {
  if (record.maskPath === null) return undefined;
  return openMask(record.maskPath, record.labelTablePath ?? undefined);
}
