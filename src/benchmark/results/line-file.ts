import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fromWriteError } from '../../errors.js';

/** A file of a result. */
export interface FileReference {
  /** Relative to the folder of results.json, with `/` between folders. */
  readonly path: string;
  /** SHA-256 of its bytes, hexadecimal. */
  readonly sha256: string;
}

const bufferedCharacters = 1 << 16;

/**
 * A text file that is written line by line, and appears under its name only when it is closed. Synchronous,
 * because the evaluation hands out its answers that way.
 */
export class LineFile {
  readonly #path: string;
  readonly #target: string;
  readonly #temporary: string;
  readonly #hash = createHash('sha256');
  readonly #descriptor: number;
  #buffer = '';
  #isOpen = true;

  /** @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE, FILE_NOT_FOUND; so do the methods. */
  constructor(folder: string, path: string) {
    this.#path = path;
    this.#target = join(folder, path);
    const random = randomBytes(6).toString('hex');
    this.#temporary = join(dirname(this.#target), `.${basename(path)}.${random}.tmp`);
    try {
      mkdirSync(dirname(this.#target), { recursive: true });
      this.#descriptor = openSync(this.#temporary, 'w');
    } catch (error) {
      throw fromWriteError(error, this.#target);
    }
  }

  /** @param line without its end. */
  write(line: string): void {
    this.#buffer += `${line}\n`;
    if (this.#buffer.length >= bufferedCharacters) this.#flush();
  }

  close(): FileReference {
    this.#flush();
    try {
      this.#isOpen = false;
      closeSync(this.#descriptor);
      renameSync(this.#temporary, this.#target);
    } catch (error) {
      throw fromWriteError(error, this.#target);
    }
    return { path: this.#path, sha256: this.#hash.digest('hex') };
  }

  /** Leaves nothing behind of a file that was not closed. */
  abandon(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#descriptor);
    rmSync(this.#temporary, { force: true });
  }

  #flush(): void {
    const bytes = Buffer.from(this.#buffer, 'utf8');
    this.#buffer = '';
    this.#hash.update(bytes);
    try {
      for (let written = 0; written < bytes.length; ) {
        written += writeSync(this.#descriptor, bytes, written);
      }
    } catch (error) {
      throw fromWriteError(error, this.#target);
    }
  }
}
