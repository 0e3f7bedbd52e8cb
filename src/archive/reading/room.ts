import { VoxseekError } from '../../errors.js';

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/**
 * Bounds how many volumes are in memory at the same time, by their number and by their bytes; a volume that is
 * larger than that comes in when it is alone. In the order in which they ask.
 */
export class Room {
  readonly #places: number;
  readonly #bytes: number;
  readonly #waiting: Waiting[] = [];
  #usedPlaces = 0;
  #usedBytes = 0;
  #most = 0;

  constructor(places: number, bytes: number) {
    this.#places = places;
    this.#bytes = bytes;
  }

  /** The largest number of volumes that were in at the same time. */
  get most(): number {
    return this.#most;
  }

  /**
   * @returns to be called when the volume is out; calling it again does nothing.
   * @throws VoxseekError INTERRUPTED
   */
  async enter(bytes: number, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw interrupted();
    if (this.#waiting.length > 0 || !this.#fits(bytes)) await this.#wait(bytes, signal);
    else this.#take(bytes);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.#usedPlaces--;
      this.#usedBytes -= bytes;
      this.#letIn();
    };
  }

  #fits(bytes: number): boolean {
    if (this.#usedPlaces === 0) return true;
    return this.#usedPlaces < this.#places && this.#usedBytes + bytes <= this.#bytes;
  }

  #take(bytes: number): void {
    this.#usedPlaces++;
    this.#usedBytes += bytes;
    this.#most = Math.max(this.#most, this.#usedPlaces);
  }

  #letIn(): void {
    while (this.#waiting.length > 0 && this.#fits(this.#waiting[0]!.bytes)) {
      const { bytes, enter } = this.#waiting.shift()!;
      this.#take(bytes);
      enter();
    }
  }

  #wait(bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(interrupted());
        this.#letIn();
      };
      const enter = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const waiting: Waiting = { bytes, enter };
      this.#waiting.push(waiting);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}

function interrupted(): VoxseekError {
  return new VoxseekError('INTERRUPTED', 'stopped before a volume was read');
}
