import { describe, expect, it } from 'vitest';
import type { Volume } from '../../volume/volume.js';
import { VolumeCache } from './volume-cache.js';

const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** A source of a volume of so many bytes that counts how often it is read, and reads when it is told to. */
function source(bytes: number) {
  const waiting: (() => void)[] = [];
  const state = { reads: 0 };
  const volume: Volume = { data: new Uint8Array(bytes), size: [bytes, 1, 1], spacing: [1, 1, 1], affine };
  return {
    state,
    volume,
    location: 'nowhere',
    hash: async () => '',
    read: async () => {
      state.reads++;
      await new Promise<void>((wake) => waiting.push(wake));
      return volume;
    },
    finish: () => {
      for (const wake of waiting.splice(0)) wake();
    },
  };
}

/** Until everything that can happen without a reading being finished has happened. */
const settle = () => new Promise((wake) => setImmediate(wake));

describe('VolumeCache', () => {
  it('reads a volume once for twenty who ask at the same time', async () => {
    const cache = new VolumeCache();
    const scan = source(10);
    const asked = Array.from({ length: 20 }, () => cache.volume('a', scan));
    await settle();
    scan.finish();
    const volumes = await Promise.all(asked);
    expect(scan.state.reads).toBe(1);
    expect(new Set(volumes)).toEqual(new Set([scan.volume]));
    expect(await cache.volume('a', scan)).toBe(scan.volume);
    expect(scan.state.reads).toBe(1);
  });

  it('lets go of those looked at longest ago when there are too many bytes', async () => {
    const cache = new VolumeCache({ bytes: 25 });
    const scans = [source(10), source(10), source(10)];
    const look = async (place: number) => {
      const looking = cache.volume(String(place), scans[place]!);
      await settle();
      scans[place]!.finish();
      await looking;
    };
    await look(0);
    await look(1);
    await look(0);
    await look(2);
    expect(scans.map(({ state }) => state.reads)).toEqual([1, 1, 1]);
    await look(0);
    await look(1);
    expect(scans.map(({ state }) => state.reads)).toEqual([1, 2, 1]);
  });

  it('does not keep what alone is too large', async () => {
    const cache = new VolumeCache({ bytes: 5 });
    const scan = source(10);
    for (let round = 0; round < 2; round++) {
      const looking = cache.volume('a', scan);
      await settle();
      scan.finish();
      await looking;
    }
    expect(scan.state.reads).toBe(2);
  });

  it('reads no more than so many at once, the others in turn', async () => {
    const cache = new VolumeCache({ readers: 2 });
    const scans = Array.from({ length: 5 }, () => source(1));
    const all = Promise.all(scans.map((scan, place) => cache.volume(String(place), scan)));
    const reading = () => scans.filter(({ state }) => state.reads > 0).length;
    await settle();
    expect(reading()).toBe(2);
    scans[0]!.finish();
    await settle();
    expect(reading()).toBe(3);
    for (let round = 0; round < 5; round++) {
      for (const scan of scans) scan.finish();
      await settle();
    }
    await all;
    expect(scans.map(({ state }) => state.reads)).toEqual([1, 1, 1, 1, 1]);
  });

  it('reads what somebody looks at before small pictures, also where it waits for one already', async () => {
    const cache = new VolumeCache({ readers: 1 });
    const order: string[] = [];
    const scans = ['first', 'small', 'smaller', 'large'].map((name) => {
      const scan = source(1);
      return {
        ...scan,
        name,
        read: () => {
          order.push(name);
          return scan.read();
        },
      };
    });
    const ask = (place: number, urgency: 'now' | 'later') =>
      cache.volume(scans[place]!.name, scans[place]!, urgency);
    const all = [ask(0, 'now'), ask(1, 'later'), ask(2, 'later'), ask(3, 'now'), ask(2, 'now')];
    for (let round = 0; round < 5; round++) {
      await settle();
      for (const scan of scans) scan.finish();
    }
    await Promise.all(all);
    expect(order).toEqual(['first', 'smaller', 'large', 'small']);
  });

  it('leaves a place to those who look at something, whoever asked for small pictures before', async () => {
    const cache = new VolumeCache({ readers: 2 });
    const scans = [source(1), source(1), source(1), source(1)];
    const ask = (place: number, urgency: 'now' | 'later') =>
      cache.volume(`scan ${place}`, scans[place]!, urgency);
    const reads = () => scans.map(({ state }) => state.reads);
    const all = [ask(0, 'later'), ask(1, 'later'), ask(2, 'later')];
    await settle();
    expect(reads()).toEqual([1, 0, 0, 0]);
    all.push(ask(2, 'now'));
    await settle();
    expect(reads()).toEqual([1, 0, 1, 0]);
    all.push(ask(3, 'now'));
    scans[0]!.finish();
    await settle();
    expect(reads()).toEqual([1, 0, 1, 1]);
    scans[2]!.finish();
    await settle();
    expect(reads()).toEqual([1, 0, 1, 1]);
    scans[3]!.finish();
    await settle();
    expect(reads()).toEqual([1, 1, 1, 1]);
    for (const scan of scans) scan.finish();
    await Promise.all(all);
  });

  it('forgets a reading that failed, and gives its place to the next', async () => {
    const cache = new VolumeCache({ readers: 1 });
    const broken = { location: '', hash: async () => '', read: () => Promise.reject(new Error('broken')) };
    await expect(cache.volume('a', broken)).rejects.toThrow('broken');
    const scan = source(1);
    const looking = cache.volume('a', scan);
    await settle();
    scan.finish();
    expect(await looking).toBe(scan.volume);
  });

  it('reads ahead without taking a place among readers or in memory, unless somebody comes to want it', async () => {
    const cache = new VolumeCache({ readers: 1 });
    const [ahead, wanted, shown] = [source(10), source(10), source(10)];
    const first = cache.volume('ahead', ahead, 'ahead');
    const second = cache.volume('wanted', wanted, 'ahead');
    const now = cache.volume('shown', shown);
    const joined = cache.volume('wanted', wanted, 'later');
    await settle();
    expect([ahead, wanted, shown].map(({ state }) => state.reads)).toEqual([1, 1, 1]);
    for (const scan of [ahead, wanted, shown]) scan.finish();
    expect(await Promise.all([first, second, now, joined])).toEqual([
      ahead.volume,
      wanted.volume,
      shown.volume,
      wanted.volume,
    ]);
    await cache.volume('wanted', wanted);
    const again = cache.volume('ahead', ahead);
    await settle();
    expect([ahead, wanted].map(({ state }) => state.reads)).toEqual([2, 1]);
    ahead.finish();
    await again;
  });
});
