import type { Volume } from '../volume/volume.js';
import type { ViewableImage } from './viewable-image.js';

export interface VolumeCacheLimits {
  /** Bytes of voxels that are kept; default 1 GiB. A larger volume is read, but not kept. */
  readonly bytes?: number;
  /** Volumes that are read at the same time; default 2. */
  readonly readers?: number;
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
  readonly #waiting: (() => void)[] = [];
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
  async volume(hash: string, source: ViewableImage['source']): Promise<Volume> {
    const kept = this.#kept.get(hash);
    if (kept !== undefined) {
      this.#kept.delete(hash);
      this.#kept.set(hash, kept);
      return kept;
    }
    let reading = this.#reading.get(hash);
    if (reading === undefined) {
      reading = this.#read(hash, source).finally(() => this.#reading.delete(hash));
      this.#reading.set(hash, reading);
    }
    return reading;
  }

  async #read(hash: string, source: ViewableImage['source']): Promise<Volume> {
    if (this.#active >= this.#readers) await new Promise<void>((wake) => this.#waiting.push(wake));
    else this.#active++;
    try {
      const volume = await source.read();
      this.#keep(hash, volume);
      return volume;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#active--;
      // Its place goes over to the next one.
      else next();
    }
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
