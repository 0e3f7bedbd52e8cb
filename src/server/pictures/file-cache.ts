import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fromWriteError, VoxseekError } from '../../errors.js';

/** Files that are being written end so (see write-whole.ts); after a crash they are of no use. */
const unfinished = /\.tmp$/;
/** Another server may be writing one that is younger. */
const leftoverAfterMs = 60 * 60_000;
const fileName = /^[0-9a-f]{64}\.[a-z.]+$/;

/**
 * Files that can be made again (pictures of slices, reduced volumes), on disk so that they outlive the server.
 * They show patients: the folder is for its owner only. When there are too many bytes, those used longest ago go.
 */
export class FileCache {
  readonly folder: string;
  readonly #limit: number;
  /** Bytes by name, in the order of their last use. */
  readonly #files: Map<string, number>;
  readonly #making = new Map<string, Promise<string>>();
  #bytes: number;

  private constructor(folder: string, limit: number, files: Map<string, number>) {
    this.folder = folder;
    this.#limit = limit;
    this.#files = files;
    this.#bytes = [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /**
   * @param limit bytes of all files.
   * @throws VoxseekError STORAGE_NOT_WRITABLE, STORAGE_FULL
   */
  static async open(folder: string, limit: number): Promise<FileCache> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
      return new FileCache(folder, limit, await listFiles(folder));
    } catch (error) {
      const { code, reason } = fromWriteError(error, folder);
      throw new VoxseekError(code, reason, {
        subject: folder,
        advice: 'Name another folder for pictures with --cache.',
        cause: error,
      });
    }
  }

  /**
   * @param key all that the content depends on.
   * @param ending of the file, with its dot.
   * @param write makes the file of this path, which then is there whole or not at all; called once, however many
   *   ask for it meanwhile.
   * @returns the path of the file.
   */
  async file(
    key: readonly unknown[],
    ending: string,
    write: (path: string) => Promise<void>,
  ): Promise<string> {
    const name = `${createHash('sha256').update(JSON.stringify(key)).digest('hex')}${ending}`;
    const path = join(this.folder, name);
    const bytes = this.#files.get(name);
    // The file may be gone: two servers share the folder, or someone has emptied it.
    if (bytes !== undefined && (await exists(path))) {
      this.#use(name, bytes);
      return path;
    }
    let making = this.#making.get(name);
    if (making === undefined) {
      making = this.#make(name, path, write).finally(() => this.#making.delete(name));
      this.#making.set(name, making);
    }
    return making;
  }

  async #make(name: string, path: string, write: (path: string) => Promise<void>): Promise<string> {
    await write(path);
    const { size } = await stat(path);
    this.#bytes += size - (this.#files.get(name) ?? 0);
    this.#use(name, size);
    for (const [oldest, bytes] of this.#files) {
      if (this.#bytes <= this.#limit || oldest === name) break;
      this.#files.delete(oldest);
      this.#bytes -= bytes;
      await rm(join(this.folder, oldest), { force: true });
    }
    return path;
  }

  #use(name: string, bytes: number): void {
    this.#files.delete(name);
    this.#files.set(name, bytes);
  }
}

/** @returns whether it is there; its time of change becomes that of its last use, for the next server. */
async function exists(path: string): Promise<boolean> {
  const now = new Date();
  return utimes(path, now, now).then(
    () => true,
    () => false,
  );
}

/** Bytes by name, used longest ago first. */
async function listFiles(folder: string): Promise<Map<string, number>> {
  const found: { name: string; size: number; mtimeMs: number }[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const status = await stat(path).catch(() => undefined);
    if (status === undefined) continue;
    const { size, mtimeMs } = status;
    if (fileName.test(name)) found.push({ name, size, mtimeMs });
    else if (unfinished.test(name) && mtimeMs < Date.now() - leftoverAfterMs) await rm(path, { force: true });
  }
  found.sort((a, b) => a.mtimeMs - b.mtimeMs);
  return new Map(found.map(({ name, size }) => [name, size]));
}
