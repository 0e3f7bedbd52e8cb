import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { VoxseekError } from '../../errors.js';
import { type Cutting, cutHere, cutIn } from './cutting.js';
import { hashFiles } from './hash-files.js';
import type { HashedFiles, Hashes } from './messages.js';
import { ReaderThread } from './reader-thread-handle.js';
import { Room } from './room.js';
import type { CuttingPlan, CuttingSource } from './volume-cutter.js';
import { voxelBytes } from './voxel-bytes.js';

/** Threads that read; more of them than this wait for the disk. */
const mostThreads = 4;
/** Voxels that may be in memory at the same time, besides a single volume that is larger. */
const heldBytes = 512 << 20;
/** What is smaller is read in the thread that asks: to start another one takes longer. */
const smallVolumeBytes = 4 << 20;
const smallFileBytes = 1 << 20;

/**
 * Reads volumes ahead of the encoder: hashing, decompression, cutting and preparing in threads of their own, which
 * are started when the first large volume comes. Bounds the volumes that are in memory at the same time.
 */
export class VolumeReaders {
  readonly #threads: ReaderThread[] = [];
  readonly #room: Room;
  readonly #threadCount: number;
  #isClosed = false;

  constructor(threads: number = Math.min(mostThreads, availableParallelism())) {
    this.#threadCount = threads;
    this.#room = new Room(threads, heldBytes);
  }

  /** Volumes that can be read at the same time. */
  get threadCount(): number {
    return this.#threadCount;
  }

  /** @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE, INTERNAL (the thread ended), INTERRUPTED (closed) */
  async hash(files: HashedFiles): Promise<Hashes> {
    const size = await stat(files.image).then(
      (status) => status.size,
      () => 0,
    );
    if (size <= smallFileBytes && files.companions.length <= 2) return hashFiles(files);
    const thread = this.#leastBusy();
    return new Promise((resolve, reject) => {
      const task = thread.begin({
        subject: files.image,
        onAnswer: (answer) => {
          thread.end(task);
          if (answer.kind === 'hashed') resolve(answer.hashes);
        },
        onFailure: reject,
      });
      thread.send({ kind: 'hash', task, files });
    });
  }

  /**
   * Waits for room in memory.
   *
   * @param expectedBytes about how many bytes of memory the volume will take; of a file its header says it.
   * @returns begins to read; to be called once. What holds the room is let go with the volume.
   * @throws VoxseekError INTERRUPTED
   */
  async enter(path: string, signal: AbortSignal, expectedBytes?: number): Promise<ReservedPlace> {
    const bytes = expectedBytes ?? (await voxelBytes(path));
    if (bytes <= smallVolumeBytes) return { cut: cutHere, leave: () => {} };
    const leave = await this.#room.enter(bytes, signal);
    return {
      cut: async (source, plan) => cutIn(this.#leastBusy(), source, plan, leave),
      leave,
    };
  }

  /** Ends the threads; what they were asked for is never answered. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#threads.splice(0).map((thread) => thread.close()));
  }

  #leastBusy(): ReaderThread {
    if (this.#isClosed) throw new VoxseekError('INTERRUPTED', 'stopped before a volume was read');
    this.#threads.splice(0, this.#threads.length, ...this.#threads.filter(({ isAlive }) => isAlive));
    const idle = this.#threads.find(({ load }) => load === 0);
    if (idle) return idle;
    if (this.#threads.length < this.#threadCount) {
      const thread = new ReaderThread();
      this.#threads.push(thread);
      return thread;
    }
    return this.#threads.reduce((best, thread) => (thread.load < best.load ? thread : best));
  }
}

/** Room in memory for one volume. */
export interface ReservedPlace {
  /** @throws VoxseekError what reading and cutting throws; INTERNAL where the thread ended */
  readonly cut: (source: CuttingSource, plan: CuttingPlan) => Promise<Cutting>;
  /** To be called where nothing was read, or reading failed. */
  readonly leave: () => void;
}
