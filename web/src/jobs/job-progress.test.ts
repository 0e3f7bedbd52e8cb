import { describe, expect, it } from 'vitest';
import type { Job } from '../../../src/server/schemas.js';
import { hasEnded, jobFacts, shareDone } from './job-progress.js';

const job = (changes: Partial<Omit<Job, 'progress'>> & { progress?: Partial<Job['progress']> }): Job => ({
  id: 'j',
  kind: 'ingest',
  state: 'running',
  createdAt: '2026-01-01T00:00:00.000Z',
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: null,
  volumes: [],
  duplicates: [],
  failures: [],
  error: null,
  ...changes,
  progress: { done: 0, total: 2, slices: 0, slicesPerSecond: null, secondsLeft: null, ...changes.progress },
});

describe('shareDone', () => {
  it('goes by slices where their rate is known', () => {
    expect(shareDone(job({ progress: { slices: 30, slicesPerSecond: 10, secondsLeft: 9 } }))).toBe(0.25);
  });

  it('goes by volumes else, and is whole at the end', () => {
    expect(shareDone(job({ progress: { done: 1 } }))).toBe(0.5);
    expect(shareDone(job({ progress: { total: 0 } }))).toBe(0);
    expect(shareDone(job({ state: 'done', progress: { done: 1 } }))).toBe(1);
  });
});

describe('jobFacts', () => {
  it('tells how far a job is and how long it will take', () => {
    const progress = { done: 1, slices: 1234, slicesPerSecond: 36.4, secondsLeft: 75 };
    expect(jobFacts(job({ progress }))).toBe('1 of 2 volumes, 1,234 slices, 36 slices/s, 1 min 15 s left');
    expect(jobFacts(job({ state: 'waiting', startedAt: null, progress: { total: 1 } }))).toBe(
      '1 volume to add',
    );
  });

  it('tells what became of it', () => {
    const ended = {
      state: 'done' as const,
      endedAt: '2026-01-01T00:00:04.400Z',
      volumes: ['a'],
      duplicates: [{ id: 'b', of: 'c' }],
      failures: [{ id: 'd', code: 'VOLUME_CORRUPT', message: '' }],
    };
    expect(jobFacts(job(ended))).toBe('1 volume added, 1 there already, 1 failed, in 4 s');
    expect(jobFacts(job({ state: 'cancelled', startedAt: null, endedAt: ended.endedAt }))).toBe(
      '0 volumes added',
    );
  });
});

describe('hasEnded', () => {
  it.each([
    ['waiting', false],
    ['running', false],
    ['done', true],
    ['failed', true],
    ['cancelled', true],
  ] as const)('%s: %s', (state, expected) => {
    expect(hasEnded(job({ state }))).toBe(expected);
  });
});
