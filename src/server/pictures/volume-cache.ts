import type { ImageSource } from '../../volume/image-source.js';
import type { Volume } from '../../volume/volume.js';
import type { ViewableImage } from './viewable-image.js';

export interface VolumeCacheLimits {
  /** Bytes of voxels that are kept; default 1 GiB. A larger volume is read, but not kept. */
  readonly bytes?: number;
  /** Volumes that are read at the same time; default 2. */
  readonly readers?: number;
}

/**
 * `later`: for a small picture among many; it waits for those that somebody wants to look at now. `ahead`: nobody
 * has asked; it takes no place of those that are read for somebody, neither among the readers nor in memory.
 */
export type Urgency = 'now' | 'later' | 'ahead';

type Readable = Pick<ImageSource, 'read'>;

/** A reading whose turn has not come. */
interface Waiter {
  urgency: Urgency;
  readonly start: () => void;
}

/**
 * Volumes in memory, those looked at last. A volume is read once, however many ask for it meanwhile.
 */
export class VolumeCache {
  readonly #bytes: number;
  readonly #readers: number;
  /** In the order of their last use. */
  readonly #kept = new Map<string, Volume>();
  readonly #reading = new Map<string, Promise<Volume>>();
  /** Hashes of volumes that are being read and that somebody else has asked for meanwhile. */
  readonly #wanted = new Set<string>();
  /** By hash, in the order in which they came. */
  readonly #waiting = new Map<string, Waiter>();
  #keptBytes = 0;
  #active = 0;

  constructor({ bytes = 2 ** 30, readers = 2 }: VolumeCacheLimits = {}) {
    this.#bytes = bytes;
    this.#readers = readers;
  }

  /**
   * @param hash of the content: what is kept under it stays right for ever.
   * @throws what `source.read` throws; nothing is kept then.
   */
  async volume(hash: string, source: Readable, urgency: Urgency = 'now'): Promise<Volume> {
    const kept = this.#kept.get(hash);
    if (kept !== undefined) {
      this.#kept.delete(hash);
      this.#kept.set(hash, kept);
      return kept;
    }
    let reading = this.#reading.get(hash);
    if (reading === undefined) {
      const started = urgency === 'ahead' ? this.#readAhead(hash, source) : this.#read(hash, source, urgency);
      reading = started.finally(() => {
        this.#reading.delete(hash);
        this.#wanted.delete(hash);
      });
      this.#reading.set(hash, reading);
      return reading;
    }
    if (urgency !== 'ahead') this.#wanted.add(hash);
    if (urgency === 'now') {
      const waiter = this.#waiting.get(hash);
      if (waiter !== undefined) waiter.urgency = 'now';
    }
    return reading;
  }

  /** The source of an image, from which it is read only where it is not kept. */
  kept({ imageHash, source }: Pick<ViewableImage, 'imageHash' | 'source'>): ImageSource {
    return { ...source, read: () => this.volume(imageHash, source) };
  }

  async #readAhead(hash: string, source: Readable): Promise<Volume> {
    const volume = await source.read();
    if (this.#wanted.has(hash)) this.#keep(hash, volume);
    return volume;
  }

  async #read(hash: string, source: Readable, urgency: Urgency): Promise<Volume> {
    if (this.#active < this.#readers) this.#active++;
    else await new Promise<void>((start) => this.#waiting.set(hash, { urgency, start }));
    try {
      const volume = await source.read();
      this.#keep(hash, volume);
      return volume;
    } finally {
      this.#passOn();
    }
  }

  /** The place of a reading that has ended goes to the next one, if there is one. */
  #passOn(): void {
    const waiting = [...this.#waiting];
    const next = waiting.find(([, { urgency }]) => urgency === 'now') ?? waiting[0];
    if (next === undefined) {
      this.#active--;
      return;
    }
    const [hash, { start }] = next;
    this.#waiting.delete(hash);
    start();
  }

  #keep(hash: string, volume: Volume): void {
    if (volume.data.byteLength > this.#bytes) return;
    this.#kept.set(hash, volume);
    this.#keptBytes += volume.data.byteLength;
    for (const [oldest, { data }] of this.#kept) {
      if (this.#keptBytes <= this.#bytes) return;
      this.#kept.delete(oldest);
      this.#keptBytes -= data.byteLength;
    }
  }
}
