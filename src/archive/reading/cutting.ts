import type { ReaderThread } from './reader-thread-handle.js';
import {
  type CuttingPlan,
  type CuttingSource,
  type CutVolume,
  groupSlices,
  type PreparedGroup,
  VolumeCutter,
} from './volume-cutter.js';

/** The slices of one volume, as they are cut. */
export interface Cutting {
  readonly cut: CutVolume;
  /**
   * @returns the next group, undefined after the last one. Its values are to be used before the next one is asked for.
   * @throws VoxseekError what cutting throws
   */
  next(): Promise<PreparedGroup | undefined>;
  /** Nobody takes the rest; also to be called after the last group. */
  close(): void;
}

/** Cuts in this thread. */
export async function cutHere(source: CuttingSource, plan: CuttingPlan): Promise<Cutting> {
  const cutter = await VolumeCutter.open(source, plan);
  const values = new Float32Array(groupSlices * cutter.cut.valuesPerSlice);
  return {
    cut: cutter.cut,
    next: async () => (cutter.isDone ? undefined : cutter.next(values)),
    close: () => cutter.discard(),
  };
}

/** Memory for groups that were cut ahead of the encoder, for each volume that is being cut. */
const aheadBytes = 48 << 20;

/**
 * Cuts in another thread, ahead of who takes the groups.
 *
 * @param onRelease told once the volume is no longer in memory.
 */
export async function cutIn(
  thread: ReaderThread,
  source: CuttingSource,
  plan: CuttingPlan,
  onRelease: () => void,
): Promise<Cutting> {
  const groups: PreparedGroup[] = [];
  let taken: PreparedGroup | undefined;
  let isOver = false;
  let failure: Error | undefined;
  let wake: () => void = () => {};
  const over = () => {
    isOver = true;
    onRelease();
    wake();
  };
  let task = -1;
  const cut = await new Promise<CutVolume>((opened, refused) => {
    task = thread.begin({
      subject: source.kind === 'file' ? source.path : source.subject,
      onAnswer: (answer) => {
        if (answer.kind === 'opened') opened(answer.cut);
        if (answer.kind === 'group') {
          groups.push(answer.group);
          wake();
        }
        if (answer.kind === 'stopped' || (answer.kind === 'group' && answer.isLast)) {
          thread.end(task);
          over();
        }
      },
      onFailure: (error) => {
        failure = error;
        refused(error);
        over();
      },
    });
    // A volume that was read already is copied: whoever read it may go on using it.
    thread.send({ kind: 'cut', task, source, plan, aheadBytes });
  });
  return {
    cut,
    next: async () => {
      if (taken && !isOver) {
        thread.send({ kind: 'taken', task, values: taken.values }, [taken.values.buffer as ArrayBuffer]);
      }
      if (groups.length === 0 && !isOver) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      taken = groups.shift();
      if (taken === undefined && failure !== undefined) throw failure;
      return taken;
    },
    close: () => {
      if (!isOver) thread.send({ kind: 'stop', task });
    },
  };
}
