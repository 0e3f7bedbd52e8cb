import { VoxseekError } from '../errors.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import type { Upload, UploadedImage } from './schemas.js';

/** One volume of an upload. */
export interface StoredImage {
  readonly facts: UploadedImage;
  /** How it is read. */
  readonly entry: VolumeEntry;
  /** SHA-256 (hex). */
  readonly hash: string;
}

interface StoredUpload {
  readonly upload: Upload;
  readonly images: ReadonlyMap<string, StoredImage>;
}

/** The uploads of a server, in a folder of their own, for a limited time. */
export class UploadStore {
  readonly #uploads = new Map<string, StoredUpload>();

  /** @throws VoxseekError UPLOAD_UNKNOWN */
  image(upload: string, image: string): StoredImage {
    const stored = this.#uploads.get(upload);
    if (stored === undefined) throw new VoxseekError('UPLOAD_UNKNOWN', 'there is no such upload');
    const found = stored.images.get(image);
    if (found === undefined) throw new VoxseekError('UPLOAD_UNKNOWN', 'the upload has no such image');
    return found;
  }
}
