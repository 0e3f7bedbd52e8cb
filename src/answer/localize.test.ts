import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../tests/random.js';
import { dot, randomUnitVectors, storedSlicesFixture } from '../../tests/stored-slices-fixture.js';
import { localize } from './localize.js';

const axis = (i: number) => Array.from({ length: 6 }, (_, d) => (d === i ? 1 : 0));

describe('localize', () => {
  it('finds the slices that are equal to the query, with similarity 1', async () => {
    const slices = storedSlicesFixture({ v: [axis(0), axis(1), axis(2), axis(3), axis(4), axis(5)] });
    const query = Float32Array.from([axis(3), axis(4)].flat());
    const range = await localize(slices, 0, query, 2, 'axial');
    expect(range).toEqual({ from: 3, to: 4, fromMm: 3, toMm: 4, similarity: 1 });
  });

  it('gives the whole volume to a query that is longer than it', async () => {
    const slices = storedSlicesFixture({ v: [axis(0), axis(1)] });
    const range = await localize(slices, 0, Float32Array.from(axis(1)), 50, 'axial');
    expect([range.from, range.to]).toEqual([0, 1]);
  });

  it('takes the first of equally good ranges', async () => {
    const slices = storedSlicesFixture({ v: [axis(0), axis(1), axis(2), axis(1), axis(0)] });
    const range = await localize(slices, 0, Float32Array.from(axis(1)), 1, 'axial');
    expect([range.from, range.to]).toEqual([1, 1]);
  });

  it('prefers the range in which nothing else than the query is', async () => {
    // Both ranges of three hold the query slice; only one is made of it alone.
    const slices = storedSlicesFixture({ v: [axis(0), axis(1), axis(2), axis(1), axis(1), axis(1)] });
    const range = await localize(slices, 0, Float32Array.from(axis(1)), 3, 'axial');
    expect([range.from, range.to]).toEqual([3, 5]);
  });

  it('equals the definition computed by brute force in float64', async () => {
    const random = randomNumbers(8);
    for (const [count, length] of [
      [50, 7],
      [31, 1],
      [12, 12],
      [40, 23],
    ] as const) {
      const vectors = randomUnitVectors(count, 10, random);
      const queries = randomUnitVectors(9, 10, random);
      const slices = storedSlicesFixture({ a: randomUnitVectors(3, 10, random), v: vectors });
      const range = await localize(slices, 1, Float32Array.from(queries.flat()), length, 'axial');
      let best = { start: -1, similarity: Number.NEGATIVE_INFINITY };
      for (let start = 0; start + length <= count; start++) {
        const window = vectors.slice(start, start + length);
        const found = queries.map((q) => Math.max(...window.map((s) => dot(q, s))));
        const answered = window.map((s) => Math.max(...queries.map((q) => dot(q, s))));
        const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
        const similarity = (mean(found) + mean(answered)) / 2;
        if (similarity > best.similarity) best = { start, similarity };
      }
      expect([range.from, range.to]).toEqual([best.start, best.start + length - 1]);
      expect(range.similarity).toBeCloseTo(best.similarity, 5);
    }
  });
});
