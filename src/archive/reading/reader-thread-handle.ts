import { type Transferable, Worker } from 'node:worker_threads';
import { VoxseekError } from '../../errors.js';
import { type Answer, fromPlainError, type Request } from './messages.js';

/** What is told of one task of a reader thread. */
export interface TaskListener {
  /** The file or series, for errors. */
  readonly subject: string;
  readonly onAnswer: (answer: Answer) => void;
  /** Told once, and nothing after it. */
  readonly onFailure: (error: Error) => void;
}

/** The thread as a file: compiled, or (where the sources are run) TypeScript, which takes tsx to read. */
function startThread(): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  const thread = new URL(isSource ? './reader-thread.ts' : './reader-thread.js', import.meta.url);
  if (!isSource) return new Worker(thread);
  // Node 20 does not hand loaders on to threads.
  const loader = import.meta.resolve('tsx/esm/api');
  const start = `import(${JSON.stringify(loader)}).then(({ register }) => {
    register();
    return import(${JSON.stringify(thread.href)});
  });`;
  return new Worker(start, { eval: true });
}

/** A reader thread, seen from the thread that started it. */
export class ReaderThread {
  readonly #worker: Worker;
  readonly #listeners = new Map<number, TaskListener>();
  #isAlive = true;
  #nextTask = 0;

  constructor() {
    this.#worker = startThread();
    this.#worker.on('message', (answer: Answer) => this.#hear(answer));
    this.#worker.on('error', (error) => this.#die(error.message));
    this.#worker.on('exit', () => this.#die('without a word'));
  }

  /** A thread that is not has ended all its tasks with an error. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Tasks that are under way. */
  get load(): number {
    return this.#listeners.size;
  }

  /** Begins a task, of which `listener` is told until {@link end}. */
  begin(listener: TaskListener): number {
    const task = this.#nextTask++;
    this.#listeners.set(task, listener);
    return task;
  }

  end(task: number): void {
    this.#listeners.delete(task);
  }

  send(request: Request, transfer: readonly Transferable[] = []): void {
    if (this.#isAlive) this.#worker.postMessage(request, transfer);
  }

  async close(): Promise<void> {
    this.#isAlive = false;
    await this.#worker.terminate();
  }

  #hear(answer: Answer): void {
    const listener = this.#listeners.get(answer.task);
    if (answer.kind !== 'failed') listener?.onAnswer(answer);
    else {
      this.end(answer.task);
      listener?.onFailure(fromPlainError(answer.error));
    }
  }

  #die(how: string): void {
    this.#isAlive = false;
    const listeners = [...this.#listeners.values()];
    this.#listeners.clear();
    for (const { subject, onFailure } of listeners) {
      onFailure(
        new VoxseekError('INTERNAL', `the thread that read it ended (${how})`, {
          subject,
          advice: 'If memory is short, ingest it again by itself; otherwise report it.',
        }),
      );
    }
  }
}
