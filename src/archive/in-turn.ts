import { VoxseekError } from '../errors.js';

/** A place in the order of those who pass one stage. */
export interface Turn {
  /**
   * Waits until all who came before have passed; at once where it has come already, whatever the signal says.
   *
   * @throws VoxseekError INTERRUPTED
   */
  come(signal: AbortSignal): Promise<void>;
  /** Lets the next one come, once all before have passed. Calling it again does nothing. */
  pass(): void;
}

/** A stage that is passed one by one, in the order of {@link InTurn.next}. */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve();

  next(): Turn {
    const before = this.#last;
    let pass: () => void = () => {};
    const passed = new Promise<void>((resolve) => {
      pass = resolve;
    });
    this.#last = Promise.all([before, passed]);
    let hasCome = false;
    const come = async (signal: AbortSignal) => {
      if (hasCome) return;
      await orInterrupted(before, signal);
      hasCome = true;
    };
    return { come, pass };
  }
}

/** @throws VoxseekError INTERRUPTED as soon as the signal is aborted */
export function orInterrupted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const interrupt = () => reject(new VoxseekError('INTERRUPTED', 'stopped before the volume was stored'));
    if (signal.aborted) {
      // Nobody else looks at what becomes of it.
      promise.catch(() => {});
      interrupt();
      return;
    }
    signal.addEventListener('abort', interrupt, { once: true });
    const settled = () => signal.removeEventListener('abort', interrupt);
    promise.then(
      (value) => {
        settled();
        resolve(value);
      },
      (error: unknown) => {
        settled();
        reject(error);
      },
    );
  });
}
