import { hashFile } from './content-hash.js';
import { readVolume } from './read.js';
import type { Volume } from './volume.js';
import type { VolumeEntry } from './volume-entry.js';

/** Where the voxels of one volume come from: a volume file, or a stack of DICOM instances. */
export interface ImageSource {
  /** Absolute path of the file, or of the folder of the instances, or the URL of a series. */
  readonly location: string;
  /** @returns SHA-256 (hex) of the image: the same scan under another name has the same. */
  hash(): Promise<string>;
  /** @throws VoxseekError what {@link readVolume} throws */
  read(): Promise<Volume>;
}

export function fileImage(path: string): ImageSource {
  return { location: path, hash: () => hashFile(path), read: () => readVolume(path) };
}

export function imageOf(entry: VolumeEntry): ImageSource {
  return entry.source ?? fileImage(entry.image);
}
