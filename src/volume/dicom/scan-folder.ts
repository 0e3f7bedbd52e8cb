import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fromSystemError, VoxseekError } from '../../errors.js';
import { inParallel } from './in-parallel.js';
import type { DicomInstance, InstanceBytes } from './instance.js';
import { fileBytes } from './instance-bytes.js';
import { looksLikeDicom, readPart10Header } from './part10.js';
import { instanceOf } from './read-instance.js';

/** A file that was passed over, and why. */
export interface LeftOut {
  /** Absolute. */
  readonly path: string;
  readonly reason: string;
  /** It is a DICOM file, but a broken one. */
  readonly isDicom: boolean;
}

export interface ScanOptions {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** Files that are known to be something else, by their path: not opened and not told. */
  readonly isOther?: (path: string) => boolean;
}

/** Media Storage Directory: the index of a disc. */
export const dicomdir = '1.2.840.10008.1.3.10';
/** Files read at once: enough to keep a slow disc or network busy. */
const concurrency = 16;

/**
 * Reads the headers of all DICOM files under a folder, at any depth and of any name; what they are is told by their
 * content. Hidden files and folders are passed over, and so is a DICOMDIR, for the files that it lists are found in
 * the tree.
 *
 * @returns the instances in the order of their paths, and what is no DICOM file or a broken one
 * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE where the folder itself cannot be read; INTERRUPTED
 */
export async function scanFolder(
  folder: string,
  { onProgress, signal, isOther }: ScanOptions = {},
): Promise<{ instances: DicomInstance[]; leftOut: LeftOut[] }> {
  const leftOut: LeftOut[] = [];
  const paths = (await findFiles(resolve(folder), leftOut)).filter((path) => !isOther?.(path));
  const found: (DicomInstance | undefined)[] = new Array(paths.length).fill(undefined);
  let done = 0;
  await inParallel(paths, concurrency, async (path, index) => {
    const seen = await look(fileBytes(path));
    if (seen.instance) found[index] = seen.instance;
    if (seen.leftOut) leftOut.push({ path, ...seen.leftOut });
    onProgress?.(++done, paths.length);
    if (signal?.aborted) throw new VoxseekError('INTERRUPTED', 'the scan was stopped', { subject: folder });
  });
  return {
    instances: found.filter((instance) => instance !== undefined),
    leftOut: leftOut.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

async function look(
  bytes: InstanceBytes,
): Promise<{ instance?: DicomInstance; leftOut?: Omit<LeftOut, 'path'> }> {
  let isDicom = false;
  const watched: InstanceBytes = {
    ...bytes,
    async readStart(length) {
      const start = await bytes.readStart(length);
      isDicom = looksLikeDicom(start);
      return start;
    },
  };
  try {
    const part10 = await readPart10Header(watched);
    if (part10.mediaStorageSopClassUid === dicomdir) return {};
    return { instance: instanceOf(bytes, part10) };
  } catch (error) {
    // Also one that the disc cannot read: the others are of use without it.
    if (!(error instanceof VoxseekError)) throw error;
    return { leftOut: { reason: error.reason, isDicom } };
  }
}

/** All files below, sorted, so that a scan gives the same result on every file system. */
async function findFiles(root: string, leftOut: LeftOut[]): Promise<string[]> {
  const files: string[] = [];
  const visit = async (folder: string) => {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.')) continue;
      if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(path)))) files.push(path);
      else if (entry.isDirectory()) {
        await visit(path).catch((error: unknown) => {
          leftOut.push({ path, reason: fromSystemError(error, path).reason, isDicom: false });
        });
      }
    }
  };
  try {
    await visit(root);
  } catch (error) {
    throw fromSystemError(error, root);
  }
  return files;
}

/** Linked files are read; linked folders are not, for they may lead round in a circle. */
async function isFile(link: string): Promise<boolean> {
  return stat(link).then(
    (status) => status.isFile(),
    () => false,
  );
}
