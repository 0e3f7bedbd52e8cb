import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { fromSystemError, VoxseekError } from '../errors.js';
import { assertUsableAffine } from './geometry.js';
import { readWithItk } from './itk.js';
import { readNifti } from './nifti.js';
import type { Volume } from './volume.js';

const readers: readonly { readonly pattern: RegExp; readonly read: (path: string) => Promise<Volume> }[] = [
  { pattern: /\.nii(\.gz)?$/i, read: readNifti },
  { pattern: /\.(nrrd|nhdr|mha|mhd)$/i, read: readWithItk },
];

/** Whether the name of a file ends as that of a volume format which {@link readVolume} knows. */
export function isVolumeFile(path: string): boolean {
  return readers.some(({ pattern }) => pattern.test(path));
}

/** File name without folder and without the ending of its format: "scan1.nii.gz" is "scan1". */
export function volumeStem(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return readers.reduce((stem, { pattern }) => stem.replace(pattern, ''), name);
}

/**
 * Reads one 3D scan: .nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd.
 *
 * @returns voxels in the file's own axis order and in HU or the modality's own units; affine to RAS+ mm.
 * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE, VOLUME_FORMAT_UNKNOWN, VOLUME_CORRUPT,
 *   VOLUME_NOT_3D, VOLUME_EMPTY, GEOMETRY_DEGENERATE
 */
export async function readVolume(path: string): Promise<Volume> {
  const reader = readers.find(({ pattern }) => pattern.test(path));
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  if (!reader) {
    throw new VoxseekError('VOLUME_FORMAT_UNKNOWN', 'not the name of a volume file', {
      subject: path,
      advice: 'Known are .nii, .nii.gz, .nrrd, .nhdr, .mha and .mhd.',
    });
  }
  if ((await stat(path)).isDirectory()) {
    throw new VoxseekError('FILE_NOT_FOUND', 'is a folder, not a file', { subject: path });
  }
  const volume = await reader.read(path);
  if (volume.size.some((n) => n < 2)) {
    throw new VoxseekError('VOLUME_NOT_3D', `the size is ${volume.size.join(' x ')}: a single image`, {
      subject: path,
    });
  }
  assertUsableAffine(volume.affine, path);
  return volume;
}
