import { setTimeout as sleep } from 'node:timers/promises';
import type { Archive } from '../../archive/archive.js';
import type { VolumeRecord } from '../../archive/records.js';
import { thumbnailQuery } from '../schemas.js';
import { archivedImage } from './archived-viewable.js';
import type { Pictures } from './pictures.js';

export interface AheadTiming {
  /** Milliseconds after which it is looked again whether it may go on, or whether the archive has changed. */
  readonly betweenMs: number;
}

const defaultTiming: AheadTiming = { betweenMs: 2000 };

/**
 * Makes the thumbnails of lists before anybody asks for them: the first one of a volume takes as long as reading it.
 * One at a time, while the server has nothing else to do; volumes that are added later, by whomever, get theirs too.
 */
export class ThumbnailsAhead {
  readonly #archive: Archive;
  readonly #pictures: Pictures;
  readonly #mayWork: () => boolean;
  readonly #timing: AheadTiming;
  readonly #closing = new AbortController();
  /** Image hashes of those that are made, and of those that cannot be. */
  readonly #done = new Set<string>();
  #working: Promise<void> | undefined;

  /** @param mayWork whether nobody wants anything else of the server now. */
  constructor(archive: Archive, pictures: Pictures, mayWork: () => boolean, timing = defaultTiming) {
    this.#archive = archive;
    this.#pictures = pictures;
    this.#mayWork = mayWork;
    this.#timing = timing;
  }

  start(): void {
    this.#working ??= this.#work();
  }

  /** Ends when the one that is being made is done. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const next = this.#mayWork() ? await this.#next() : undefined;
      if (next === undefined) {
        await sleep(this.#timing.betweenMs, undefined, { signal, ref: false }).catch(() => {});
        continue;
      }
      this.#done.add(next.imageHash);
      // What is wrong with it is told to whoever asks for it.
      await this.#make(next).catch(() => {});
    }
  }

  async #next(): Promise<VolumeRecord | undefined> {
    const volumes = await this.#archive.volumes().catch(() => []);
    return volumes.find(({ imageHash }) => !this.#done.has(imageHash));
  }

  async #make(record: VolumeRecord): Promise<void> {
    const { size } = thumbnailQuery.parse({});
    await this.#pictures.thumbnail(archivedImage(record), undefined, size, 'ahead').make();
  }
}
