import { VoxseekError } from '../../errors.js';

export interface SearchLimits {
  /** Searches that run at the same time; each keeps one or more cores busy. */
  readonly running: number;
  /** Searches that wait for one of these to end; those beyond are refused. */
  readonly waiting: number;
}

export const defaultSearchLimits: SearchLimits = { running: 2, waiting: 64 };

interface Waiter {
  readonly start: () => void;
}

/** Lets a few searches run at once and some wait, first come, first served, and refuses the rest. */
export class SearchQueue {
  readonly #limits: SearchLimits;
  readonly #waiting = new Set<Waiter>();
  #running = 0;

  constructor(limits: SearchLimits = defaultSearchLimits) {
    this.#limits = limits;
  }

  /**
   * @param signal of a client that may go away: one that waits gives its place to the next.
   * @throws VoxseekError SERVER_BUSY, INTERRUPTED, and what the work throws
   */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#place(signal);
    try {
      return await work();
    } finally {
      // The place goes on to the next one rather than being free for a moment, in which a newcomer could take it.
      const [next] = this.#waiting;
      if (next === undefined) this.#running--;
      else next.start();
    }
  }

  async #place(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw interrupted();
    if (this.#running < this.#limits.running) {
      this.#running++;
      return;
    }
    if (this.#waiting.size >= this.#limits.waiting) {
      throw new VoxseekError(
        'SERVER_BUSY',
        `${this.#running + this.#waiting.size} searches are in work already`,
      );
    }
    await new Promise<void>((accept, reject) => {
      const leave = () => {
        this.#waiting.delete(waiter);
        reject(interrupted());
      };
      const waiter: Waiter = {
        start: () => {
          this.#waiting.delete(waiter);
          signal.removeEventListener('abort', leave);
          accept();
        },
      };
      this.#waiting.add(waiter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}

function interrupted(): VoxseekError {
  return new VoxseekError('INTERRUPTED', 'the client went away');
}
