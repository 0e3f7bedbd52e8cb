import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../../tests/random.js';
import { dot, randomUnitVectors, storedSlicesFixture } from '../../../tests/stored-slices-fixture.js';
import { Breath } from '../breath.js';
import { makeArchiveMap } from './archive-map.js';
import { layOut } from './layout.js';
import { duplicatePairs, duplicateThreshold, outliers } from './look-alikes.js';
import { principalPlaces } from './principal-axes.js';

const dimension = 24;
const unit = (vector: readonly number[]) => vector.map((value) => Math.fround(value / Math.hypot(...vector)));

/** A vector near another one. */
function near(center: readonly number[], spread: number, random: () => number): number[] {
  return unit(center.map((value) => value + spread * (random() - 0.5)));
}

/** Three families of ten volumes with six slices each; `b9` again as `copy`, the first half of `c0` as `part`; `stranger` is like nobody. */
function families() {
  const random = randomNumbers(4);
  const volumes: Record<string, number[][]> = {};
  for (const family of ['a', 'b', 'c']) {
    const [center] = randomUnitVectors(1, dimension, random);
    for (let member = 0; member < 10; member++) {
      const own = near(center!, 0.25, random);
      volumes[`${family}${member}`] = Array.from({ length: 6 }, () => near(own, 0.25, random));
    }
  }
  volumes.copy = volumes.b9!.map((slice) => near(slice, 0.005, random));
  volumes.part = volumes.c0!.slice(0, 2);
  const [strange] = randomUnitVectors(1, dimension, random);
  volumes.stranger = Array.from({ length: 6 }, () => near(strange!, 0.25, random));
  return volumes;
}

const volumes = families();
const slices = storedSlicesFixture(volumes);
const ids = new Set(Object.keys(volumes));

/** Late interaction in float64, from its definition. */
function meanSimilarity(query: string, volume: string): number {
  const best = volumes[query]!.map((q) => Math.max(...volumes[volume]!.map((s) => dot(q, s))));
  return best.reduce((sum, value) => sum + value, 0) / best.length;
}

describe('makeArchiveMap', () => {
  it('finds the nearest other volume of each, as comparing all with all does', async () => {
    const map = await makeArchiveMap(slices, ids, 'r1');
    expect([map.revision, map.method]).toEqual(['r1', 'UMAP of mean embeddings, 15 neighbours by cosine']);
    expect(map.volumes.map(({ id }) => id)).toEqual([...ids].sort());
    for (const { id, nearest, nearestVolume } of map.volumes) {
      const others = [...ids].filter((other) => other !== id).sort();
      const all = others.map((other) => meanSimilarity(id, other));
      const best = Math.max(...all);
      // Only the nearest by mean embedding are compared; here the best one is always among them.
      expect(nearest, id).toBeCloseTo(best, 5);
      expect(nearestVolume, id).toBe(others[all.indexOf(best)]);
    }
  });

  it('lists the same scan twice first, then a part of a scan, and a stranger as an outlier', async () => {
    const { duplicates, outliers: strange } = await makeArchiveMap(slices, ids, 'r1');
    expect(duplicates.map((pair) => pair.volumes)).toEqual([
      ['b9', 'copy'],
      ['c0', 'part'],
    ]);
    const both = Math.min(meanSimilarity('b9', 'copy'), meanSimilarity('copy', 'b9'));
    expect(duplicates[0]!.similarity).toBeCloseTo(both, 5);
    // Of a part all slices are found in the whole, but not the other way round, and that is what counts.
    expect(meanSimilarity('part', 'c0')).toBeCloseTo(1, 5);
    expect(duplicates[1]!.similarity).toBeCloseTo(meanSimilarity('c0', 'part'), 5);
    expect(strange.map(({ volume }) => volume)).toEqual(['stranger']);
  });

  it('puts families together, and is the same every time', async () => {
    const map = await makeArchiveMap(slices, ids, 'r1');
    expect(await makeArchiveMap(slices, ids, 'r1')).toEqual(map);
    const place = new Map(map.volumes.map(({ id, x, y }) => [id, [x, y] as const]));
    const distance = (a: string, b: string) => {
      const [p, q] = [place.get(a)!, place.get(b)!];
      return Math.hypot(p[0] - q[0], p[1] - q[1]);
    };
    const members = [...ids].filter((id) => /^[abc]\d$/.test(id));
    for (const id of members) {
      const closest = members
        .filter((other) => other !== id)
        .sort((a, b) => distance(id, a) - distance(id, b));
      expect(
        closest.slice(0, 5).every((other) => other[0] === id[0]),
        id,
      ).toBe(true);
    }
    for (const { x, y } of map.volumes) expect(Math.max(Math.abs(x), Math.abs(y))).toBeLessThanOrEqual(1);
  });

  it('shows only what the archive still has', async () => {
    const some = new Set(['a0', 'a1', 'b0', 'c3', 'stranger']);
    const map = await makeArchiveMap(slices, some, 'r2');
    expect(map.volumes.map(({ id }) => id)).toEqual([...some]);
    for (const { nearestVolume } of map.volumes) expect(some).toContain(nearestVolume);
  });

  it('shows one volume, and none', async () => {
    expect(await makeArchiveMap(slices, new Set(['a0']), 'r')).toEqual({
      revision: 'r',
      method: 'PCA of mean embeddings',
      volumes: [{ id: 'a0', x: 0, y: 0, nearest: -1, nearestVolume: null }],
      duplicatesFrom: 0.999,
      duplicates: [],
      outliers: [],
    });
    expect((await makeArchiveMap(slices, new Set(), 'r')).volumes).toEqual([]);
  });
});

describe('principalPlaces', () => {
  it('are coordinates along the directions of largest variance', async () => {
    // Along (3, 4, 0) / 5 from -10 to 10, across it along (0, 0, 1) by 1.
    const rows = [
      [-6, -8, 1],
      [6, 8, 1],
      [0, 0, -2],
      [-3, -4, 0],
      [3, 4, 0],
    ];
    const places = await principalPlaces(Float32Array.from(rows.flat()), 3, new Breath());
    const expected = [
      [-10, 1],
      [10, 1],
      [0, -2],
      [-5, 0],
      [5, 0],
    ];
    for (const [row, place] of places.entries()) {
      expect(place[0]).toBeCloseTo(expected[row]![0]!, 5);
      expect(place[1]).toBeCloseTo(expected[row]![1]!, 5);
    }
  });
});

describe('layOut', () => {
  it('takes principal components of fewer than five points, and UMAP of more', async () => {
    const points = (count: number) => Float32Array.from(randomUnitVectors(count, 8, randomNumbers(2)).flat());
    expect((await layOut(points(4), 8, new Breath())).method).toMatch(/^PCA/);
    const { method, places } = await layOut(points(5), 8, new Breath());
    expect(method).toBe('UMAP of mean embeddings, 4 neighbours by cosine');
    expect(places.flat().every(Number.isFinite)).toBe(true);
  });

  it('takes points that are all the same', async () => {
    const { places } = await layOut(new Float32Array(8 * 6).fill(Math.sqrt(1 / 8)), 8, new Breath());
    expect(places.flat().every(Number.isFinite)).toBe(true);
  });
});

describe('duplicatePairs and outliers', () => {
  const compared = (...pairs: [number, number][]) => ({
    nearest: 0,
    nearestVolume: 0,
    compared: new Map(pairs),
  });

  it('want both directions, and count the lower one', () => {
    const found = [compared([1, 0.999], [2, 1]), compared([0, 0.995]), compared([0, 0.9])];
    expect(duplicatePairs(found, 0.99)).toEqual([{ volumes: [0, 1], similarity: 0.995 }]);
  });

  it('take their threshold from how alike the volumes of the archive are', () => {
    const nearest = (...similarities: number[]) =>
      similarities.map((similarity) => ({ ...compared(), nearest: similarity }));
    // Distances 0.04 x 2^-i: logarithms base 2 have the quartiles 1.75 and 5.25 below that of 0.04, so the fence
    // lies 5.25 + 1.5 x 3.5 = 10.5 below; above 0.999 it is cut.
    const halving = Array.from({ length: 8 }, (_, i) => 1 - 0.04 * 2 ** -i);
    expect(duplicateThreshold(nearest(...halving))).toBe(0.999);
    // Distances 0.04 and 0.08, four times each: quartiles at both, the fence 1.5 octaves below 0.04.
    const [near, far] = [Array(4).fill(0.96), Array(4).fill(0.92)];
    expect(duplicateThreshold(nearest(...near, ...far))).toBeCloseTo(1 - 0.04 * 2 ** -1.5, 10);
    // Another encoder, for which everything looks ten times as different.
    const [nearer, farther] = [Array(4).fill(0.6), Array(4).fill(0.2)];
    expect(duplicateThreshold(nearest(...nearer, ...farther))).toBeCloseTo(1 - 0.4 * 2 ** -1.5, 10);
    // Half of the archive is there twice, to the bit.
    expect(duplicateThreshold(nearest(1, 1, 1, 1, ...far))).toBe(0.999);
    expect(duplicateThreshold(nearest(0.2, 0.3))).toBe(0.999);
  });

  it("follow Tukey's fence", () => {
    // Quartiles of 0.1, 0.8, 0.9, 0.9, 1: 0.8 and 0.9; the fence is at 0.65.
    const found = [0.9, 0.1, 0.8, 1, 0.9].map((nearest) => ({ ...compared(), nearest }));
    expect(outliers(found)).toEqual([1]);
  });
});
