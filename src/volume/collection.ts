import { type Dirent, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { fromSystemError, VoxseekError } from '../errors.js';
import { readCohort } from './cohort.js';
import { type DicomOptions, dicomFileMeaning, findDicomVolumes } from './dicom/dicom-volumes.js';
import type { LeftOut } from './dicom/scan-folder.js';
import { isVolumeFile, volumeStem } from './read.js';
import { TotalSegmentatorCases } from './totalsegmentator.js';
import type { VolumeEntry } from './volume-entry.js';

/**
 * Every volume that an input holds: a cohort CSV, a TotalSegmentator folder (or one case of it), a folder tree
 * of volume files and DICOM files, or one file. A DICOM file stands for its series within its folder, a DICOMDIR
 * for its folder.
 *
 * Ids: the column `id` of a cohort; the case's folder in TotalSegmentator; the SeriesInstanceUID, and what tells
 * several stacks of one series apart, of DICOM; elsewhere the file name without its ending, with the folders before
 * it where two files would get the same, and with the ending where even these do.
 *
 * @returns in a fixed order: that of the CSV, else files by path, and then DICOM by SeriesInstanceUID.
 * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE, INPUT_EMPTY, COHORT_INVALID, VOLUME_FORMAT_UNKNOWN,
 *   DICOM_INVALID, SERIES_UNKNOWN, SERIES_UNUSABLE, INTERRUPTED
 */
export async function findVolumes(input: string, options: DicomOptions = {}): Promise<VolumeEntry[]> {
  const path = resolve(input);
  const status = await stat(path).catch((error: unknown) => {
    throw fromSystemError(error, input);
  });
  if (status.isDirectory()) return findInFolder(path, input, options);
  if (/\.csv$/i.test(path)) return readCohort(path);
  if (isVolumeFile(path)) return [{ id: volumeStem(path), image: path }];
  // Only what is a file is opened: reading from a pipe or a device would wait for ever.
  const meaning = status.isFile() ? await dicomFileMeaning(path) : undefined;
  if (meaning?.kind === 'directory') return findInFolder(meaning.folder, input, options);
  if (meaning?.kind === 'series') {
    return findDicomVolumes(meaning.folder, {
      ...options,
      series: options.series ?? meaning.seriesInstanceUid,
    });
  }
  throw new VoxseekError('VOLUME_FORMAT_UNKNOWN', 'neither a volume file, nor DICOM, nor a cohort CSV', {
    subject: input,
    advice: 'Known are .nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd, DICOM files of any name, and .csv.',
  });
}

async function findInFolder(folder: string, input: string, options: DicomOptions): Promise<VolumeEntry[]> {
  const leftOut: LeftOut[] = [];
  const onLeftOut = (one: LeftOut) => {
    leftOut.push(one);
    options.onLeftOut?.(one);
  };
  const files = options.series === undefined ? await findFiles(folder) : [];
  const series = await findDicomVolumes(folder, { ...options, onLeftOut, isOther: isVolumeFile });
  if (files.length > 0 || series.length > 0) return [...files, ...series];
  const [first] = leftOut;
  if (first === undefined) {
    throw new VoxseekError('INPUT_EMPTY', 'the folder holds no volume', { subject: input });
  }
  const more = leftOut.length > 1 ? ` (and ${leftOut.length - 1} more)` : '';
  throw new VoxseekError('INPUT_EMPTY', `the folder holds no volume: ${first.reason}${more}`, {
    subject: input,
  });
}

async function findFiles(folder: string): Promise<VolumeEntry[]> {
  const listing = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    // The folder that cannot be read may be one far below.
    const path = error instanceof Error && 'path' in error ? String(error.path) : folder;
    throw fromSystemError(error, path);
  });
  const cases = new TotalSegmentatorCases();
  const images = listing
    .filter((entry: Dirent) => isVolumeFile(entry.name) && !isFolder(entry))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !isHidden(relative(folder, path)) && !cases.isMask(path))
    .sort();
  const entries: (VolumeEntry | undefined)[] = [];
  for (const image of images) entries.push(await cases.entryOf(image));
  const namings = images.map((image, i) => possibleIds(folder, image, entries[i]?.id));
  const uses = [0, 1, 2].map((length) => countBy(namings.map((names) => names[length]!)));
  return images.map((image, i) => {
    const id = namings[i]!.find((name, length) => uses[length]!.get(name) === 1)!;
    return { ...entries[i], id, image };
  });
}

/** From the shortest to the longest; the last is unique by nature. */
function possibleIds(root: string, image: string, caseName: string | undefined): readonly string[] {
  const folders = foldersBefore(root, image);
  const short = caseName ?? volumeStem(image);
  const long = caseName === undefined ? [...folders, volumeStem(image)] : folders;
  return [short, long.join('/') || short, [...folders, basename(image)].join('/')];
}

function foldersBefore(root: string, file: string): string[] {
  return relative(root, file).split(sep).slice(0, -1);
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** A link counts as what it leads to; one that leads nowhere as a file, so that it is reported and not passed over. */
function isFolder(entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Names that begin with a dot: what file systems and tools keep for themselves ("._scan.nii.gz" of macOS). */
function isHidden(path: string): boolean {
  return path.split(sep).some((part) => part.startsWith('.'));
}
