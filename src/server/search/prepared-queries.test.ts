import { describe, expect, it } from 'vitest';
import { errorOf } from '../../../tests/error-of.js';
import { VoxseekError } from '../../errors.js';
import type { Query } from '../../retrieval/query.js';
import { PreparedQueries } from './prepared-queries.js';

const present = new AbortController().signal;

function query(dimension = 4): Query {
  return { embeddings: new Float32Array(dimension), readMs: 5, encodeMs: 7 } as Partial<Query> as Query;
}

/** Ends with an error when it is stopped, else when the test says so. */
function preparation() {
  let finish = (_query: Query) => {};
  let calls = 0;
  let stopped = 0;
  return {
    finish: (made: Query) => finish(made),
    get calls() {
      return calls;
    },
    get stopped() {
      return stopped;
    },
    prepare: (signal: AbortSignal) => {
      calls++;
      return new Promise<Query>((accept, reject) => {
        finish = accept;
        signal.addEventListener('abort', () => {
          stopped++;
          reject(new VoxseekError('INTERRUPTED', 'stopped'));
        });
      });
    },
  };
}

describe('PreparedQueries', () => {
  it('prepares once for all who ask, and once only, at no cost of time for the later ones', async () => {
    const queries = new PreparedQueries();
    const one = preparation();
    const asked = [queries.query('k', one.prepare, present), queries.query('k', one.prepare, present)];
    one.finish(query());
    const [first, second] = await Promise.all(asked);
    const third = await queries.query('k', one.prepare, present);
    expect(one.calls).toBe(1);
    expect([first, second, third].map((made) => made!.encodeMs)).toEqual([7, 0, 0]);
    expect(third.embeddings).toBe(first!.embeddings);
  });

  it('goes on for those who stay where one client goes away', async () => {
    const queries = new PreparedQueries();
    const one = preparation();
    const leaving = new AbortController();
    const gone = queries.query('k', one.prepare, leaving.signal);
    const staying = queries.query('k', one.prepare, present);
    leaving.abort();
    expect((await errorOf(gone)).code).toBe('INTERRUPTED');
    expect(one.stopped).toBe(0);
    one.finish(query());
    expect((await staying).embeddings).toHaveLength(4);
  });

  it('stops where the last one goes away, and begins anew for the next', async () => {
    const queries = new PreparedQueries();
    const one = preparation();
    const leaving = new AbortController();
    const gone = queries.query('k', one.prepare, leaving.signal);
    leaving.abort();
    await errorOf(gone);
    expect(one.stopped).toBe(1);
    const next = queries.query('k', one.prepare, present);
    one.finish(query());
    expect((await next).encodeMs).toBe(7);
    expect(one.calls).toBe(2);
  });

  it('does not keep a failure', async () => {
    const queries = new PreparedQueries();
    const failing = () => Promise.reject(new VoxseekError('REGION_EMPTY', 'nothing there'));
    expect((await errorOf(queries.query('k', failing, present))).code).toBe('REGION_EMPTY');
    expect((await queries.query('k', async () => query(), present)).encodeMs).toBe(7);
  });

  it('forgets those used longest ago when there are too many bytes', async () => {
    const queries = new PreparedQueries();
    let calls = 0;
    const large = async () => {
      calls++;
      return query(2 ** 25);
    };
    await queries.query('a', large, present);
    await queries.query('b', large, present);
    await queries.query('a', large, present);
    await queries.query('c', large, present);
    expect(calls).toBe(3);
    await queries.query('a', large, present);
    expect(calls).toBe(3);
    await queries.query('b', large, present);
    expect(calls).toBe(4);
  });
});
