import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { access, mkdir, readdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const folderName = 'writers';
const heartbeatMs = 10_000;
/** A writer that has not been heard of for so long counts as gone. */
const silentMs = 10 * 60_000;

const registrationSchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  /** Milliseconds since 1970. */
  since: z.number(),
});

/**
 * Which processes are writing to an archive: one small file each in its folder `writers`, made before the
 * first write. Nobody waits for anybody; the files only tell what a living writer has not committed yet from
 * what a dead one left behind.
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
    const path = join(folder, folderName, `${id}.json`);
    await mkdir(join(folder, folderName), { recursive: true });
    try {
      await writeFile(path, JSON.stringify({ pid: process.pid, host: processSpace(), since: Date.now() }));
    } catch (error) {
      await unlink(path).catch(() => {});
      throw error;
    }
    return new WriterRegistration(id, path);
  }

  /** A name for the slices of one volume that nobody else uses. */
  nextRevision(): string {
    return `${this.id}.${this.#revisions++}`;
  }

  /** False where another process took this one for dead, which a machine that slept for long may look like. */
  async isKnown(): Promise<boolean> {
    return access(this.#path).then(
      () => true,
      () => false,
    );
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

/** Whether anybody ever registered: only then can anything have been stored. */
export async function hasHadWriters(folder: string): Promise<boolean> {
  return stat(join(folder, folderName)).then(
    () => true,
    () => false,
  );
}

/**
 * The writers that are alive, with the time since when (milliseconds since 1970), by id; the files of dead
 * ones are removed.
 */
export async function livingWriters(folder: string): Promise<Map<string, number>> {
  const names = await readdir(join(folder, folderName)).catch(() => []);
  const living = new Map<string, number>();
  for (const name of names.filter((n) => n.endsWith('.json'))) {
    const path = join(folder, folderName, name);
    const since = await aliveSince(path);
    if (since === undefined) await unlink(path).catch(() => {});
    else living.set(name.slice(0, -'.json'.length), since);
  }
  return living;
}

async function aliveSince(path: string): Promise<number | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > silentMs) return undefined;
    const registration = parseRegistration(await readFile(path, 'utf8'));
    // A file that is just being written, or garbage: nothing is known of its writer until it counts as silent.
    if (registration === undefined) return 0;
    if (registration.host === processSpace() && !isRunning(registration.pid)) return undefined;
    return registration.since;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 0;
  }
}

function parseRegistration(text: string): z.infer<typeof registrationSchema> | undefined {
  try {
    return registrationSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether a process with this number runs here; see {@link processSpace}. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Within it a process number means one process: the machine, and on Linux its namespace (containers). */
export function processSpace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
