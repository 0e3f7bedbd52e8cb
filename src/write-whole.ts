import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fromWriteError } from './errors.js';

/**
 * Writes a file or a folder so that it appears under its name only when it is whole, and nothing is left behind
 * where it cannot be written.
 *
 * @param write makes the file or folder under the temporary name that it is given, in the folder of `path`.
 * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE, FILE_NOT_FOUND (no such folder)
 */
export async function writeWhole(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await write(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw fromWriteError(error, path);
  }
}
