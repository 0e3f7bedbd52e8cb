import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../tests/random.js';
import { randomUnitVectors, storedSlicesFixture } from '../../tests/stored-slices-fixture.js';
import { quantizeSlices } from '../index/quantized-slices.js';
import { QuantizedMemory } from './quantized-memory.js';

const random = randomNumbers(6);
const volume = () => randomUnitVectors(40, 12, random);
const [b, d] = [volume(), volume()];
const few = storedSlicesFixture({ b, d });
const more = storedSlicesFixture({ a: volume(), b, c: volume(), d });

describe('QuantizedMemory', () => {
  it('makes no copy for the first search, and keeps the one it made for the second', async () => {
    const memory = new QuantizedMemory();
    expect(await memory.ofSecondSearch(few)).toBeUndefined();
    const made = await memory.ofSecondSearch(few);
    expect(made).toEqual(await quantizeSlices(few));
    expect(await memory.ofSecondSearch(few)).toBe(made);
  });

  it('has a copy for the first search after it was made beforehand', async () => {
    const memory = new QuantizedMemory();
    const made = await memory.of(few);
    expect(await memory.ofSecondSearch(few)).toBe(made);
  });

  it('follows volumes that come and go, at the same time too', async () => {
    const memory = new QuantizedMemory();
    await memory.of(few);
    const [ofMore, again, ofFew] = await Promise.all([
      memory.of(more),
      memory.ofSecondSearch(more),
      memory.of(few),
    ]);
    expect(ofMore).toEqual(await quantizeSlices(more));
    expect(again).toBe(ofMore);
    expect(ofFew).toEqual(await quantizeSlices(few));
  });

  it('does not take a volume of another revision for the same', async () => {
    const memory = new QuantizedMemory();
    await memory.of(few);
    const changed = storedSlicesFixture({ b: volume(), d });
    const volumes = changed.volumes.map((rows) =>
      rows.volume.id === 'b' ? { ...rows, volume: { ...rows.volume, revision: 'another' } } : rows,
    );
    const replaced = { ...changed, volumes };
    expect(await memory.of(replaced)).toEqual(await quantizeSlices(replaced));
  });

  it('frees its memory', async () => {
    const memory = new QuantizedMemory();
    const made = await memory.of(few);
    memory.clear();
    expect(await memory.of(few)).not.toBe(made);
  });
});
