import { setImmediate } from 'node:timers/promises';
import { type MessagePort, parentPort, type Transferable } from 'node:worker_threads';
import { hashFiles } from './hash-files.js';
import { type Answer, type Request, toPlainError } from './messages.js';
import { groupSlices, VolumeCutter } from './volume-cutter.js';

/** Reads volumes, cuts and prepares their slices, in a thread of its own: started by `reader-threads.ts`. */
const port: MessagePort = parentPort!;

/** The cutting that is under way, by its task. */
const cuttings = new Map<number, Cutting>();

port.on('message', (request: Request) => {
  switch (request.kind) {
    case 'hash':
      void answering(request.task, async () => {
        answer({ kind: 'hashed', task: request.task, hashes: await hashFiles(request.files) });
      });
      break;
    case 'cut': {
      const cutting = new Cutting(request);
      cuttings.set(request.task, cutting);
      void answering(request.task, () => cutting.run()).finally(() => cuttings.delete(request.task));
      break;
    }
    case 'taken':
      cuttings.get(request.task)?.goOn(request.values);
      break;
    case 'stop':
      cuttings.get(request.task)?.stop();
      break;
  }
});

function answer(message: Answer, transfer: readonly Transferable[] = []): void {
  port.postMessage(message, transfer);
}

async function answering(task: number, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    answer({ kind: 'failed', task, error: toPlainError(error) });
  }
}

/** Cuts one volume, as far ahead of who takes the groups as there is room. */
class Cutting {
  readonly #request: Request & { readonly kind: 'cut' };
  readonly #spare: Float32Array[] = [];
  #room = 0;
  #isStopped = false;
  #wake: () => void = () => {};

  constructor(request: Request & { readonly kind: 'cut' }) {
    this.#request = request;
  }

  async run(): Promise<void> {
    const { task, source, plan, aheadBytes } = this.#request;
    const cutter = await VolumeCutter.open(source, plan);
    answer({ kind: 'opened', task, cut: cutter.cut });
    const length = groupSlices * cutter.cut.valuesPerSlice;
    this.#room += Math.max(2, Math.floor(aheadBytes / (length * Float32Array.BYTES_PER_ELEMENT)));
    while (!cutter.isDone) {
      // Messages come in between groups only.
      await setImmediate();
      if (this.#room === 0 && !this.#isStopped) {
        await new Promise<void>((wake) => {
          this.#wake = wake;
        });
      }
      if (this.#isStopped) {
        cutter.discard();
        answer({ kind: 'stopped', task });
        return;
      }
      this.#room--;
      const group = cutter.next(this.#spare.pop() ?? new Float32Array(length));
      answer({ kind: 'group', task, group, isLast: cutter.isDone }, [group.values.buffer as ArrayBuffer]);
    }
  }

  goOn(values: Float32Array): void {
    this.#room++;
    this.#spare.push(values);
    this.#wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }
}
