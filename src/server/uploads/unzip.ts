import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { VoxseekError } from '../../errors.js';
import { startsWithZip } from './file-magic.js';
import type { ReceivedFile, ReceivedFiles } from './received-files.js';
import { counted, type UploadBudget } from './upload-limits.js';

const fileTypeMask = 0o170000;
const regularFile = 0o100000;
const symbolicLink = 0o120000;

/**
 * Unpacks a zip of an upload. What comes out is counted byte by byte, so that a header that claims less than
 * there is, or entries that share their bytes, deceive nobody.
 *
 * @returns the files, in the order of the zip's directory.
 * @throws VoxseekError UPLOAD_INVALID for a broken or encrypted zip, an entry with ".." or an absolute path, a
 *   link or a zip in it; UPLOAD_TOO_LARGE
 */
export async function unzip(
  zip: ReceivedFile,
  files: ReceivedFiles,
  budget: UploadBudget,
  signal: AbortSignal,
): Promise<ReceivedFile[]> {
  const unpacked: ReceivedFile[] = [];
  try {
    const opened = await openPromise(zip.path);
    budget.takeFiles(opened.entryCount);
    for await (const entry of opened.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      const name = `${zip.label}/${entry.fileName}`;
      assertPlainFile(entry, name);
      if (isOfMacOs(entry.fileName)) continue;
      unpacked.push(await unpack(opened, entry, name, files, budget, signal));
    }
  } catch (error) {
    if (error instanceof VoxseekError) throw error;
    const isSystemError = error instanceof Error && 'syscall' in error;
    if (isSystemError || signal.aborted) throw error;
    throw new VoxseekError(
      'UPLOAD_INVALID',
      `the zip is refused: ${error instanceof Error ? error.message : String(error)}`,
      { subject: zip.label, cause: error },
    );
  }
  return unpacked;
}

async function unpack(
  zip: ZipFile,
  entry: Entry,
  name: string,
  files: ReceivedFiles,
  budget: UploadBudget,
  signal: AbortSignal,
): Promise<ReceivedFile> {
  const file = await files.place(name);
  const content = await zip.openReadStreamPromise(entry);
  const target = createWriteStream(file.path, { flags: 'wx', mode: 0o600 });
  await pipeline(
    content,
    counted((bytes) => budget.takeDecompressed(bytes)),
    target,
    { signal },
  );
  if (await startsWithZip(file.path)) throw refused(name, 'is a zip in a zip');
  return file;
}

/** @throws VoxseekError UPLOAD_INVALID */
function assertPlainFile(entry: Entry, name: string): void {
  if (entry.isEncrypted()) throw refused(name, 'is encrypted');
  if (!entry.canDecodeFileData()) {
    throw refused(name, `is compressed by method ${entry.compressionMethod}, which is not known here`);
  }
  // The upper half holds the mode of Unix where the zip was made there; 0 elsewhere (APPNOTE 4.4.15).
  const type = (entry.externalFileAttributes >>> 16) & fileTypeMask;
  if (type === symbolicLink) throw refused(name, 'is a symbolic link');
  if (type !== 0 && type !== regularFile) throw refused(name, 'is no plain file');
}

/** What macOS adds to zip files: no content of anybody. */
function isOfMacOs(name: string): boolean {
  return name.startsWith('__MACOSX/') || name.endsWith('/.DS_Store') || name === '.DS_Store';
}

function refused(name: string, reason: string): VoxseekError {
  return new VoxseekError('UPLOAD_INVALID', reason, { subject: name });
}
