import { randomUUID } from 'node:crypto';
import { VoxseekError } from '../../errors.js';
import { problemOf } from '../http/problem.js';
import type { Job, JobRequest } from '../schemas.js';

export interface JobLimits {
  /** Jobs that wait for the one that runs; those beyond are refused. */
  readonly waiting: number;
  /** Jobs that are remembered after they ended; the oldest are forgotten. */
  readonly history: number;
}

export const defaultJobLimits: JobLimits = { waiting: 16, history: 100 };

/** What the work of a job tells of itself. */
export type JobReport = Partial<Pick<Job, 'progress' | 'volumes' | 'duplicates' | 'failures'>>;

/** A job before its turn has come; {@link release} is called once, whatever becomes of it. */
export interface JobWork {
  /** How many images there are. */
  readonly total: number;
  /**
   * @param report may be called as often as there is something new.
   * @param signal tells it to stop; what is finished then is kept.
   * @throws what makes the job fail
   */
  readonly run: (report: (news: JobReport) => void, signal: AbortSignal) => Promise<void>;
  readonly release: () => Promise<void>;
}

interface QueuedJob {
  job: Job;
  readonly work: JobWork;
  readonly stop: AbortController;
  readonly watchers: Set<() => void>;
}

/** Work that takes longer than a request: one at a time, in the order in which it came. */
export class JobQueue {
  readonly #limits: JobLimits;
  /** In the order in which they came. */
  readonly #jobs = new Map<string, QueuedJob>();
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(limits: JobLimits = defaultJobLimits) {
    this.#limits = limits;
  }

  /** @throws VoxseekError SERVER_BUSY; the work is not released then */
  add(kind: JobRequest['kind'], work: JobWork): Job {
    const waiting = [...this.#jobs.values()].filter(({ job }) => job.state === 'waiting').length;
    if (waiting >= this.#limits.waiting || this.#isClosed) {
      throw new VoxseekError(
        'SERVER_BUSY',
        this.#isClosed ? 'it is stopping' : `${waiting} jobs wait already`,
      );
    }
    const job: Job = {
      id: randomUUID(),
      kind,
      state: 'waiting',
      createdAt: new Date().toISOString(),
      startedAt: null,
      endedAt: null,
      progress: { done: 0, total: work.total, slices: 0, slicesPerSecond: null, secondsLeft: null },
      volumes: [],
      duplicates: [],
      failures: [],
      error: null,
    };
    this.#jobs.set(job.id, { job, work, stop: new AbortController(), watchers: new Set() });
    this.#runNext();
    return this.job(job.id);
  }

  /** Whether a job runs. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** The newest first. */
  list(): Job[] {
    return [...this.#jobs.values()].map(({ job }) => job).reverse();
  }

  /** @throws VoxseekError JOB_UNKNOWN */
  job(id: string): Job {
    return this.#queued(id).job;
  }

  /**
   * @param onChange called after each change, until the watcher leaves.
   * @returns what makes it leave.
   * @throws VoxseekError JOB_UNKNOWN
   */
  watch(id: string, onChange: () => void): () => void {
    const { watchers } = this.#queued(id);
    watchers.add(onChange);
    return () => void watchers.delete(onChange);
  }

  /**
   * Stops a job; what it has finished is kept. One that has ended stays as it is. One that runs ends a moment
   * later, for what it is at cannot always be left at once.
   *
   * @throws VoxseekError JOB_UNKNOWN
   */
  async cancel(id: string): Promise<Job> {
    const queued = this.#queued(id);
    queued.stop.abort();
    if (queued.job.state === 'waiting') await this.#end(queued, { state: 'cancelled' });
    return queued.job;
  }

  /** Stops all jobs and takes no more; ends when the last one has. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const id of this.#jobs.keys()) await this.cancel(id);
    await this.#running;
  }

  #queued(id: string): QueuedJob {
    const queued = this.#jobs.get(id);
    if (queued === undefined) throw new VoxseekError('JOB_UNKNOWN', 'there is no such job', { subject: id });
    return queued;
  }

  #runNext(): void {
    if (this.#running !== undefined) return;
    const next = [...this.#jobs.values()].find(({ job }) => job.state === 'waiting');
    if (next === undefined) return;
    this.#running = this.#run(next).finally(() => {
      this.#running = undefined;
      this.#runNext();
    });
  }

  async #run(queued: QueuedJob): Promise<void> {
    const { work, stop } = queued;
    this.#change(queued, { state: 'running', startedAt: new Date().toISOString() });
    try {
      await work.run((news) => this.#change(queued, news), stop.signal);
      await this.#end(queued, { state: stop.signal.aborted ? 'cancelled' : 'done' });
    } catch (error) {
      const isCancelled = error instanceof VoxseekError && error.code === 'INTERRUPTED';
      await this.#end(
        queued,
        isCancelled ? { state: 'cancelled' } : { state: 'failed', error: problemOf(asFailure(error)) },
      );
    }
  }

  async #end(queued: QueuedJob, outcome: Pick<Job, 'state'> & Partial<Pick<Job, 'error'>>): Promise<void> {
    const progress = { ...queued.job.progress, secondsLeft: null };
    this.#change(queued, { ...outcome, progress, endedAt: new Date().toISOString() });
    const ended = [...this.#jobs.values()].filter(({ job }) => job.endedAt !== null);
    for (const { job } of ended.slice(0, -this.#limits.history)) this.#jobs.delete(job.id);
    // What it held is of no use to anybody; a folder that cannot be removed is tried again when the server stops.
    await queued.work.release().catch(() => {});
  }

  #change(queued: QueuedJob, news: Partial<Job>): void {
    queued.job = { ...queued.job, ...news };
    for (const watcher of queued.watchers) watcher();
  }
}

/** Of a defect its message is told: whoever sees the job is whom the server works for. */
function asFailure(error: unknown): VoxseekError {
  if (error instanceof VoxseekError) return error;
  return new VoxseekError('INTERNAL', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
