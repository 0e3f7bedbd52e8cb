import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildIndex, recallAgainst } from './open-index.js';
import type { Neighbours, SliceVectors } from './slice-index.js';

const slices: SliceVectors = {
  dimension: 2,
  embeddings: Float32Array.from([1, 0, 0, 1]),
  volumes: [{ firstRow: 0, rowCount: 2 }],
};

const neighbours = (k: number, rows: number[], similarities: number[]): Neighbours => ({
  k,
  rows: Int32Array.from(rows),
  similarities: Float32Array.from(similarities),
});

describe('buildIndex', () => {
  it('refuses a name that it does not know, and lists those that it knows', async () => {
    await expect(buildIndex('ivf', slices)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('flat, hnsw, lsh'),
    });
  });

  it.each([
    ['lsh', { lsh: { nbits: 0 } }],
    ['lsh', { lsh: { nbits: 2.5 } }],
    ['lsh', { lsh: { seed: Number.NaN } }],
    ['hnsw', { hnsw: { m: -1 } }],
    ['hnsw', { hnsw: { ef: Number.POSITIVE_INFINITY } }],
  ])('refuses %s with %j', async (name, options) => {
    await expect(buildIndex(name, slices, options)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('takes the options of each index and tells them', async () => {
    const options = { hnsw: { m: 8, efConstruction: 64, ef: 16 }, lsh: { nbits: 7, seed: 3 } };
    const lsh = await buildIndex('lsh', slices, options);
    expect(lsh.parameters).toEqual({ nbits: 7, seed: 3 });
    const hnsw = await buildIndex('hnsw', slices, options);
    expect(hnsw.parameters).toMatchObject({ m: 8, efConstruction: 64, ef: 16 });
    await hnsw.close();
    expect((await buildIndex('flat', slices)).bytes).toBe(16);
  });

  it.each(['flat', 'hnsw', 'lsh'])('has nothing to build %s from where there is no slice', async (name) => {
    const none = { dimension: 2, embeddings: new Float32Array(0), volumes: [] };
    await expect(buildIndex(name, none)).rejects.toMatchObject({ code: 'ARCHIVE_EMPTY' });
  });

  it('says which folder is missing', async () => {
    const folder = join(tmpdir(), 'voxseek-no-such-folder');
    await expect(buildIndex('hnsw', slices, { hnsw: { folder } })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      subject: folder,
    });
  });

  it('leaves no file where the build fails', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'voxseek-index-test-'));
    try {
      const broken = { ...slices, dimension: 0 };
      await expect(buildIndex('hnsw', broken, { hnsw: { folder } })).rejects.toMatchObject({
        code: 'INTERNAL',
      });
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('recallAgainst', () => {
  const exact = neighbours(3, [1, 2, 3, 4, 5, -1], [0.9, 0.8, 0.7, 0.6, 0.5, Number.NEGATIVE_INFINITY]);

  it('is the share of the exact rows that were found, over all queries', () => {
    const found = neighbours(3, [3, 1, 9, 5, 8, -1], [0.7, 0.9, 0.1, 0.5, 0.1, Number.NEGATIVE_INFINITY]);
    // 2 of 3 for the first query, 1 of 2 for the second.
    expect(recallAgainst(exact, found)).toBe(3 / 5);
    expect(recallAgainst(exact, exact)).toBe(1);
  });

  it('takes a row that is as similar as the last exact one for right', () => {
    const found = neighbours(3, [1, 2, 7, 4, 6, -1], [0.9, 0.8, 0.7, 0.6, 0.49, Number.NEGATIVE_INFINITY]);
    expect(recallAgainst(exact, found)).toBe(4 / 5);
  });

  it('counts a row once', () => {
    const found = neighbours(3, [1, 1, 1, 4, 4, -1], [0.9, 0.9, 0.9, 0.6, 0.6, Number.NEGATIVE_INFINITY]);
    expect(recallAgainst(exact, found)).toBe(2 / 5);
  });

  it('is 1 where there is nothing to find, and refuses searches of another shape', () => {
    const nothing = neighbours(1, [-1], [Number.NEGATIVE_INFINITY]);
    expect(recallAgainst(nothing, nothing)).toBe(1);
    expect(() => recallAgainst(exact, nothing)).toThrow(/differ in their queries or in k/);
  });
});
