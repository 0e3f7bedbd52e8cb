import { describe, expect, it } from 'vitest';
import type { Outcomes } from '../outcomes.js';
import { averagePrecision } from './average-precision.js';
import { valueByClass } from './class-values.js';
import { ndcgAtK } from './ndcg-at-k.js';
import { precisionAtK } from './precision-at-k.js';

const outcomes: Outcomes = {
  mode: 'slice',
  ranking: 'count',
  classes: ['liver', 'spleen', 'brain'],
  volumes: [
    { id: 'a', patient: '1' },
    { id: 'b', patient: '2' },
  ],
  queries: Uint32Array.of(10, 1, 0, 2, 3, 0),
  values: Float64Array.of(4, 1, 0, 2, 0, 0),
};

describe('recall', () => {
  it('is over all queries of a class, not over volumes', () => {
    // Liver: 6 of 12; the mean over volumes would be (0.4 + 1) / 2.
    expect(valueByClass(outcomes).map(({ value }) => value)).toEqual([6 / 12, 1 / 4, undefined]);
  });
});

describe('localization ratio', () => {
  it('is the mean share over the queries of a class', () => {
    const ratio: Outcomes = {
      ...outcomes,
      mode: 'ratio',
      queries: Uint32Array.of(1, 1, 0, 1, 0, 0),
      values: Float64Array.of(0.25, 0, 0, 1, 0, 0),
    };
    expect(valueByClass(ratio).map(({ value }) => value)).toEqual([0.625, 0, undefined]);
  });
});

describe('precision at k', () => {
  it('counts grades above 0 among the first k', () => {
    expect(precisionAtK([1000, 0, 200, 0], 1)).toBe(1);
    expect(precisionAtK([1000, 0, 200, 0], 3)).toBe(2 / 3);
  });

  it('takes missing places as irrelevant', () => {
    expect(precisionAtK([1000, 1000], 5)).toBe(2 / 5);
    expect(precisionAtK([], 5)).toBe(0);
  });
});

describe('average precision', () => {
  it('averages the precision at the places of the relevant ones', () => {
    // Relevant at 1, 3 and 6, five in all: (1/1 + 2/3 + 3/6) / 5.
    expect(averagePrecision([1, 0, 1, 0, 0, 1], 5)).toBeCloseTo((1 + 2 / 3 + 1 / 2) / 5, 12);
  });

  it('is 1 for a perfect ranking and 0 where nothing is relevant', () => {
    expect(averagePrecision([5, 1, 0], 2)).toBe(1);
    expect(averagePrecision([0, 0], 0)).toBe(0);
  });
});

describe('nDCG at k', () => {
  it('is the example of Järvelin and Kekäläinen in the form of trec_eval', () => {
    // Grades 3 2 3 0 1 2, ideal 3 3 2 2 1 0: DCG@6 = 3 + 2/1.58496 + 3/2 + 0 + 1/2.58496 + 2/2.80735 = 6.86113,
    // ideal 3 + 3/1.58496 + 2/2 + 2/2.32193 + 1/2.58496 = 7.14100.
    expect(ndcgAtK([3, 2, 3, 0, 1, 2], [3, 3, 2, 2, 1], 6)).toBeCloseTo(6.86113 / 7.141, 5);
    // The first two: (3 + 2/1.58496) / (3 + 3/1.58496) = 4.26186 / 4.89279.
    expect(ndcgAtK([3, 2, 3, 0, 1, 2], [3, 3, 2, 2, 1], 2)).toBeCloseTo(4.26186 / 4.89279, 5);
  });

  it('does not depend on the scale of the grades, and is 0 where nothing is relevant', () => {
    expect(ndcgAtK([200, 1000], [1000, 200], 2)).toBeCloseTo(ndcgAtK([0.2, 1], [1, 0.2], 2), 12);
    expect(ndcgAtK([0, 0], [], 2)).toBe(0);
  });
});
