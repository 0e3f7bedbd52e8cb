import { describe, expect, it } from 'vitest';
import { sliceLikeVectors } from '../../benchmarks/slice-like.js';
import { FlatIndex } from './flat.js';
import { HnswIndex } from './hnsw.js';
import { recallAgainst } from './open-index.js';

const dimension = 24;
const slices = sliceLikeVectors(3000, dimension, 100, 1);
const { embeddings: queries } = sliceLikeVectors(50, dimension, 50, 2);

describe('HnswIndex', () => {
  it('gives k slices though a graph of equal vectors does not reach them', async () => {
    const embeddings = new Float32Array(slices.embeddings.length);
    for (let row = 0; row < 3000; row++) {
      embeddings.set(slices.embeddings.subarray(0, dimension), row * dimension);
    }
    const index = await HnswIndex.build({ ...slices, embeddings });
    try {
      const { rows } = await index.search(queries, 100);
      for (let query = 0; query < 50; query++) {
        const line = rows.subarray(query * 100, query * 100 + 100);
        expect(line.every((row) => row >= 0)).toBe(true);
        expect(new Set(line).size).toBe(100);
      }
    } finally {
      await index.close();
    }
  });

  it('answers alike after every build', async () => {
    const many = sliceLikeVectors(20_000, dimension, 100, 3);
    const answers: Int32Array[] = [];
    for (let build = 0; build < 2; build++) {
      const index = await HnswIndex.build(many, { ef: 10 });
      answers.push((await index.search(queries, 10)).rows);
      await index.close();
    }
    expect(answers[1]).toEqual(answers[0]);
    // Not for being exact: the graph is what has to be the same.
    const exact = await new FlatIndex(many).search(queries, 10);
    expect([...answers[0]!]).not.toEqual([...exact.rows]);
  });

  it('finds more with a denser graph and more candidates', async () => {
    const exact = await new FlatIndex(slices).search(queries, 10);
    const recall = async (m: number, efConstruction: number, ef: number) => {
      const index = await HnswIndex.build(slices, { m, efConstruction, ef });
      const found = await index.search(queries, 10);
      await index.close();
      return recallAgainst(exact, found);
    };
    const poor = await recall(2, 2, 10);
    const rich = await recall(32, 128, 128);
    expect(rich).toBeGreaterThan(0.98);
    expect(poor).toBeLessThan(rich - 0.1);
  });
});
