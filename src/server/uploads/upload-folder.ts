import { randomBytes } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isRunning, processSpace } from '../../archive/writer-registry.js';
import { fromWriteError, VoxseekError } from '../../errors.js';

const ownerFile = 'owner.json';
const ownerSchema = z.object({ pid: z.number().int().positive(), space: z.string() });
const serverPrefix = 'server-';
const heartbeatMs = 30_000;
/** A server of another machine or container that has not been heard of for so long counts as gone. */
const silentMs = 10 * 60_000;
/** Folders that are open in this process. */
const own = new Set<string>();

/**
 * Where one server keeps its uploads: a folder of its own, which only its user can look into, under one that
 * servers share so that the next of them can remove what a killed one left.
 */
export class UploadFolder {
  readonly path: string;
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(path: string) {
    this.path = path;
    own.add(path);
    this.#heartbeat = setInterval(() => {
      const now = new Date();
      utimes(join(path, ownerFile), now, now).catch(() => {});
    }, heartbeatMs).unref();
  }

  /**
   * @param shared is made where it is not there.
   * @throws VoxseekError STORAGE_NOT_WRITABLE also where the folder belongs to somebody else, STORAGE_FULL
   */
  static async open(shared: string): Promise<UploadFolder> {
    try {
      await mkdir(shared, { recursive: true, mode: 0o700 });
      await assertOwn(shared);
      await chmod(shared, 0o700);
      await removeLeftovers(shared);
      const path = join(shared, `${serverPrefix}${randomBytes(8).toString('hex')}`);
      await mkdir(path, { mode: 0o700 });
      await writeFile(join(path, ownerFile), JSON.stringify({ pid: process.pid, space: processSpace() }));
      return new UploadFolder(path);
    } catch (error) {
      throw fromWriteError(error, shared);
    }
  }

  /** @returns the path of a new, empty folder. */
  async make(): Promise<string> {
    return mkdtemp(join(this.path, 'upload-'));
  }

  /** Removes the folder with all that is in it. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await rm(this.path, { recursive: true, force: true });
    own.delete(this.path);
  }
}

/** A folder in a place that all may write to could have been put there by another user, or be a link. */
async function assertOwn(folder: string): Promise<void> {
  const status = await lstat(folder);
  const isOwn = process.getuid === undefined || status.uid === process.getuid();
  if (status.isDirectory() && isOwn) return;
  throw new VoxseekError('STORAGE_NOT_WRITABLE', 'is no folder of this user', {
    subject: folder,
    advice: 'Name another folder for uploads.',
  });
}

async function removeLeftovers(shared: string): Promise<void> {
  for (const name of await readdir(shared)) {
    if (!name.startsWith(serverPrefix)) continue;
    const path = join(shared, name);
    if (!(await isInUse(path))) await rm(path, { recursive: true, force: true });
  }
}

async function isInUse(folder: string): Promise<boolean> {
  const path = join(folder, ownerFile);
  const status = await stat(path).catch(() => undefined);
  // A server that begins writes its file at once.
  if (status === undefined) return Date.now() - (await stat(folder)).mtimeMs < heartbeatMs;
  const owner = ownerSchema.safeParse(
    await readFile(path, 'utf8')
      .then(JSON.parse)
      .catch(() => undefined),
  );
  if (owner.success && owner.data.space === processSpace()) return isRunning(owner.data.pid);
  return Date.now() - status.mtimeMs < silentMs;
}
