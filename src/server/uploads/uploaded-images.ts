import { basename, sep } from 'node:path';
import type { Archive } from '../../archive/archive.js';
import { VoxseekError } from '../../errors.js';
import { findVolumes } from '../../volume/collection.js';
import type { LeftOut } from '../../volume/dicom/scan-folder.js';
import { shownDescription } from '../../volume/dicom/shown-description.js';
import { orientationOf, stackingAxis } from '../../volume/geometry.js';
import { imageOf } from '../../volume/image-source.js';
import { guessModality, intensityContext } from '../../volume/intensity.js';
import { volumeStem } from '../../volume/read.js';
import type { Volume } from '../../volume/volume.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import type { Upload, UploadedImage } from '../schemas.js';
import { announcedVoxels } from './image-extent.js';
import type { ReceivedFiles } from './received-files.js';
import type { UploadBudget } from './upload-limits.js';

/** One volume of an upload. */
export interface StoredImage {
  readonly facts: UploadedImage;
  /** How it is read and searched with: without masks, patient and split, which count for archived volumes only. */
  readonly entry: VolumeEntry;
  /** All that was found of it. */
  readonly found: VolumeEntry;
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
  const leftOut: Upload['leftOut'] = [];
  const unused = new Map(files.labels);
  const masks: string[] = [];
  for (const found of await volumesIn(files, (name, reason) => leftOut.push({ name, reason }))) {
    if (signal.aborted) throw new VoxseekError('INTERRUPTED', 'the client went away', { subject: 'upload' });
    for (const path of filesOf(found)) unused.delete(path);
    const { mask } = found;
    if (mask !== undefined) masks.push(mask + sep);
    const name = nameOf(found, files);
    try {
      images.push(await readImage(archive, found, { id: String(images.length + 1), name }, budget, read));
    } catch (error) {
      leftOut.push({ name, reason: reasonOf(error) });
    }
  }
  for (const [path, name] of unused) {
    const isMask = masks.some((folder) => path.startsWith(folder));
    const reason = isMask ? 'a mask: of files, uploads bring images only' : 'no volume';
    if (!leftOut.some((one) => one.name === name)) leftOut.push({ name, reason });
  }
  if (images.length > 0) return { images, leftOut };
  throw new VoxseekError('UPLOAD_INVALID', `it holds no volume that can be read${because(leftOut)}`, {
    subject: 'upload',
  });
}

/** In the order in which their files came. */
async function volumesIn(
  files: ReceivedFiles,
  leaveOut: (name: string, reason: string) => void,
): Promise<VolumeEntry[]> {
  const onLeftOut = ({ path, reason }: LeftOut) =>
    leaveOut(files.labels.get(path) ?? 'DICOM', reason.replaceAll(files.folder + sep, ''));
  const found = await findVolumes(files.folder, { onLeftOut }).catch((error: unknown) => {
    if (error instanceof VoxseekError && error.code === 'INPUT_EMPTY') return [];
    throw error;
  });
  const places = new Map([...files.labels.keys()].map((path, place) => [path, place]));
  const placeOf = (entry: VolumeEntry) =>
    Math.min(...filesOf(entry).map((path) => places.get(path) ?? Number.POSITIVE_INFINITY));
  return found.map((entry) => ({ ...entry, id: idOf(entry, files) })).sort((a, b) => placeOf(a) - placeOf(b));
}

/** Of a file that is named after its folder: not the folder of the upload, whose name means nothing. */
function idOf({ id, image }: VolumeEntry, { folder }: ReceivedFiles): string {
  return id === basename(folder) ? volumeStem(image) : id;
}

/** The files that a volume is made of, its masks included. */
function filesOf({ image, dicom, maskObjects = [] }: VolumeEntry): string[] {
  const instances = [...(dicom?.frames ?? []).map(({ instance }) => instance), ...maskObjects];
  return [image, ...instances.map(({ bytes }) => bytes.name)];
}

async function readImage(
  archive: Archive,
  found: VolumeEntry,
  { id, name }: Pick<UploadedImage, 'id' | 'name'>,
  budget: UploadBudget,
  read: ReadVolume,
): Promise<StoredImage> {
  budget.assertVoxels(await announcedVoxels(found));
  const source = imageOf(found);
  const hash = await source.hash();
  const volume = await read(hash, source);
  const measured = intensityContext(volume, 'CT', name);
  const [twin] = found.modality ? [] : await archive.volumes(`image_hash = '${hash}'`);
  const modality = found.modality ?? twin?.modality ?? guessModality(measured);
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
    entry: {
      id: name,
      image: found.image,
      modality,
      // What was read just now need not be read again for a search that follows.
      source: { location: source.location, hash: async () => hash, read: () => read(hash, source) },
      ...(found.dicom && { dicom: found.dicom }),
    },
    found,
    hash,
  };
}

/** What a client knows it by: its file, or the series. */
function nameOf({ id, image, dicom }: VolumeEntry, files: ReceivedFiles): string {
  if (dicom === undefined) return files.labels.get(image) ?? id;
  const description = shownDescription(dicom);
  return description === undefined ? id : `${description} (${id})`;
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
