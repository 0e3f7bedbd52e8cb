import { Archive } from '../archive/archive.js';
import { openArchivedImage } from '../archive/archived-image.js';
import { readManifest } from '../archive/manifest.js';
import type { VolumeToCompare } from '../benchmark/quantization/sample-slices.js';
import { VoxseekError } from '../errors.js';
import { generatePhantom } from '../phantom/generate.js';
import { imageOf } from '../volume/image-source.js';
import type { Plane } from '../volume/volume.js';
import { findInputs } from './find-inputs.js';

/** Volumes to try an encoder on, and how their slices lie. */
export interface VolumesToCompare {
  readonly volumes: readonly VolumeToCompare[];
  readonly plane: Plane;
  /** What they are, in words. */
  readonly description: string;
}

/** Each takes about half a second; with five kinds of parts of the body, three of each. */
const phantomCount = 15;

/** Volumes that are there on every machine. */
export function phantomsToCompare(): VolumesToCompare {
  const volumes = Array.from({ length: phantomCount }, (_, index) => ({
    id: `phantom ${index + 1}`,
    modality: 'CT' as const,
    read: async () => generatePhantom({ seed: 1, index }).image,
  }));
  return { volumes, plane: 'axial', description: 'phantoms' };
}

/**
 * The volumes of an archive, or of a folder, file or cohort that `ingest` would take.
 *
 * @throws VoxseekError those of `readManifest` and `findVolumes`
 */
export async function volumesToCompare(input: string): Promise<VolumesToCompare> {
  if (!(await isArchive(input))) {
    const { entries } = await findInputs([input], {});
    const volumes = entries.map((entry) => ({
      id: entry.id,
      modality: entry.modality,
      read: () => imageOf(entry).read(),
    }));
    return { volumes, plane: 'axial', description: input };
  }
  const archive = await Archive.open(input);
  try {
    const volumes = (await archive.volumes()).map((record) => ({
      id: record.id,
      modality: record.modality,
      read: async () => (await openArchivedImage(record)).read(),
    }));
    return { volumes, plane: archive.manifest.slicing.plane, description: input };
  } finally {
    await archive.close();
  }
}

async function isArchive(path: string): Promise<boolean> {
  try {
    await readManifest(path);
    return true;
  } catch (error) {
    const isOther =
      error instanceof VoxseekError && ['ARCHIVE_NOT_FOUND', 'ARCHIVE_FOREIGN'].includes(error.code);
    if (isOther) return false;
    throw error;
  }
}
