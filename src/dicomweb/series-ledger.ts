import { appendFile, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { fromSystemError, fromWriteError } from '../errors.js';
import { version } from '../version.js';

/** What was done with a series of a server. */
const seriesNote = z.object({
  server: z.string(),
  series: z.string(),
  /** Instances that the server had of it. */
  instances: z.number(),
  /** Ids of the volumes that were made of it; none of a localizer and the like, or of an object that is a mask. */
  volumes: z.array(z.string()),
  /** Another version may make volumes of what this one leaves out. */
  voxseekVersion: z.string(),
  /** The series that a segmentation or structure set refers to. */
  refersTo: z.array(z.string()).optional(),
});

export type SeriesNote = z.infer<typeof seriesNote>;

/**
 * Remembers which series of which server were taken, with how many instances, so that the next run asks for what
 * is new alone, also where nothing of a series became a volume. One line of JSON a series, appended when the
 * series is in the archive: what a crash cuts off is asked for again, and two runs at the same time keep the lines
 * of both. UIDs, counts and ids of volumes are all there is in it.
 */
export class SeriesLedger {
  readonly #path: string;
  readonly #server: string;
  readonly #notes = new Map<string, SeriesNote>();

  private constructor(path: string, server: string) {
    this.#path = path;
    this.#server = server;
  }

  /**
   * @param path of the file; it need not exist.
   * @param server root of the service; series of others are passed over.
   * @throws VoxseekError FILE_NOT_READABLE
   */
  static async open(path: string, server: string): Promise<SeriesLedger> {
    const ledger = new SeriesLedger(path, server);
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      const known = fromSystemError(error, path);
      if (known.code === 'FILE_NOT_FOUND') return '';
      throw known;
    });
    for (const line of text.split('\n')) {
      const note = parseNote(line);
      if (note?.server === server && (note.volumes.length > 0 || note.voxseekVersion === version))
        ledger.#notes.set(note.series, note);
    }
    return ledger;
  }

  noteOf(series: string): SeriesNote | undefined {
    return this.#notes.get(series);
  }

  /** @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE */
  async add(note: Omit<SeriesNote, 'server' | 'voxseekVersion'>): Promise<void> {
    const whole = { server: this.#server, ...note, voxseekVersion: version };
    this.#notes.set(note.series, whole);
    // The line break comes first: the line before may have been cut off by a crash.
    await appendFile(this.#path, `\n${JSON.stringify(whole)}`).catch((error: unknown) => {
      throw fromWriteError(error, this.#path);
    });
  }
}

function parseNote(line: string): SeriesNote | undefined {
  try {
    return seriesNote.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
