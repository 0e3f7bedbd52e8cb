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
 * `later`: for a small picture among many; it waits for those that somebody wants to look at now, and leaves one
 * place to them. `ahead`: nobody
 * has asked; it takes no place of those that are read for somebody, neither among the readers nor in memory.
 */
export type Urgency = 'now' | 'later' | 'ahead';

type Readable = Pick<ImageSource, 'read'>;

/** A reading whose turn has not come. */
interface Waiter {
  urgency: Urgency;
  readonly start: (place: Place) => void;
}

/** What a reading counts as from its start to its end. */
type Place = 'now' | 'later';

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
  readonly #active: Record<Place, number> = { now: 0, later: 0 };

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
      if (waiter !== undefined) {
        waiter.urgency = 'now';
        this.#startWaiting();
      }
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
    const place = this.#hasPlace(urgency)
      ? this.#take(urgency)
      : await new Promise<Place>((start) => this.#waiting.set(hash, { urgency, start }));
    try {
      const volume = await source.read();
      this.#keep(hash, volume);
      return volume;
    } finally {
      this.#active[place]--;
      this.#startWaiting();
    }
  }

  #hasPlace(urgency: Urgency): boolean {
    const { now, later } = this.#active;
    if (now + later >= this.#readers) return false;
    // A reading that has begun cannot be put off any more: none begins beside one that somebody waits for, and one
    // place is kept for the next who looks at something.
    return urgency === 'now' || (now === 0 && later < Math.max(1, this.#readers - 1));
  }

  #take(urgency: Urgency): Place {
    const place = urgency === 'now' ? 'now' : 'later';
    this.#active[place]++;
    return place;
  }

  /** A free place goes to the next reading, if there is one that may have it. */
  #startWaiting(): void {
    const waiting = [...this.#waiting];
    const next = waiting.find(([, { urgency }]) => urgency === 'now') ?? waiting[0];
    if (next === undefined || !this.#hasPlace(next[1].urgency)) return;
    const [hash, { urgency, start }] = next;
    this.#waiting.delete(hash);
    start(this.#take(urgency));
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
