import { describe, expect, it } from 'vitest';
import { Room } from './room.js';

const never = new AbortController().signal;

/** Whether something has happened once all that could happen by now has. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.finally(() => {
    settled = true;
  });
  await new Promise((wake) => setImmediate(wake));
  return settled;
}

describe('room for volumes', () => {
  it('is for so many at a time, in the order in which they ask', async () => {
    const room = new Room(2, 1000);
    const leaveFirst = await room.enter(1, never);
    const leaveSecond = await room.enter(1, never);
    const third = room.enter(1, never);
    const fourth = room.enter(1, never);
    expect(await isSettled(third)).toBe(false);
    leaveSecond();
    // Leaving twice makes no room for another one.
    leaveSecond();
    expect(await isSettled(third)).toBe(true);
    expect(await isSettled(fourth)).toBe(false);
    leaveFirst();
    expect(await isSettled(fourth)).toBe(true);
    expect(room.most).toBe(2);
  });

  it('is for so many bytes; a small one does not pass a large one that waits', async () => {
    const room = new Room(4, 100);
    const leave = await room.enter(60, never);
    const large = room.enter(50, never);
    const small = room.enter(10, never);
    expect(await isSettled(large)).toBe(false);
    expect(await isSettled(small)).toBe(false);
    leave();
    expect(await isSettled(large)).toBe(true);
    expect(await isSettled(small)).toBe(true);
  });

  it('takes what is larger than the limit when it is alone', async () => {
    const room = new Room(4, 100);
    const leave = await room.enter(5000, never);
    const next = room.enter(1, never);
    expect(await isSettled(next)).toBe(false);
    leave();
    const leaveNext = await next;
    const large = room.enter(101, never);
    expect(await isSettled(large)).toBe(false);
    leaveNext();
    expect(await isSettled(large)).toBe(true);
    expect(room.most).toBe(1);
  });

  it('is not waited for once the signal is aborted; who comes after goes on', async () => {
    const room = new Room(1, 100);
    const leave = await room.enter(1, never);
    const stop = new AbortController();
    const stopped = room.enter(1, stop.signal);
    const next = room.enter(1, never);
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await expect(room.enter(1, stop.signal)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    leave();
    expect(await isSettled(next)).toBe(true);
  });
});
