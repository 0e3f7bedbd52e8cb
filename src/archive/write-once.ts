import { randomUUID } from 'node:crypto';
import { link, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromWriteError } from '../errors.js';

/** ".voxseek.json.1b4e28ba-...": written first, then linked to its real name; a crash in between may leave one. */
const draftPattern = /^\.(voxseek\.json|patient\.key)\./;

/** Whether a file of an archive's folder was never finished. */
export function isDraft(name: string): boolean {
  return draftPattern.test(name);
}

/** Whether it is an unfinished version of `fileName`. */
export function isDraftOf(name: string, fileName: string): boolean {
  return name.startsWith(`.${fileName}.`);
}

/**
 * Writes a file of an archive where there is none yet; where another process was faster, its file stays. It is
 * whole or not there.
 *
 * @param mode permissions of the file.
 * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE, FILE_NOT_FOUND (no such folder)
 */
export async function writeOnce(
  folder: string,
  fileName: 'voxseek.json' | 'patient.key',
  content: string,
  mode = 0o666,
): Promise<void> {
  const draft = join(folder, `.${fileName}.${randomUUID()}`);
  try {
    await writeFile(draft, content, { flush: true, mode });
    // A link, unlike a rename, fails where the name is taken, and gives the file whole or not at all.
    await link(draft, join(folder, fileName));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      throw fromWriteError(error, folder);
    }
  } finally {
    await unlink(draft).catch(() => {});
  }
}
