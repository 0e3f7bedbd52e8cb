import { describe, expect, it } from 'vitest';
import { errorOf } from '../../../tests/error-of.js';
import { VoxseekError } from '../../errors.js';
import type { Job } from '../schemas.js';
import { jobEvents } from './job-events.js';
import { JobQueue, type JobReport, type JobWork } from './job-queue.js';

const present = new AbortController().signal;

/** Work that the test leads: it reports, and ends well or badly, when the test says so. */
class LedWork implements JobWork {
  readonly total = 4;
  released = 0;
  isStarted = false;
  report: (news: JobReport) => void = () => {};
  end: () => void = () => {};
  fail: (error: unknown) => void = () => {};

  run(report: (news: JobReport) => void, signal: AbortSignal): Promise<void> {
    this.isStarted = true;
    this.report = report;
    return new Promise((accept, reject) => {
      this.end = accept;
      this.fail = reject;
      signal.addEventListener('abort', () => accept());
    });
  }

  async release(): Promise<void> {
    this.released++;
  }
}

const settled = () => new Promise((done) => setTimeout(done, 5));
const progress = (slices: number): JobReport => ({
  progress: { done: 1, total: 4, slices, slicesPerSecond: 10, secondsLeft: 3 },
});

async function states(events: AsyncIterable<string>): Promise<Job[]> {
  const jobs: Job[] = [];
  for await (const event of events) {
    if (event.startsWith(':')) continue;
    const [kind, data, ...end] = event.split('\n');
    expect([kind, ...end]).toEqual(['event: job', '', '']);
    jobs.push(JSON.parse(data!.slice('data: '.length)) as Job);
  }
  return jobs;
}

describe('JobQueue', () => {
  it('runs one at a time, in the order in which they came', async () => {
    const queue = new JobQueue();
    const [a, b] = [new LedWork(), new LedWork()];
    const first = queue.add('ingest', a);
    const second = queue.add('ingest', b);
    expect(queue.list().map(({ id, state }) => [id, state])).toEqual([
      [second.id, 'waiting'],
      [first.id, 'running'],
    ]);
    expect(b.isStarted).toBe(false);
    a.report({ volumes: ['v'] });
    a.end();
    await settled();
    expect(queue.job(first.id)).toMatchObject({ state: 'done', volumes: ['v'], error: null });
    expect(a.released).toBe(1);
    expect(queue.job(second.id).state).toBe('running');
    b.end();
    await settled();
    expect(queue.job(second.id).state).toBe('done');
  });

  it('tells when it was made, began and ended', async () => {
    const queue = new JobQueue();
    const work = new LedWork();
    const { id, createdAt, startedAt, endedAt } = queue.add('ingest', work);
    expect([Date.parse(createdAt) > 0, Date.parse(startedAt!) >= Date.parse(createdAt), endedAt]).toEqual([
      true,
      true,
      null,
    ]);
    work.end();
    await settled();
    expect(Date.parse(queue.job(id).endedAt!)).toBeGreaterThanOrEqual(Date.parse(startedAt!));
  });

  it('fails with a problem where the work throws, and goes on with the next', async () => {
    const queue = new JobQueue();
    const [a, b, c] = [new LedWork(), new LedWork(), new LedWork()];
    const [full, defect, fine] = [a, b, c].map((work) => queue.add('ingest', work));
    a.fail(new VoxseekError('STORAGE_FULL', 'no space left on the device', { subject: '/data/archive' }));
    await settled();
    expect(queue.job(full!.id)).toMatchObject({
      state: 'failed',
      error: { code: 'STORAGE_FULL', status: 507, subject: null, detail: 'no space left on the device.' },
    });
    b.fail(new TypeError('x is not a function'));
    await settled();
    expect(queue.job(defect!.id)).toMatchObject({
      state: 'failed',
      error: { code: 'INTERNAL', status: 500 },
    });
    c.end();
    await settled();
    expect(queue.job(fine!.id).state).toBe('done');
    expect([a, b, c].map(({ released }) => released)).toEqual([1, 1, 1]);
  });

  it('cancels what runs and what waits; what has ended stays', async () => {
    const queue = new JobQueue();
    const [a, b] = [new LedWork(), new LedWork()];
    const [running, waiting] = [a, b].map((work) => queue.add('ingest', work));
    expect((await queue.cancel(waiting!.id)).state).toBe('cancelled');
    expect([b.isStarted, b.released]).toEqual([false, 1]);
    await queue.cancel(running!.id);
    await settled();
    expect(queue.job(running!.id)).toMatchObject({ state: 'cancelled', error: null });
    const done = new LedWork();
    const { id } = queue.add('ingest', done);
    done.end();
    await settled();
    expect((await queue.cancel(id)).state).toBe('done');
    expect([a, b, done].map(({ released }) => released)).toEqual([1, 1, 1]);
  });

  it('refuses what is too much, and does not release what it did not take', async () => {
    const queue = new JobQueue({ waiting: 1, history: 10 });
    const works = [new LedWork(), new LedWork(), new LedWork()];
    queue.add('ingest', works[0]!);
    queue.add('ingest', works[1]!);
    expect((await errorOf((async () => queue.add('ingest', works[2]!))())).code).toBe('SERVER_BUSY');
    expect(works[2]!.released).toBe(0);
    await queue.close();
    expect((await errorOf((async () => queue.add('ingest', works[2]!))())).code).toBe('SERVER_BUSY');
  });

  it('remembers so many that have ended', async () => {
    const queue = new JobQueue({ waiting: 10, history: 3 });
    const added: string[] = [];
    for (let i = 0; i < 5; i++) {
      const work = new LedWork();
      added.push(queue.add('ingest', work).id);
      work.end();
      await settled();
    }
    expect(queue.list().map(({ id }) => id)).toEqual(added.slice(2).reverse());
    expect((await errorOf((async () => queue.job(added[0]!))())).code).toBe('JOB_UNKNOWN');
  });

  it('stops everything when it is closed', async () => {
    const queue = new JobQueue();
    const works = [new LedWork(), new LedWork()];
    const ids = works.map((work) => queue.add('ingest', work).id);
    await queue.close();
    expect(ids.map((id) => queue.job(id).state)).toEqual(['cancelled', 'cancelled']);
    expect(works.map(({ released }) => released)).toEqual([1, 1]);
  });
});

describe('jobEvents', () => {
  it('tells the state now, after changes, and the end, and then no more', async () => {
    const queue = new JobQueue();
    const work = new LedWork();
    const { id } = queue.add('ingest', work);
    const seen = states(jobEvents(queue, id, present, { betweenMs: 1, heartbeatMs: 1000 }));
    await settled();
    work.report(progress(7));
    await settled();
    work.end();
    const jobs = await seen;
    expect(jobs.map(({ state, progress: { slices } }) => [state, slices])).toEqual([
      ['running', 0],
      ['running', 7],
      ['done', 7],
    ]);
    expect(await states(jobEvents(queue, id, present))).toEqual([jobs.at(-1)]);
  });

  it('makes one event of many changes, and the last one is never lost', async () => {
    const queue = new JobQueue();
    const work = new LedWork();
    const { id } = queue.add('ingest', work);
    const seen = states(jobEvents(queue, id, present));
    for (let slices = 1; slices <= 300; slices++) {
      work.report(progress(slices));
      await new Promise((done) => setTimeout(done, 2));
    }
    work.end();
    const jobs = await seen;
    expect(jobs.at(-1)).toMatchObject({ state: 'done', progress: { slices: 300 } });
    // The changes take at least 600 ms; two events are at least 200 ms apart.
    const seconds = (Date.parse(jobs.at(-1)!.endedAt!) - Date.parse(jobs[0]!.startedAt!)) / 1000;
    expect(jobs.length).toBeGreaterThan(2);
    expect(jobs.length).toBeLessThanOrEqual(5 * seconds + 3);
  });

  it('shows that it lives while nothing happens', async () => {
    const queue = new JobQueue();
    const work = new LedWork();
    const { id } = queue.add('ingest', work);
    const events = jobEvents(queue, id, present, { betweenMs: 1, heartbeatMs: 10 });
    const seen: string[] = [];
    for await (const event of events) {
      seen.push(event);
      if (seen.length === 3) work.end();
    }
    expect(seen.slice(1, 3)).toEqual([': still here\n\n', ': still here\n\n']);
    expect(seen.at(-1)).toContain('"state":"done"');
  });

  it('ends when the client goes away, and serves many at once', async () => {
    const queue = new JobQueue();
    const work = new LedWork();
    const { id } = queue.add('ingest', work);
    const leaving = new AbortController();
    const gone = states(jobEvents(queue, id, leaving.signal));
    const staying = Array.from({ length: 64 }, () =>
      states(jobEvents(queue, id, new AbortController().signal)),
    );
    await settled();
    leaving.abort();
    expect((await gone).map(({ state }) => state)).toEqual(['running']);
    work.end();
    for (const jobs of await Promise.all(staying)) expect(jobs.at(-1)!.state).toBe('done');
  });
});
