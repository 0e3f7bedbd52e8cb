import type { Archive } from '../archive/archive.js';
import { VoxseekError } from '../errors.js';
import { findVolumes } from '../volume/collection.js';
import { orientationOf, stackingAxis } from '../volume/geometry.js';
import { imageOf } from '../volume/image-source.js';
import { guessModality, intensityContext } from '../volume/intensity.js';
import type { Volume } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { voxelsOfFile } from './image-extent.js';
import type { ReceivedFiles } from './received-files.js';
import type { Upload, UploadedImage } from './schemas.js';
import type { UploadBudget } from './upload-limits.js';

/** One volume of an upload. */
export interface StoredImage {
  readonly facts: UploadedImage;
  /** How it is read; says nothing of masks, patients and splits, which an upload does not decide. */
  readonly entry: VolumeEntry;
  /** SHA-256 (hex). */
  readonly hash: string;
}

export interface FoundImages {
  readonly images: readonly StoredImage[];
  readonly leftOut: Upload['leftOut'];
}

/** How a volume is read by its hash: a server keeps the last ones in memory. */
export type ReadVolume = (hash: string, source: ReturnType<typeof imageOf>) => Promise<Volume>;

/**
 * The volumes among the files of an upload. Each is read once, so that what can be looked at and searched with
 * is known to be sound; the others are left out, with the reason.
 *
 * @throws VoxseekError UPLOAD_INVALID where there is none, INTERRUPTED
 */
export async function findUploadedImages(
  archive: Archive,
  files: ReceivedFiles,
  budget: UploadBudget,
  read: ReadVolume,
  signal: AbortSignal,
): Promise<FoundImages> {
  const images: StoredImage[] = [];
  const leftOut = [...files.leftOut];
  for (const entry of await entriesIn(files)) {
    if (signal.aborted) throw new VoxseekError('INTERRUPTED', 'the client went away', { subject: 'upload' });
    const name = nameOf(entry, files);
    try {
      images.push(await readImage(archive, entry, { id: String(images.length + 1), name }, budget, read));
    } catch (error) {
      leftOut.push({ name, reason: reasonOf(error) });
    }
  }
  const known = new Set([...images.map(({ entry }) => entry.image), ...leftOut.map(({ name }) => name)]);
  for (const [path, label] of files.labels) {
    if (!known.has(path) && !known.has(label)) leftOut.push({ name: label, reason: 'no volume file' });
  }
  if (images.length > 0) return { images, leftOut };
  throw new VoxseekError('UPLOAD_INVALID', `it holds no volume that can be read${because(leftOut)}`, {
    subject: 'upload',
  });
}

/** @throws VoxseekError of finding volumes; none for an upload without any */
async function entriesIn(files: ReceivedFiles): Promise<VolumeEntry[]> {
  const found = await findVolumes(files.folder).catch((error: unknown) => {
    if (error instanceof VoxseekError && error.code === 'INPUT_EMPTY') return [];
    throw error;
  });
  return found.map(({ id, image, source, modality }) => ({
    id,
    image,
    ...(source && { source }),
    ...(modality && { modality }),
  }));
}

async function readImage(
  archive: Archive,
  entry: VolumeEntry,
  { id, name }: Pick<UploadedImage, 'id' | 'name'>,
  budget: UploadBudget,
  read: ReadVolume,
): Promise<StoredImage> {
  budget.assertVoxels((await voxelsOfFile(entry)) ?? 0);
  const source = imageOf(entry);
  const hash = await source.hash();
  const volume = await read(hash, source);
  const measured = intensityContext(volume, 'CT', name);
  const [twin] = entry.modality ? [] : await archive.volumes(`image_hash = '${hash}'`);
  const modality = entry.modality ?? twin?.modality ?? guessModality(measured);
  const { size, spacing, affine } = volume;
  return {
    facts: {
      id,
      name,
      modality,
      size: [...size],
      spacing: [...spacing],
      affine: [...affine],
      percentiles: [...measured.percentiles],
      sliceAxis: stackingAxis(orientationOf(affine), archive.manifest.slicing.plane),
    },
    entry: { ...entry, modality },
    hash,
  };
}

function nameOf(entry: VolumeEntry, files: ReceivedFiles): string {
  return files.labels.get(entry.image) ?? entry.id;
}

function reasonOf(error: unknown): string {
  if (error instanceof VoxseekError && error.code !== 'INTERNAL') return error.reason;
  return 'it cannot be read';
}

const shownReasons = 3;

function because(leftOut: Upload['leftOut']): string {
  if (leftOut.length === 0) return '';
  const reasons = leftOut.slice(0, shownReasons).map(({ name, reason }) => `${name}: ${reason}`);
  const more = leftOut.length > shownReasons ? `; and ${leftOut.length - shownReasons} more` : '';
  return ` (${reasons.join('; ')}${more})`;
}
