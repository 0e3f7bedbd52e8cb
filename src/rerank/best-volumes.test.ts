import { describe, expect, it } from 'vitest';
import { sliceLikeVectors } from '../../benchmarks/slice-like.js';
import { randomNumbers } from '../../tests/random.js';
import { quantizeSlices } from '../index/quantized-slices.js';
import type { SliceVectors } from '../index/slice-index.js';
import { bestVolumes, contenders } from './best-volumes.js';
import { byScore, matchVolumes, type VolumeMatch } from './late-interaction.js';

const plain = ({ volume, score, rows, similarities }: VolumeMatch) => ({
  volume,
  score,
  rows: [...rows],
  similarities: [...similarities],
});

/** Checks the best against scores of all, and against float64; returns the positions of the best. */
async function expectBest(
  slices: SliceVectors,
  queries: Float32Array,
  k: number,
  volumes: readonly number[] = [...slices.volumes.keys()],
): Promise<number[]> {
  const quantized = await quantizeSlices(slices);
  const best = await bestVolumes(slices, quantized, queries, k, volumes);
  const all = (await matchVolumes(slices, queries, volumes)).sort(byScore);
  expect(best.map(plain)).toEqual(all.slice(0, k).map(plain));
  return best.map(({ volume }) => volume);
}

/** Score of a volume in float64. */
function score64({ dimension, embeddings, volumes }: SliceVectors, queries: Float32Array, volume: number) {
  const { firstRow, rowCount } = volumes[volume]!;
  let score = 0;
  for (let q = 0; q < queries.length; q += dimension) {
    let best = Number.NEGATIVE_INFINITY;
    for (let row = firstRow; row < firstRow + rowCount; row++) {
      let sum = 0;
      for (let i = 0; i < dimension; i++) sum += queries[q + i]! * embeddings[row * dimension + i]!;
      best = Math.max(best, sum);
    }
    score += best;
  }
  return score;
}

/** Volumes of random lengths around `length`, filled by `value`. */
function volumesOf(
  count: number,
  length: number,
  dimension: number,
  random: () => number,
  value: (volume: number) => number,
): SliceVectors {
  let rows = 0;
  const volumes = Array.from({ length: count }, () => {
    const rowCount = 1 + Math.floor(random() * 2 * length);
    rows += rowCount;
    return { firstRow: rows - rowCount, rowCount };
  });
  const embeddings = new Float32Array(rows * dimension);
  for (const [volume, { firstRow, rowCount }] of volumes.entries()) {
    for (let i = firstRow * dimension; i < (firstRow + rowCount) * dimension; i++) {
      embeddings[i] = value(volume);
    }
  }
  return { dimension, embeddings, volumes };
}

const everyThird = (count: number) => [...Array(count).keys()].filter((volume) => volume % 3 !== 1);

describe('bestVolumes', () => {
  const anatomy = sliceLikeVectors(80 * 60, 64, 60, 1);
  const { embeddings: queries } = sliceLikeVectors(70, 64, 70, 2);

  it('excludes most volumes and finds the best in float64', async () => {
    const quantized = await quantizeSlices(anatomy);
    const positions = [...anatomy.volumes.keys()];
    const left = await contenders(anatomy, quantized, queries, 5, positions);
    expect(left!.length).toBeLessThan(9);
    const exact = positions
      .map((volume) => ({ volume, score: score64(anatomy, queries, volume) }))
      .sort((a, b) => b.score - a.score || a.volume - b.volume);
    expect(await expectBest(anatomy, queries, 5)).toEqual(exact.slice(0, 5).map(({ volume }) => volume));
  });

  it.each([1, 10, 79, 80, 200])('finds the %d best', async (k) => {
    expect(await expectBest(anatomy, queries, k)).toHaveLength(Math.min(k, 80));
  });

  it('chooses among some volumes only', async () => {
    const some = everyThird(80);
    const best = await expectBest(anatomy, queries, 7, some);
    expect(best.every((volume) => some.includes(volume))).toBe(true);
    expect(await expectBest(anatomy, queries, 7, [])).toEqual([]);
  });

  it('answers a single slice and a query of zeros', async () => {
    await expectBest(anatomy, queries.subarray(0, 64), 6);
    expect(await expectBest(anatomy, new Float32Array(3 * 64), 6)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('gives ties to the smaller position, also where more volumes tie than fit', async () => {
    const slices = { ...anatomy, embeddings: anatomy.embeddings.slice() };
    const [first] = await expectBest(anatomy, queries, 1);
    const { firstRow, rowCount } = anatomy.volumes[first!]!;
    const rows = anatomy.embeddings.subarray(firstRow * 64, (firstRow + rowCount) * 64);
    const copies = [3, 8, 20, 21, 22, 41, 60, 79];
    for (const copy of copies) slices.embeddings.set(rows, anatomy.volumes[copy]!.firstRow * 64);
    const tied = [...new Set([...copies, first!])].sort((a, b) => a - b);
    expect(await expectBest(slices, queries, 4)).toEqual(tied.slice(0, 4));
    expect((await expectBest(slices, queries, 20)).slice(0, tied.length)).toEqual(tied);
  });

  it('answers with the first positions where all slices are the same', async () => {
    const random = randomNumbers(3);
    const slices = volumesOf(50, 20, 33, random, () => 1 / Math.sqrt(33));
    const same = new Float32Array(5 * 33).fill(1 / Math.sqrt(33));
    const best = await bestVolumes(slices, await quantizeSlices(slices), same, 50, [
      ...slices.volumes.keys(),
    ]);
    for (const { score } of best) expect(score).toBeCloseTo(5, 4);
    await expectBest(slices, same, 9);
  });

  it('scores all where directions are random, for bounds exclude nothing', async () => {
    const random = randomNumbers(4);
    const evenly = () => 0.5;
    const slices = volumesOf(60, 40, 128, evenly, () => random() - 0.5);
    const directions = Float32Array.from({ length: 50 * 128 }, () => random() - 0.5);
    const quantized = await quantizeSlices(slices);
    const positions = [...slices.volumes.keys()];
    expect(await contenders(slices, quantized, directions, 10, positions)).toBeUndefined();
    await expectBest(slices, directions, 10);
  });

  it('finds a volume that its codes make look worse than another', async () => {
    // What the query asks for is less than half a step of the codes in the best volume, so that nothing of it is
    // left; the second best has no error at all; the others are far off.
    const dimension = 256;
    const [best, second] = [37, 20];
    const embeddings = new Float32Array(64 * 64 * dimension).fill(-0.3);
    const volumes = Array.from({ length: 64 }, (_, volume) => ({ firstRow: volume * 64, rowCount: 64 }));
    embeddings.fill(0.4 / 127, second * 64 * dimension, (second + 1) * 64 * dimension);
    for (let row = best * 64; row < (best + 1) * 64; row++) {
      const sign = row % 2 === 0 ? 1 : -1;
      embeddings.fill((sign * 0.4999) / 127, row * dimension, (row + 1) * dimension);
      embeddings[row * dimension] = sign;
    }
    const slices = { dimension, embeddings, volumes };
    const query = new Float32Array(dimension).fill(1 / 16);
    query[0] = 0;
    const quantized = await quantizeSlices(slices);
    const left = await contenders(slices, quantized, query, 1, [...volumes.keys()]);
    expect(left).toEqual([best]);
    expect(await expectBest(slices, query, 2)).toEqual([best, second]);
  });

  it.each([
    ['huge and tiny norms side by side', (random: () => number) => 10 ** (34 * random() - 17)],
    ['huge norms', (random: () => number) => 10 ** (17 + random())],
    ['tiny norms', (random: () => number) => 10 ** (-20 - 3 * random())],
    ['numbers that underflow', (random: () => number) => 10 ** (-38 - 7 * random())],
    ['norms from a tenth to ten', (random: () => number) => 10 ** (2 * random() - 1)],
  ])('is right for %s', async (_, size) => {
    for (const seed of [1, 2, 3]) {
      const random = randomNumbers(seed);
      const sizes = Array.from({ length: 70 }, () => size(random));
      const slices = volumesOf(70, 30, 40, random, (volume) => sizes[volume]! * (random() - 0.3));
      const asked = Float32Array.from({ length: 12 * 40 }, () => random() - 0.2);
      const best = await expectBest(slices, asked, 5);
      const exact = [...slices.volumes.keys()].map((volume) => score64(slices, asked, volume));
      const fifth = [...exact].sort((a, b) => b - a)[4]!;
      for (const volume of best) expect(exact[volume]).toBeGreaterThanOrEqual(fifth - 1e-5 * Math.abs(fifth));
    }
  });

  it('is as matchVolumes where numbers are not finite or leave the range of float32', async () => {
    for (const strange of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38]) {
      const slices = { ...anatomy, embeddings: anatomy.embeddings.slice() };
      for (const volume of [2, 30, 31]) slices.embeddings[(volume * 60 + 59) * 64 + 5] = strange;
      await expectBest(slices, queries, 10);
      const asked = queries.slice();
      asked[70] = strange;
      await expectBest(anatomy, asked, 10);
    }
  });

  it('is as matchVolumes for random mixtures of all kinds', async () => {
    for (let seed = 0; seed < 25; seed++) {
      const random = randomNumbers(100 + seed);
      const dimension = 1 + Math.floor(random() * 90);
      const count = 33 + Math.floor(random() * 40);
      // Few different values make ties, sorted volumes make exclusion work.
      const levels = random() < 0.5 ? 2 : 1000;
      const spread = random() < 0.5 ? 0 : 3;
      const slices = volumesOf(
        count,
        1 + Math.floor(random() * 80),
        dimension,
        random,
        (volume) => Math.round((random() - 0.5 + (spread * volume) / count) * levels) / levels,
      );
      const asked = Float32Array.from(
        { length: (1 + Math.floor(random() * 140)) * dimension },
        () => Math.round((random() - 0.2) * levels) / levels,
      );
      await expectBest(slices, asked, 1 + Math.floor(random() * 12));
    }
  });
});

describe('byScore', () => {
  it('puts what is no number last and ties in the order of positions', () => {
    const match = (volume: number, score: number): VolumeMatch => ({
      volume,
      score,
      rows: new Int32Array(),
      similarities: new Float32Array(),
    });
    const scores = [Number.NaN, 2, Number.NEGATIVE_INFINITY, 3, 3, Number.POSITIVE_INFINITY, Number.NaN];
    const sorted = scores.map((score, volume) => match(volume, score)).sort(byScore);
    expect(sorted.map(({ volume }) => volume)).toEqual([5, 3, 4, 1, 0, 2, 6]);
  });
});
