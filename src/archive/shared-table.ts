import type { Table } from '@lancedb/lancedb';
import { fromStorageError, isConflict, isMissingFile } from './storage-error.js';

const conflictRetries = 12;
/** A compaction may remove the files of the version that is being read; the next version has the same rows. */
const readRetries = 3;

/** A table that other processes read and write at the same time: every use begins at its latest version. */
export class SharedTable {
  readonly #table: Table;
  readonly #folder: string;

  /** @param folder of the archive, for error messages. */
  constructor(table: Table, folder: string) {
    this.#table = table;
    this.#folder = folder;
  }

  /**
   * Reads from the latest version.
   *
   * @throws VoxseekError ARCHIVE_CORRUPT, FILE_NOT_READABLE
   */
  async read<T>(read: (table: Table) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#table.checkoutLatest();
        return await read(this.#table);
      } catch (error) {
        if (attempt >= readRetries || !isMissingFile(error)) {
          throw fromStorageError(error, this.#folder, 'read');
        }
      }
    }
  }

  /**
   * Writes on top of the latest version; again where another writer was faster.
   *
   * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE, ARCHIVE_BUSY, ARCHIVE_CORRUPT
   */
  async commit<T>(write: (table: Table) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#table.checkoutLatest();
        return await write(this.#table);
      } catch (error) {
        const retries = isConflict(error) ? conflictRetries : isMissingFile(error) ? readRetries : 0;
        if (attempt >= retries) throw fromStorageError(error, this.#folder, 'write');
        await new Promise((wake) => setTimeout(wake, 20 * 2 ** Math.min(attempt, 6) * (0.5 + Math.random())));
      }
    }
  }

  /**
   * Merges small files and drops old versions. Only to save space and time: where it is in the way of another
   * writer, or there is no room for it, nothing is done.
   *
   * @throws VoxseekError STORAGE_NOT_WRITABLE, ARCHIVE_CORRUPT
   */
  async optimize(dropVersionsBefore: number): Promise<void> {
    try {
      await this.#table.checkoutLatest();
      await this.#table.optimize({ cleanupOlderThan: new Date(dropVersionsBefore) });
    } catch (error) {
      const known = fromStorageError(error, this.#folder, 'write');
      const isInTheWay = isConflict(error) || isMissingFile(error) || known.code === 'STORAGE_FULL';
      if (!isInTheWay) throw known;
    }
  }
}
