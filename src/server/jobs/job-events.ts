import type { JobQueue } from './job-queue.js';

export interface EventTiming {
  /** Milliseconds between two events at least: changes in between become one. */
  readonly betweenMs: number;
  /** Milliseconds without an event after which a comment shows that the connection lives. */
  readonly heartbeatMs: number;
}

const defaultTiming: EventTiming = { betweenMs: 200, heartbeatMs: 15_000 };

/**
 * The changes of one job as server-sent events (WHATWG HTML 9.2): its state now, then after each change, and no
 * more after it has ended. Every event is the whole job, so nothing is lost where some are left out.
 *
 * @param signal of a client that may go away.
 * @throws VoxseekError JOB_UNKNOWN
 */
export async function* jobEvents(
  jobs: JobQueue,
  id: string,
  signal: AbortSignal,
  { betweenMs, heartbeatMs }: EventTiming = defaultTiming,
): AsyncGenerator<string, void> {
  const changes = new Changes(signal);
  const leave = jobs.watch(id, () => changes.note());
  try {
    for (;;) {
      changes.clear();
      const job = jobs.job(id);
      yield `event: job\ndata: ${JSON.stringify(job)}\n\n`;
      if (job.endedAt !== null) return;
      await changes.sleep(betweenMs);
      while (!(await changes.within(heartbeatMs))) {
        if (signal.aborted) return;
        yield ': still here\n\n';
      }
      if (signal.aborted) return;
    }
  } finally {
    leave();
    changes.close();
  }
}

/** Whether something has changed, for one who waits for it. */
class Changes {
  readonly #signal: AbortSignal;
  #isChanged = false;
  #wake: (() => void) | undefined;

  readonly #onAbort = () => this.#wake?.();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  note(): void {
    this.#isChanged = true;
    this.#wake?.();
  }

  clear(): void {
    this.#isChanged = false;
  }

  /** @returns whether there was a change, at once where there was one before. */
  async within(ms: number): Promise<boolean> {
    if (!this.#isChanged && !this.#signal.aborted) await this.#wait(ms);
    return this.#isChanged || this.#signal.aborted;
  }

  /** Waits though there may be changes, unless the client is gone. */
  async sleep(ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (let left = ms; left > 0 && !this.#signal.aborted; left = until - performance.now())
      await this.#wait(left);
  }

  async #wait(ms: number): Promise<void> {
    await new Promise<void>((wake) => {
      const timer = setTimeout(wake, ms);
      this.#wake = () => {
        clearTimeout(timer);
        wake();
      };
    });
    this.#wake = undefined;
  }
}
