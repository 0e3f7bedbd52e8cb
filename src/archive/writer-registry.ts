import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const heartbeatMs = 10_000;
/** A writer on another machine counts as gone when it has not been heard of for so long. */
const silentMs = 10 * 60_000;

/**
 * Which processes are writing to an archive: one small file each in its folder `writers`. Nobody waits for
 * anybody; the files only tell slices that a living writer has not committed yet from those that a dead one
 * left behind.
 */
export class WriterRegistration {
  readonly id: string;
  readonly #path: string;
  readonly #heartbeat: NodeJS.Timeout;
  #revisions = 0;

  private constructor(id: string, path: string) {
    this.id = id;
    this.#path = path;
    this.#heartbeat = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => {});
    }, heartbeatMs).unref();
  }

  static async register(folder: string): Promise<WriterRegistration> {
    const id = randomUUID();
    const path = join(folder, 'writers', `${id}.json`);
    await mkdir(join(folder, 'writers'), { recursive: true });
    await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname() }));
    return new WriterRegistration(id, path);
  }

  /** A name for the slices of one volume that nobody else uses. */
  nextRevision(): string {
    return `${this.id}.${this.#revisions++}`;
  }

  async unregister(): Promise<void> {
    clearInterval(this.#heartbeat);
    await unlink(this.#path).catch(() => {});
  }
}

/** The writer that made a revision. */
export function writerOf(revision: string): string {
  return revision.slice(0, revision.indexOf('.'));
}

/** Ids of the writers that are alive; the files of dead ones are removed. */
export async function livingWriters(folder: string): Promise<Set<string>> {
  const names = await readdir(join(folder, 'writers')).catch(() => []);
  const living = new Set<string>();
  for (const name of names.filter((n) => n.endsWith('.json'))) {
    const path = join(folder, 'writers', name);
    if (await isAlive(path)) living.add(name.slice(0, -'.json'.length));
    else await unlink(path).catch(() => {});
  }
  return living;
}

async function isAlive(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > silentMs) return false;
    const { pid, host } = JSON.parse(await readFile(path, 'utf8')) as { pid: number; host: string };
    if (host !== hostname()) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) return true; // A file that is just being written.
    return error.code !== 'ESRCH' && error.code !== 'ENOENT';
  }
}
