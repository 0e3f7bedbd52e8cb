import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSystemError, VoxseekError } from '../errors.js';
import { totalSegmentatorV1 } from '../volume/totalsegmentator-v1.js';
import type { Mask, Volume } from '../volume/volume.js';
import { writeNifti } from '../volume/write-nifti.js';
import { type FieldOfView, fieldOfViewDefinitions } from './field-of-view.js';
import { generatePhantom, type Phantom } from './generate.js';
import { assignSplits, type Split } from './split.js';

export interface PhantomDatasetOptions {
  /** How many volumes, at least 1. */
  readonly volumes: number;
  /** Whole number that decides everything. */
  readonly seed: number;
  /** Called after each volume that is whole on disk. */
  readonly onProgress?: (done: number, total: number, phantom: Phantom) => void;
  /** Stops between volumes; those that are whole stay. */
  readonly signal?: AbortSignal;
}

export interface PhantomDataset {
  readonly folder: string;
  readonly volumes: readonly {
    readonly id: string;
    readonly fieldOfView: FieldOfView;
    readonly split: Split;
    /** The image, absolute or relative as `folder` was given. */
    readonly image: string;
  }[];
}

/** Fast, and hardly larger than better levels: masks are nearly empty, and noise does not compress. */
const gzipLevel = 1;
/** Masks that are compressed at the same time: as many as zlib has threads. */
const concurrentFiles = 4;

/**
 * Writes phantoms as a folder in the layout of the TotalSegmentator data set: `s0001/ct.nii.gz`,
 * `s0001/segmentations/<name>.nii.gz` (uint8, all 104, empty where a structure is not in the volume) and
 * `meta.csv` (separated by `;`).
 *
 * A volume's folder appears under its name only when it is whole; `meta.csv` lists the volumes that are there.
 *
 * @param folder must not exist yet, or be empty.
 * @throws VoxseekError STORAGE_NOT_WRITABLE if the folder holds anything, USAGE for a number of volumes below 1,
 *   INTERRUPTED after `signal`, STORAGE_FULL and others of the file system.
 */
export async function writePhantomDataset(
  folder: string,
  options: PhantomDatasetOptions,
): Promise<PhantomDataset> {
  const { volumes: total, seed, signal } = options;
  if (!Number.isInteger(total) || total < 1) {
    throw new VoxseekError('USAGE', `the number of volumes must be 1 or more, not ${total}`);
  }
  if (!Number.isInteger(seed))
    throw new VoxseekError('USAGE', `the seed must be a whole number, not ${seed}`);
  await prepareFolder(folder);
  const splits = assignSplits(seed, total);
  const rows: string[] = ['image_id;age;gender;institute;study_type;split'];
  const volumes: PhantomDataset['volumes'][number][] = [];
  const finish = async (phantom: Phantom, index: number) => {
    await writeVolume(folder, phantom);
    const split = splits[index]!;
    rows.push(metaRow(phantom, split));
    await replaceFile(join(folder, 'meta.csv'), `${rows.join('\n')}\n`);
    volumes.push({
      id: phantom.id,
      fieldOfView: phantom.fieldOfView,
      split,
      image: join(folder, phantom.id, 'ct.nii.gz'),
    });
    options.onProgress?.(volumes.length, total, phantom);
  };
  // While one volume is compressed by zlib's threads, the next one is drawn by this one.
  let writing: Promise<unknown> = Promise.resolve();
  for (let index = 0; index < total; index++) {
    if (signal?.aborted) break;
    const phantom = generatePhantom({ seed, index });
    await writing;
    writing = finish(phantom, index);
    // Awaited in the next turn; a failure before that must not count as unhandled.
    writing.catch(() => undefined);
    await nextTurn();
  }
  await writing;
  if (signal?.aborted && volumes.length < total) {
    throw new VoxseekError('INTERRUPTED', `stopped after ${volumes.length} of ${total} volumes`, {
      subject: folder,
      advice: 'The volumes that are there are whole; name a new folder to start again.',
    });
  }
  return { folder, volumes };
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const entries = await readdir(folder);
    if (entries.length > 0) {
      throw new VoxseekError('STORAGE_NOT_WRITABLE', 'the folder is not empty; nothing was written', {
        subject: folder,
        advice: 'Name a new or an empty folder.',
      });
    }
  } catch (error) {
    throw folderError(error, folder);
  }
}

function folderError(error: unknown, folder: string): VoxseekError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (['EACCES', 'EPERM', 'EEXIST', 'ENOTDIR'].includes(code)) {
    return new VoxseekError('STORAGE_NOT_WRITABLE', `the folder cannot be made (${code})`, {
      subject: folder,
      cause: error,
    });
  }
  return fromSystemError(error, folder);
}

function metaRow(phantom: Phantom, split: Split): string {
  const { age, sex } = phantom.description;
  const study = fieldOfViewDefinitions[phantom.fieldOfView].studyType;
  return [phantom.id, age.toFixed(1), sex, 'phantom', study, split].join(';');
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw folderError(error, path);
  }
}

async function writeVolume(folder: string, phantom: Phantom): Promise<void> {
  const temporary = join(folder, `.${phantom.id}-${randomBytes(6).toString('hex')}.tmp`);
  try {
    const segmentations = join(temporary, 'segmentations');
    await mkdir(segmentations, { recursive: true });
    const description = `Voxseek phantom ${phantom.id}: made up, not a patient`;
    await writeNifti(join(temporary, 'ct.nii.gz'), phantom.image, { description, gzipLevel });
    const masks = binaryMasks(phantom.mask);
    let next = 0;
    const worker = async () => {
      while (next < totalSegmentatorV1.length) {
        const label = ++next;
        const path = join(segmentations, `${totalSegmentatorV1[label - 1]}.nii.gz`);
        await writeNifti(path, masks(label), { description, gzipLevel });
      }
    };
    await Promise.all(Array.from({ length: concurrentFiles }, worker));
    await rename(temporary, join(folder, phantom.id));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw folderError(error, folder);
  }
}

/** Binary masks of one label each, made on demand from a list of the voxels of every label. */
function binaryMasks(mask: Mask): (label: number) => Volume {
  const { data, affine, size, spacing } = mask;
  const counts = new Uint32Array(257);
  for (let voxel = 0; voxel < data.length; voxel++) counts[data[voxel]! + 1]!++;
  const starts = counts.slice();
  for (let label = 1; label < starts.length; label++) starts[label]! += starts[label - 1]!;
  const filled = starts.slice();
  const voxelsByLabel = new Uint32Array(data.length);
  for (let voxel = 0; voxel < data.length; voxel++) voxelsByLabel[filled[data[voxel]!]!++] = voxel;
  return (label) => {
    const binary = new Uint8Array(data.length);
    for (let place = starts[label]!; place < starts[label + 1]!; place++) binary[voxelsByLabel[place]!] = 1;
    return { data: binary, affine, size, spacing };
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
