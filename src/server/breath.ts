import { setImmediate } from 'node:timers/promises';

/** Work in the process of the server must not keep its clients waiting longer than this at a time. */
const longestMs = 20;

/** Lets other work of the process have its turn now and then. */
export class Breath {
  #since = performance.now();

  /** To be awaited between steps that take a few milliseconds each. */
  async take(): Promise<void> {
    if (performance.now() - this.#since < longestMs) return;
    await setImmediate();
    this.#since = performance.now();
  }
}
