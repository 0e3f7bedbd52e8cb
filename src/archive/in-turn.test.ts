import { describe, expect, it } from 'vitest';
import { InTurn } from './in-turn.js';

const never = new AbortController().signal;

describe('a stage that is passed in turn', () => {
  it('lets come in order, also where a later one passes first', async () => {
    const stage = new InTurn();
    const [first, second, third] = [stage.next(), stage.next(), stage.next()];
    const came: string[] = [];
    const coming = [
      third.come(never).then(() => came.push('third')),
      second.come(never).then(() => came.push('second')),
    ];
    second.pass();
    await new Promise((wake) => setImmediate(wake));
    expect(came).toEqual([]);
    await first.come(never);
    first.pass();
    await Promise.all(coming);
    expect(came.sort()).toEqual(['second', 'third']);
  });

  it('is not waited for once the signal is aborted, but who has come stays', async () => {
    const stage = new InTurn();
    const [first, second] = [stage.next(), stage.next()];
    const stop = new AbortController();
    await first.come(stop.signal);
    const waiting = second.come(stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await first.come(stop.signal);
  });
});
