import { describe, expect, it } from 'vitest';
import { labelledSlicesFixture, type VolumeFixture } from '../../tests/labelled-slices-fixture.js';
import type { RankedAnswer } from './outcomes.js';
import { RankedMetrics } from './ranked-metrics.js';
import { Relevance } from './relevance.js';

const classes = ['liver', 'spleen', 'brain'];

/** One slice a class, each with as many voxels as are given. */
function volume(id: string, voxels: Readonly<Record<string, number>>): VolumeFixture {
  const slices = Object.entries(voxels).map(([name, count]) => ({
    vector: [1, 0],
    voxels: { [name]: count },
  }));
  return { id, slices: [{ vector: [0, 1], voxels: {} }, ...slices] };
}

const database = labelledSlicesFixture(classes, [
  volume('A', { liver: 1, spleen: 1 }),
  volume('B', { spleen: 1 }),
  volume('C', { liver: 1, spleen: 1, brain: 1 }),
  volume('D', {}),
]);
const queries = labelledSlicesFixture(classes, [
  volume('Q1', { liver: 5, spleen: 5 }),
  volume('Q2', { spleen: 5, brain: 1 }),
  volume('Q3', {}),
]);

function answer(
  queryVolume: number,
  queryClass: number | undefined,
  volumes: readonly number[],
): RankedAnswer {
  return {
    mode: queryClass === undefined ? 'volume' : 'region',
    ranking: 'count',
    queryVolume,
    queryClass,
    volumes: volumes.map((position, place) => ({ volume: position, score: 10 - place })),
    answeringRows: [],
    range: undefined,
  };
}

describe('Relevance', () => {
  const relevance = new Relevance(database, queries);

  it('of a volume query is the Jaccard index of the classes, in thousandths', () => {
    expect(relevance.grades(0, undefined)).toEqual([1000, 500, 667, 0]);
    // Spleen and brain: A has one of three, B one of two, C both of three.
    expect(relevance.grades(1, undefined)).toEqual([333, 500, 667, 0]);
    expect(relevance.grades(2, undefined)).toEqual([0, 0, 0, 0]);
  });

  it('of a region query is whether the volume has the class', () => {
    expect(relevance.grades(0, 0)).toEqual([1000, 0, 1000, 0]);
    expect(relevance.grades(1, 2)).toEqual([0, 0, 1000, 0]);
  });

  it('asks for minVoxels in the query, not in the answer', () => {
    // Q2 has the spleen only, then: A one of two, B one of one, C one of three.
    expect(new Relevance(database, queries, 2).grades(1, undefined)).toEqual([500, 1000, 333, 0]);
  });
});

describe('RankedMetrics', () => {
  it('grades the ranking of a volume query', () => {
    const metrics = new RankedMetrics(database, queries, [1, 3]);
    // Q1, ranking D B A: grades 0 500 1000, ideal 1000 667 500.
    const figures = metrics.add(answer(0, undefined, [3, 1, 0]));
    expect(figures.precision).toEqual([0, 2 / 3]);
    // Three are relevant, at places 2 and 3 two of them: (1/2 + 2/3) / 3.
    expect(figures.averagePrecision).toBeCloseTo(7 / 18, 12);
    // DCG 500/1.58496 + 1000/2 = 815.465; ideal 1000 + 667/1.58496 + 500/2 = 1670.830.
    expect(figures.ndcg[0]).toBe(0);
    expect(figures.ndcg[1]).toBeCloseTo(815.465 / 1670.83, 5);
  });

  it('averages volume queries over the queries', () => {
    const metrics = new RankedMetrics(database, queries, [1]);
    metrics.add(answer(0, undefined, [3]));
    metrics.add(answer(1, undefined, [2]));
    const [summary] = metrics.summaries();
    expect(summary).toMatchObject({ mode: 'volume', ranking: 'count', queries: 2 });
    expect(summary!.byClass).toBeUndefined();
    expect(summary!.mean.precision).toEqual([1 / 2]);
    // Q1 finds nothing, Q2 one of three.
    expect(summary!.mean.averagePrecision).toBeCloseTo(1 / 6, 12);
    expect(summary!.mean.ndcg).toEqual([1 / 2]);
  });

  it('averages region queries over the queries of a class, then over classes that have queries', () => {
    const metrics = new RankedMetrics(database, queries, [2]);
    metrics.add(answer(0, 0, [0, 3])); // liver: A, C relevant; P@2 1/2, AP 1/2
    metrics.add(answer(0, 1, [0, 1])); // spleen: A, B, C relevant; P@2 1, AP 2/3
    metrics.add(answer(1, 1, [3, 2])); // spleen: P@2 1/2, AP (1/2) / 3
    const [summary] = metrics.summaries();
    expect(summary!.queries).toBe(3);
    expect(summary!.byClass![0]!.precision).toEqual([1 / 2]);
    expect(summary!.byClass![1]!.precision).toEqual([3 / 4]);
    expect(summary!.byClass![2]).toBeUndefined();
    expect(summary!.byClass![1]!.averagePrecision).toBeCloseTo((2 / 3 + 1 / 6) / 2, 12);
    expect(summary!.mean.precision[0]).toBeCloseTo((1 / 2 + 3 / 4) / 2, 12);
    expect(summary!.mean.averagePrecision).toBeCloseTo((1 / 2 + 5 / 12) / 2, 12);
  });

  it('keeps modes and rankings apart', () => {
    const metrics = new RankedMetrics(database, queries, [1]);
    metrics.add(answer(0, 0, [0]));
    metrics.add({ ...answer(0, 0, [3]), ranking: 'sum' });
    metrics.add(answer(0, undefined, [0]));
    expect(metrics.summaries().map(({ mode, ranking, mean }) => [mode, ranking, mean.precision[0]])).toEqual([
      ['region', 'count', 1],
      ['region', 'sum', 0],
      ['volume', 'count', 1],
    ]);
  });

  it('has the mean over classes where every class has a volume query of its own', () => {
    const metrics = new RankedMetrics(database, queries, [1]);
    // Spleen: A has it, D has not; brain: only C has it.
    metrics.add({ ...answer(0, 1, [0]), mode: 'volume' });
    metrics.add({ ...answer(1, 1, [3]), mode: 'volume' });
    metrics.add({ ...answer(1, 2, [2]), mode: 'volume' });
    const [summary] = metrics.summaries();
    expect(summary).toMatchObject({ mode: 'volume', queries: 3 });
    expect(summary!.byClass!.map((figures) => figures?.precision[0])).toEqual([undefined, 1 / 2, 1]);
    expect(summary!.mean.precision[0]).toBe(3 / 4);
  });
});
