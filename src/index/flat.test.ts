import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../tests/random.js';
import { dot, randomUnitVectors, storedSlicesFixture } from '../../tests/stored-slices-fixture.js';
import { FlatIndex } from './flat.js';

const east = [1, 0];
const north = [0, 1];
const northEast = [Math.SQRT1_2, Math.SQRT1_2];

describe('FlatIndex', () => {
  it('gives the nearest slices in descending order of similarity', async () => {
    const slices = storedSlicesFixture({ a: [north, east], b: [northEast] });
    const found = await new FlatIndex(slices).search(Float32Array.from(east), 3);
    expect([...found.rows]).toEqual([1, 2, 0]);
    expect(found.similarities[0]).toBe(1);
    expect(found.similarities[1]).toBeCloseTo(Math.SQRT1_2, 6);
    expect(found.similarities[2]).toBe(0);
  });

  it('breaks ties by volume id, then by slice index, whatever order the volumes came in', async () => {
    const slices = storedSlicesFixture({ b: [east, east], a: [north, east], c: [east] });
    expect(slices.volumes.map(({ volume }) => volume.id)).toEqual(['a', 'b', 'c']);
    const found = await new FlatIndex(slices).search(Float32Array.from(east), 5);
    expect([...found.rows]).toEqual([1, 2, 3, 4, 0]);
  });

  it('says -1 where there are fewer slices than asked for', async () => {
    const slices = storedSlicesFixture({ a: [east] });
    const found = await new FlatIndex(slices).search(Float32Array.from([...east, ...north]), 3);
    expect([...found.rows]).toEqual([0, -1, -1, 0, -1, -1]);
    expect(found.similarities[1]).toBe(Number.NEGATIVE_INFINITY);
  });

  it('never answers with a volume that is not allowed', async () => {
    const slices = storedSlicesFixture({ a: [east], b: [northEast], c: [east], d: [north] });
    const found = await new FlatIndex(slices).search(
      Float32Array.from(east),
      4,
      (volume) => volume % 2 === 1,
    );
    expect([...found.rows]).toEqual([1, 3, -1, -1]);
  });

  it('equals brute force in float64 over more rows than one run scores', async () => {
    const random = randomNumbers(5);
    const dimension = 24;
    const volumes = Object.fromEntries(
      Array.from({ length: 40 }, (_, v) => [`v${v}`, randomUnitVectors(500, dimension, random)]),
    );
    const slices = storedSlicesFixture(volumes);
    const queries = randomUnitVectors(7, dimension, random);
    const found = await new FlatIndex(slices).search(Float32Array.from(queries.flat()), 9);
    const all = slices.volumes.flatMap(({ volume }) => volumes[volume.id]!);
    expect(all.length).toBe(20_000);
    queries.forEach((query, q) => {
      const expected = all
        .map((vector, row) => ({ row, similarity: dot(query, vector) }))
        .sort((x, y) => y.similarity - x.similarity)
        .slice(0, 9);
      expect([...found.rows.subarray(q * 9, q * 9 + 9)]).toEqual(expected.map(({ row }) => row));
      expected.forEach(({ similarity }, place) => {
        expect(Math.abs(found.similarities[q * 9 + place]! - similarity)).toBeLessThan(1e-5);
      });
    });
  });
});
