import type { Archive } from '../archive/archive.js';
import { assertSameEncoding } from '../archive/manifest.js';
import { openEncoder } from '../encoder/catalog.js';
import type { Encoder } from '../encoder/encoder.js';

/**
 * Opens the encoder that an archive was made with, from where it was then.
 *
 * @throws VoxseekError ENCODER_UNKNOWN, ENCODER_INVALID, ENCODER_MISMATCH where its weights or configuration
 *   have changed since
 */
export async function openArchiveEncoder(archive: Archive): Promise<Encoder> {
  const { encoderSource, slicing } = archive.manifest;
  const encoder = await openEncoder(encoderSource.name, encoderSource.options);
  assertSameEncoding(archive.folder, archive.manifest, { encoder: encoder.identity, slicing });
  return encoder;
}
