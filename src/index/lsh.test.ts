import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../tests/random.js';
import { randomUnitVectors } from '../../tests/stored-slices-fixture.js';
import { LshIndex } from './lsh.js';
import { randomRotation } from './rotation.js';
import type { SliceVectors } from './slice-index.js';

function vectors(count: number, dimension: number, seed: number): SliceVectors {
  const embeddings = Float32Array.from(randomUnitVectors(count, dimension, randomNumbers(seed)).flat());
  return { dimension, embeddings, volumes: [{ firstRow: 0, rowCount: count }] };
}

/** Signs of the rotated vectors, one number a bit. */
function signs(all: Float32Array, dimension: number, rotation: Float32Array, nbits: number): boolean[][] {
  return Array.from({ length: all.length / dimension }, (_, row) =>
    Array.from({ length: nbits }, (_, bit) => {
      let sum = 0;
      for (let i = 0; i < dimension; i++) sum += rotation[bit * dimension + i]! * all[row * dimension + i]!;
      return sum >= 0;
    }),
  );
}

describe('LshIndex', () => {
  it.each([20, 32, 96, 203])('orders by Hamming distance, then by row, with %i bits', async (nbits) => {
    const slices = vectors(400, 40, 1);
    const { embeddings: queries } = vectors(20, 40, 2);
    const rotation = randomRotation(40, nbits, 9);
    const codes = signs(slices.embeddings, 40, rotation, nbits);
    const queryCodes = signs(queries, 40, rotation, nbits);
    const index = await LshIndex.build(slices, { nbits, seed: 9 });
    const found = await index.search(queries, 15);
    queryCodes.forEach((code, query) => {
      const expected = codes
        .map((other, row) => ({ row, distance: other.filter((bit, i) => bit !== code[i]).length }))
        .sort((a, b) => a.distance - b.distance || a.row - b.row)
        .slice(0, 15);
      expect([...found.rows.subarray(query * 15, query * 15 + 15)]).toEqual(expected.map(({ row }) => row));
    });
    // Codes of whole groups of three words of 32 bits, and the rotation in float32.
    expect(index.bytes).toBe(400 * Math.ceil(nbits / 96) * 12 + nbits * 40 * 4);
  });

  it('has as many bits as the vectors have dimensions, unless told otherwise', async () => {
    expect((await LshIndex.build(vectors(3, 24, 1))).parameters).toEqual({ nbits: 24, seed: 5 });
  });

  it('differs between seeds', async () => {
    const slices = vectors(2000, 32, 3);
    const { embeddings: queries } = vectors(10, 32, 4);
    const [one, other] = await Promise.all([1, 2].map((seed) => LshIndex.build(slices, { seed })));
    expect((await one!.search(queries, 10)).rows).not.toEqual((await other!.search(queries, 10)).rows);
  });
});

describe('randomRotation', () => {
  it('has orthonormal rows where it keeps fewer dimensions or as many', () => {
    for (const outputs of [5, 12]) {
      const rotation = randomRotation(12, outputs, 1);
      expect(rotation.length).toBe(outputs * 12);
      for (let a = 0; a < outputs; a++) {
        for (let b = 0; b < outputs; b++) {
          let sum = 0;
          for (let i = 0; i < 12; i++) sum += rotation[a * 12 + i]! * rotation[b * 12 + i]!;
          expect(sum).toBeCloseTo(a === b ? 1 : 0, 6);
        }
      }
    }
  });

  it('has orthonormal columns where it makes more dimensions, so that it keeps inner products', () => {
    const rotation = randomRotation(6, 20, 2);
    const [a, b] = randomUnitVectors(2, 6, randomNumbers(1)) as [number[], number[]];
    const rotated = (vector: number[]) =>
      Array.from({ length: 20 }, (_, o) => vector.reduce((sum, v, i) => sum + v * rotation[o * 6 + i]!, 0));
    const dot = (x: number[], y: number[]) => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
    expect(dot(rotated(a), rotated(b))).toBeCloseTo(dot(a, b), 6);
    expect(dot(rotated(a), rotated(a))).toBeCloseTo(1, 6);
  });

  it('is spread evenly: squares of its numbers have the mean 1 / inputs', () => {
    const rotation = randomRotation(200, 50, 3);
    const columns = Array.from({ length: 200 }, (_, i) => {
      let sum = 0;
      for (let row = 0; row < 50; row++) sum += rotation[row * 200 + i]! ** 2;
      return sum;
    });
    // Each is a Beta variable of mean 50 / 200 and standard deviation .043.
    for (const sum of columns) expect(Math.abs(sum - 0.25)).toBeLessThan(0.19);
    expect([...rotation].filter((value) => value > 0).length / rotation.length).toBeCloseTo(0.5, 1);
  });
});
