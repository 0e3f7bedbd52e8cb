import { setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ByteBudget } from './byte-budget.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

/** Whether something is done by now, after all that can happen at once has happened. */
async function isDone(work: Promise<unknown>): Promise<boolean> {
  let done = false;
  void work.then(
    () => {
      done = true;
    },
    () => {},
  );
  await new Promise((later) => setImmediate(later));
  return done;
}

describe('a budget of bytes', () => {
  it('lets downloads begin while there is room for what is expected', async () => {
    const budget = new ByteBudget(100);
    const first = await budget.open(60, never);
    const second = budget.open(50, never);
    expect(await isDone(second)).toBe(false);
    first.release();
    expect(await isDone(second)).toBe(true);
  });

  it('lets the next begin when less came than was expected', async () => {
    const budget = new ByteBudget(100);
    const first = await budget.open(90, never);
    const second = budget.open(50, never);
    await first.grow(30);
    expect(await isDone(second)).toBe(false);
    first.loaded('ready');
    expect(await isDone(second)).toBe(true);
    expect(budget.most).toBe(30);
  });

  it('does not let a small one pass a large one that waits', async () => {
    const budget = new ByteBudget(100);
    const first = await budget.open(60, never);
    const large = budget.open(90, never);
    const small = budget.open(10, never);
    expect(await isDone(small)).toBe(false);
    first.release();
    expect(await isDone(large)).toBe(true);
    expect(await isDone(small)).toBe(true);
  });

  it('takes one that is larger than the limit, when nothing else is there', async () => {
    const budget = new ByteBudget(100);
    const first = await budget.open(50, never);
    const huge = budget.open(1000, never);
    expect(await isDone(huge)).toBe(false);
    first.loaded('ready');
    expect(await isDone(huge)).toBe(false);
    first.release();
    const hold = await huge;
    await hold.grow(1000);
    expect(budget.most).toBe(1000);
  });

  it('pauses one that grows beyond the limit, but not the first', async () => {
    const budget = new ByteBudget(100);
    const first = await budget.open(10, never);
    const second = await budget.open(10, never);
    await first.grow(50);
    const more = second.grow(60);
    expect(await isDone(more)).toBe(false);
    await first.grow(500);
    expect(await isDone(more)).toBe(false);
    first.loaded('ready');
    expect(await isDone(more)).toBe(false);
    first.release();
    expect(await isDone(more)).toBe(true);
    expect(budget.most).toBe(550);
  });

  it('pauses even the first while something is ready to be used', async () => {
    const budget = new ByteBudget(100);
    const used = await budget.open(80, never);
    await used.grow(80);
    used.loaded('ready');
    const first = await budget.open(10, never);
    const more = first.grow(40);
    expect(await isDone(more)).toBe(false);
    used.release();
    expect(await isDone(more)).toBe(true);
    expect(budget.most).toBe(80);
  });

  it('lets a download begin beside masks that are kept for it', async () => {
    const budget = new ByteBudget(100);
    const masks = await budget.open(10, never);
    await masks.grow(150);
    masks.loaded('kept');
    expect(await isDone(budget.open(50, never))).toBe(true);
    // While that one loads, the next waits: it will be released.
    expect(await isDone(budget.open(50, never))).toBe(false);
  });

  it('gives back what a failed attempt had', async () => {
    const budget = new ByteBudget(100);
    const first = await budget.open(10, never);
    const second = await budget.open(10, never);
    await first.grow(90);
    const more = second.grow(50);
    await first.grow(-90);
    expect(await isDone(more)).toBe(true);
  });

  it('ends to wait when the signal says so', async () => {
    const budget = new ByteBudget(100);
    await budget.open(100, never);
    const controller = new AbortController();
    const waiting = budget.open(10, controller.signal);
    controller.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    await expect(budget.open(10, controller.signal)).rejects.toThrow('stopped');
  });

  it('never stands still, and keeps to its limit but for one, whatever comes', async () => {
    // Many downloads of sizes that nobody foresaw, used one after the other in the order in which they are ready.
    const sizes = Array.from({ length: 60 }, (_, i) => ((i * 37) % 50) + (i % 13 === 0 ? 160 : 1));
    const limit = 100;
    const budget = new ByteBudget(limit);
    const ready: (() => void)[] = [];
    let wake = () => {};
    const consumer = (async () => {
      for (let used = 0; used < sizes.length; used++) {
        while (ready.length === 0)
          await new Promise<void>((woken) => {
            wake = woken;
          });
        ready.shift()!();
        await new Promise((later) => setImmediate(later));
      }
    })();
    await Promise.all(
      sizes.map(async (size) => {
        const hold = await budget.open(20, never);
        for (let come = 0; come < size; come += 10) await hold.grow(Math.min(10, size - come));
        hold.loaded('ready');
        ready.push(hold.release);
        wake();
      }),
    );
    await consumer;
    expect(budget.most).toBeLessThanOrEqual(limit + Math.max(...sizes));
    expect(budget.most).toBeGreaterThan(Math.max(...sizes) - 1);
  });
});
