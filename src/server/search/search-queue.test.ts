import { describe, expect, it } from 'vitest';
import { errorOf } from '../../../tests/error-of.js';
import { SearchQueue } from './search-queue.js';

const present = new AbortController().signal;

/** Work that ends when the test says so. */
function work(started: string[], name: string) {
  const { promise, resolve } = deferred();
  return {
    end: resolve,
    run: async () => {
      started.push(name);
      await promise;
      return name;
    },
  };
}

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((accept) => {
    resolve = accept;
  });
  return { promise, resolve };
}

const settled = () => new Promise((done) => setImmediate(done));

describe('SearchQueue', () => {
  it('runs so many at once and the others in their order', async () => {
    const queue = new SearchQueue({ running: 2, waiting: 10 });
    const started: string[] = [];
    const works = ['a', 'b', 'c', 'd'].map((name) => work(started, name));
    const results = works.map(({ run }) => queue.run(run, present));
    await settled();
    expect(started).toEqual(['a', 'b']);
    works[1]!.end();
    await settled();
    expect(started).toEqual(['a', 'b', 'c']);
    for (const { end } of works) end();
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('refuses what is more than may wait, and takes more when there is room again', async () => {
    const queue = new SearchQueue({ running: 1, waiting: 1 });
    const started: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => work(started, name));
    const first = queue.run(a!.run, present);
    const second = queue.run(b!.run, present);
    expect((await errorOf(queue.run(c!.run, present))).code).toBe('SERVER_BUSY');
    a!.end();
    await first;
    const third = queue.run(c!.run, present);
    b!.end();
    c!.end();
    expect(await Promise.all([second, third])).toEqual(['b', 'c']);
  });

  it('gives the place of a client that went away to the next', async () => {
    const queue = new SearchQueue({ running: 1, waiting: 1 });
    const started: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => work(started, name));
    const first = queue.run(a!.run, present);
    const leaving = new AbortController();
    const second = queue.run(b!.run, leaving.signal);
    leaving.abort();
    expect((await errorOf(second)).code).toBe('INTERRUPTED');
    const third = queue.run(c!.run, present);
    a!.end();
    c!.end();
    await Promise.all([first, third]);
    expect(started).toEqual(['a', 'c']);
  });

  it('frees the place of work that fails', async () => {
    const queue = new SearchQueue({ running: 1, waiting: 1 });
    await expect(queue.run(() => Promise.reject(new Error('broken')), present)).rejects.toThrow('broken');
    expect(await queue.run(async () => 1, present)).toBe(1);
  });
});
