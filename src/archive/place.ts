import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxseekError } from '../errors.js';

/**
 * Which archive lies in a folder: LanceDB asks for versions by number, and would show a mixture of two archives of
 * which one takes the other's place while it is open.
 */
export class ArchivePlace {
  readonly #folder: string;
  readonly #identity: string | undefined;

  private constructor(folder: string, identity: string | undefined) {
    this.#folder = folder;
    this.#identity = identity;
  }

  /** @param folder of an archive whose tables are there. */
  static async of(folder: string): Promise<ArchivePlace> {
    return new ArchivePlace(folder, await identityOf(folder));
  }

  /** @throws VoxseekError ARCHIVE_CORRUPT where the archive is gone, or another one lies in its place */
  async assertSame(): Promise<void> {
    const identity = await identityOf(this.#folder);
    if (identity === this.#identity && identity !== undefined) return;
    const [reason, advice] =
      identity === undefined
        ? ['it is not where it was any more', 'Put the folder back, or restore it from a backup.']
        : ['another archive was put in its place while it was in use', 'Start what uses it again.'];
    throw new VoxseekError('ARCHIVE_CORRUPT', reason, { subject: this.#folder, advice });
  }
}

/** Of the folder that outlives every version and every compaction; undefined where it is not there. */
async function identityOf(folder: string): Promise<string | undefined> {
  const status = await stat(join(folder, 'volumes.lance', '_versions')).catch(() => undefined);
  // The number alone may be given to the next folder that is made; when it was made, not all file systems know.
  return status && `${status.dev}:${status.ino}:${status.birthtimeMs}`;
}
