import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../tests/random.js';
import { dot, randomUnitVectors, storedSlicesFixture } from '../../tests/stored-slices-fixture.js';
import { alignSlices } from './alignment.js';

describe('alignSlices', () => {
  it('equals all inner products, by brute force in float64', async () => {
    const random = randomNumbers(3);
    const [queries, stored] = [randomUnitVectors(7, 12, random), randomUnitVectors(11, 12, random)];
    const alignment = await alignSlices(
      {
        slices: [4, 5, 6, 9, 10, 11, 30].map((index) => ({ index, positionMm: index * 2, dicomImage: null })),
        embeddings: Float32Array.from(queries.flat()),
      },
      storedSlicesFixture({ v: stored }),
    );
    expect([...alignment.querySlices]).toEqual([4, 5, 6, 9, 10, 11, 30]);
    expect([...alignment.slices]).toEqual([...stored.keys()]);
    expect([...alignment.positionMm]).toEqual([...stored.keys()]);
    queries.forEach((query, row) => {
      stored.forEach((slice, column) => {
        expect(alignment.similarities[row * stored.length + column]).toBeCloseTo(dot(query, slice), 6);
      });
    });
    expect(alignment.similarities).toHaveLength(queries.length * stored.length);
  });
});
