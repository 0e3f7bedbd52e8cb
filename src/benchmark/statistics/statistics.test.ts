import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../../tests/random.js';
import { valueByClass } from '../metrics/class-values.js';
import { meanOverClasses } from '../metrics/mean-over-classes.js';
import type { Outcomes } from '../outcomes.js';
import { bootstrapIntervals } from './bootstrap.js';
import { holm } from './holm.js';
import { comparePaired } from './permutation.js';
import { randomBits } from './random.js';

/** A table of outcomes: each volume's patient, and [queries, sum of values] for each class. */
function outcomes(
  classes: readonly string[],
  rows: readonly (readonly [patient: string, ...cells: (readonly [number, number])[]])[],
): Outcomes {
  return {
    mode: 'region',
    ranking: 'count',
    classes,
    volumes: rows.map(([patient], volume) => ({ id: `v${volume}`, patient })),
    queries: Uint32Array.from(rows.flatMap(([, ...cells]) => cells.map(([queries]) => queries))),
    values: Float64Array.from(rows.flatMap(([, ...cells]) => cells.map(([, value]) => value))),
  };
}

const organs = outcomes(
  ['liver', 'spleen', 'tail'],
  [
    ['p', [1, 1], [1, 0], [0, 0]],
    ['q', [1, 0], [0, 0], [0, 0]],
    ['p', [2, 2], [1, 1], [0, 0]],
  ],
);

describe('valueByClass', () => {
  it('divides the sum of values by all queries of a class, and knows none where there is no query', () => {
    expect(valueByClass(organs)).toEqual([
      { class: 'liver', queries: 4, value: 0.75 },
      { class: 'spleen', queries: 2, value: 0.5 },
      { class: 'tail', queries: 0, value: undefined },
    ]);
  });
});

describe('meanOverClasses', () => {
  it('leaves out classes without a query and divides squares by their number (ddof = 0)', () => {
    expect(meanOverClasses([0.75, 0.5, undefined])).toEqual({ mean: 0.625, std: 0.125 });
    expect(meanOverClasses([1])).toEqual({ mean: 1, std: 0 });
    expect(meanOverClasses([undefined])).toBeUndefined();
  });
});

describe('bootstrapIntervals', () => {
  it('gives the intervals that all equally likely resamples of three patients have', () => {
    // One query each, values 1, 0, 0: of 27 resamples 8 have the mean 0, 12 have 1/3, 6 have 2/3, 1 has 1.
    // P(0) = .296 > .025, and P(1) = .037 > .025: the interval is [0, 1].
    const three = outcomes(
      ['liver'],
      [
        ['a', [1, 1]],
        ['b', [1, 0]],
        ['c', [1, 0]],
      ],
    );
    const intervals = bootstrapIntervals(three, { resamples: 20000, seed: 1 });
    expect(intervals).toEqual({ mean: [0, 1], classes: [[0, 1]] });
  });

  it('draws patients, not volumes: volumes of one patient come and go together', () => {
    // Patient p always fails, q always succeeds, with 99 volumes each. Resamples are pp, pq, qp, qq: [0, 1].
    const rows = Array.from({ length: 198 }, (_, volume): [string, [number, number]] =>
      volume % 2 === 0 ? ['p', [1, 0]] : ['q', [1, 1]],
    );
    expect(bootstrapIntervals(outcomes(['liver'], rows), { seed: 3 }).mean).toEqual([0, 1]);
  });

  it('has no interval for a single patient, nor for a class that only one patient has', () => {
    const one = outcomes(
      ['liver'],
      [
        ['p', [1, 1]],
        ['p', [1, 0]],
      ],
    );
    expect(bootstrapIntervals(one, { seed: 1 })).toEqual({ mean: undefined, classes: [undefined] });
    const { mean, classes } = bootstrapIntervals(organs, { seed: 1 });
    expect(mean).toBeDefined();
    expect(classes[0]).toBeDefined();
    expect(classes.slice(1)).toEqual([undefined, undefined]);
  });

  it('agrees with the binomial quantiles of one class', () => {
    // 100 patients with one query each, 80 successes: resampled sums are binomial(100, 0.8), of which the
    // 2.5 % and 97.5 % quantiles are 72 and 87 (tables; standard deviation 4).
    const rows = Array.from({ length: 100 }, (_, patient): [string, [number, number]] => [
      `p${patient}`,
      [1, patient < 80 ? 1 : 0],
    ]);
    const [low, high] = bootstrapIntervals(outcomes(['liver'], rows), { resamples: 20000, seed: 7 }).mean!;
    expect(Math.abs(low - 0.72)).toBeLessThanOrEqual(0.0101);
    expect(Math.abs(high - 0.87)).toBeLessThanOrEqual(0.0101);
  });

  it('covers the true mean about as often as it says', () => {
    const uniform = randomNumbers(11);
    const truth = [0.5, 0.7];
    let covered = 0;
    const cohorts = 300;
    for (let cohort = 0; cohort < cohorts; cohort++) {
      const rows = Array.from({ length: 60 }, (_, patient): [string, ...[number, number][]] => [
        `p${patient}`,
        ...truth.map((chance): [number, number] => [1, uniform() < chance ? 1 : 0]),
      ]);
      const [low, high] = bootstrapIntervals(outcomes(['a', 'b'], rows), { resamples: 400, seed: cohort })
        .mean!;
      if (low <= 0.6 && 0.6 <= high) covered++;
    }
    // 95 % nominal; the standard error of this estimate is 1.3 %.
    expect(covered / cohorts).toBeGreaterThan(0.9);
    expect(covered / cohorts).toBeLessThan(0.99);
  });

  it('is the same for the same seed, and another for another', () => {
    const uniform = randomNumbers(5);
    const rows = Array.from({ length: 30 }, (_, patient): [string, [number, number]] => [
      `p${patient}`,
      [1, uniform()],
    ]);
    const table = outcomes(['a'], rows);
    expect(bootstrapIntervals(table, { seed: 4 })).toEqual(bootstrapIntervals(table, { seed: 4 }));
    expect(bootstrapIntervals(table, { seed: 4 })).not.toEqual(bootstrapIntervals(table, { seed: 5 }));
  });
});

describe('comparePaired', () => {
  const four = (values: readonly number[]) =>
    outcomes(
      ['a'],
      values.map((value, patient): [string, [number, number]] => [`p${patient}`, [1, value]]),
    );

  it('comes close to the p that all 16 assignments of signs give', () => {
    // Differences of the patients .8, .4, .2, -.1 (over 4): the sum is 1.3. Of the 16 signed sums those of at
    // least 1.3 in size are +-(.8+.4+.2-.1) = 1.3 and +-(.8+.4+.2+.1) = 1.5: p = 4/16.
    const { difference, p } = comparePaired(four([0.9, 0.5, 0.3, 0]), four([0.1, 0.1, 0.1, 0.1]), {
      permutations: 40000,
      seed: 1,
    })!;
    expect(difference).toBeCloseTo(0.325, 12);
    expect(p).toBeCloseTo(0.25, 2);
  });

  it('flips all volumes and classes of a patient together', () => {
    // Class a: n = 3, class b: n = 1. a better by p: 2/3 in a and 1 in b; worse by q: 1/3 in a.
    // d(p) = (2/3 + 1) / 2 = 5/6, d(q) = -1/6: d = 4/6. Signed sums +-4/6 and +-6/6: all at least 4/6, p = 1.
    const a = outcomes(
      ['a', 'b', 'none'],
      [
        ['p', [1, 1], [1, 1], [0, 0]],
        ['q', [1, 0], [0, 0], [0, 0]],
        ['p', [1, 1], [0, 0], [0, 0]],
      ],
    );
    const b = outcomes(
      ['a', 'b', 'none'],
      [
        ['p', [1, 0], [1, 0], [0, 0]],
        ['q', [1, 1], [0, 0], [0, 0]],
        ['p', [1, 0], [0, 0], [0, 0]],
      ],
    );
    const result = comparePaired(a, b, { permutations: 999, seed: 2 })!;
    expect(result.difference).toBeCloseTo(4 / 6, 12);
    expect(result.p).toBe(1);
    expect(comparePaired(b, a, { permutations: 999, seed: 2 })!.difference).toBeCloseTo(-4 / 6, 12);
  });

  it('gives 1 for equal results and for a single patient, and never 0', () => {
    const same = four([1, 0, 1, 1]);
    expect(comparePaired(same, same, { seed: 1 })).toEqual({ difference: 0, p: 1 });
    const single = (value: number) => outcomes(['a'], [['p', [1, value]]]);
    expect(comparePaired(single(1), single(0), { seed: 1 })).toEqual({ difference: 1, p: 1 });
    const many = (value: number) => four(Array.from({ length: 40 }, () => value));
    expect(comparePaired(many(1), many(0), { permutations: 999, seed: 1 })!.p).toBe(1 / 1000);
  });

  it('draws signs for patients beyond the 32nd as well', () => {
    // 33 patients of which only the last differs: both signs give |d|.
    const last = (value: number) => four([...Array.from({ length: 32 }, () => 0), value]);
    expect(comparePaired(last(1), last(0), { permutations: 99, seed: 1 })!.p).toBe(1);
    // 64 patients, one unit each: |sum of 64 signs| >= 16 has p = .0599 (binomial(64, 1/2), X <= 24 or >= 40).
    const sixteenMore = Array.from({ length: 64 }, (_, patient) => (patient < 40 ? 1 : 0));
    const rest = sixteenMore.map((value) => 1 - value);
    expect(comparePaired(four(sixteenMore), four(rest), { permutations: 40000, seed: 9 })!.p).toBeCloseTo(
      0.0599,
      2,
    );
  });

  it('is the same for the same seed', () => {
    const a = four([0.9, 0.5, 0.3, 0]);
    const b = four([0.1, 0.1, 0.1, 0.1]);
    expect(comparePaired(a, b, { seed: 6 })).toEqual(comparePaired(a, b, { seed: 6 }));
  });

  it('refuses results that are not about the same queries, and has none where nothing was asked', () => {
    expect(() => comparePaired(four([1, 0]), four([1, 0, 1]), { seed: 1 })).toThrow(/same queries/);
    const empty = outcomes(['a'], [['p', [0, 0]]]);
    expect(comparePaired(empty, empty, { seed: 1 })).toBeUndefined();
  });
});

describe('holm', () => {
  it('corrects the textbook example', () => {
    // Ascending: .005 * 4 = .02; .01 * 3 = .03; .03 * 2 = .06; .04 * 1 = .04, but not below the .06 before it.
    const corrected = holm([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((expected, test) => {
      expect(corrected[test]).toBeCloseTo(expected, 12);
    });
  });

  it('stays at 1 at most, and takes no tests', () => {
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

describe('randomBits', () => {
  it('is even in every bit, and differs between neighbouring seeds', () => {
    const bits = randomBits(1);
    const ones = new Array<number>(32).fill(0);
    for (let draw = 0; draw < 10000; draw++) {
      const word = bits();
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (word >>> bit) & 1;
    }
    // Binomial(10000, 1/2) has a standard deviation of 50: 5 of them.
    for (const count of ones) expect(Math.abs(count - 5000)).toBeLessThan(250);
    expect(randomBits(1)()).not.toBe(randomBits(2)());
  });
});
