import { describe, expect, it } from 'vitest';
import { labelledSlicesFixture, type VolumeFixture } from '../../tests/labelled-slices-fixture.js';
import { evaluate } from './evaluate.js';
import { valueByClass } from './metrics/class-values.js';
import {
  modes,
  type Outcomes,
  type RankedAnswer,
  rankings,
  type SliceAnswer,
  type VolumeRanking,
} from './outcomes.js';

/*
 * A cohort in the plane: a slice is an angle in degrees and the classes in it (L liver, S spleen, B brain);
 * similarity is the cosine of the difference of angles. No query has the brain.
 *
 * query slice   nearest slice      off by
 * Q1   2 L      A 0    L           2
 * Q1   3 L      A 0    L           3      A 0 answers twice
 * Q1  25 L      A 20   S           5
 * Q1  39 L S    B 40   S           1
 * Q2  62 S      B 60   nothing     2
 * Q2  80 S      C 90   L          10      a tie with D 90, which has S: the smaller id answers
 * Q3 130 L      F 131  L           1
 * Q3 170 L S    G 172  L S         2
 * Q4  95 S      C 90   L           5      the same tie
 * Q5   0        A 0    L           0      no class, so no query
 */
const classes = ['liver', 'spleen', 'brain'];
const letters: Readonly<Record<string, string>> = { L: 'liver', S: 'spleen', B: 'brain' };

function volume(id: string, slices: Readonly<Record<number, string>>): VolumeFixture {
  return {
    id,
    slices: Object.entries(slices).map(([degrees, contents]) => {
      const angle = (Number(degrees) * Math.PI) / 180;
      const voxels = Object.fromEntries([...contents].map((letter) => [letters[letter]!, 1]));
      return { vector: [Math.cos(angle), Math.sin(angle)], voxels };
    }),
  };
}

const database = labelledSlicesFixture(classes, [
  volume('A', { 0: 'L', 20: 'S' }),
  volume('B', { 40: 'S', 60: '' }),
  volume('C', { 90: 'L' }),
  volume('D', { 90: 'S' }),
  volume('F', { 131: 'L' }),
  volume('G', { 172: 'LS' }),
  volume('H', { 134: 'S', 166: 'LB' }),
]);
const queries = labelledSlicesFixture(classes, [
  volume('Q1', { 2: 'L', 3: 'L', 25: 'L', 39: 'LS' }),
  volume('Q2', { 62: 'S', 80: 'S' }),
  volume('Q3', { 130: 'L', 170: 'LS' }),
  volume('Q4', { 95: 'S' }),
  volume('Q5', { 0: '' }),
]);
const all = { modes, rankings };
const cosine = (degrees: number) => Math.cos((degrees * Math.PI) / 180);

/** Values by query volume of one class, `null` where the volume has no query of it. */
function byVolume(outcomes: Outcomes, name: string): (number | null)[] {
  const column = outcomes.classes.indexOf(name);
  return outcomes.volumes.map((_, position) => {
    const cell = position * outcomes.classes.length + column;
    return outcomes.queries[cell] === 0 ? null : outcomes.values[cell]!;
  });
}

async function figures(options: Partial<Parameters<typeof evaluate>[2]> = {}) {
  const outcomes = await evaluate(database, queries, { ...all, ...options });
  const find = (mode: string, ranking: string) =>
    outcomes.find((one) => one.mode === mode && one.ranking === ranking)!;
  return { outcomes, find };
}

describe('evaluate, on paper', () => {
  it('gives one table for each mode and ranking, slice-wise once', async () => {
    const { outcomes } = await figures();
    expect(outcomes.map(({ mode, ranking }) => `${mode} ${ranking}`)).toEqual([
      'slice count',
      ...modes.slice(1).flatMap((mode) => rankings.map((ranking) => `${mode} ${ranking}`)),
    ]);
    expect(outcomes[0]!.volumes.map(({ id }) => id)).toEqual(['Q1', 'Q2', 'Q3', 'Q4', 'Q5']);
  });

  it('slice-wise: each query slice and class in it, right if the nearest slice has the class', async () => {
    const slice = (await figures()).find('slice', 'count');
    // Liver: 2 and 3 find A 0; 25 finds A 20 and 39 B 40, both without; 130 and 170 are right.
    expect(byVolume(slice, 'liver')).toEqual([2, null, 2, null, null]);
    // Spleen: 39 is right, 62 finds B 60, 80 and 95 find C 90; 170 is right.
    expect(byVolume(slice, 'spleen')).toEqual([1, 0, 1, 0, null]);
    expect(valueByClass(slice).map(({ value }) => value)).toEqual([4 / 6, 2 / 5, undefined]);
    expect([...slice.queries]).toEqual([4, 1, 0, 0, 2, 0, 2, 1, 0, 0, 1, 0, 0, 0, 0]);
  });

  /*
   * Volume queries. Hits of Q1: A 3, B 1, but B has the nearest slice of all (1 degree against 2). Of Q2: B and
   * C one each, B the nearer. Of Q3: F and G one each, F the nearer. Of Q4: C.
   * Late interaction, sums of cosines:
   * Q1: A (2 3 5 19) 3.940, B (38 37 15 1) 3.552                     -> A, also of all
   * Q2: B (2 20) 1.939, C (28 10) 1.868, D the same                  -> B, also of all
   * Q3: F (1 39) 1.777, G (42 2) 1.743; of all H (4 4) 1.995         -> F; of all H
   * Q4: C (5); of all C and D tie                                    -> C
   * Classes: A LS, B S, C L, F L, H LSB.
   */
  it.each([
    ['count', [1, null, 1, null, null], [1, 1, 0, 0, null]],
    ['max', [0, null, 1, null, null], [1, 1, 0, 0, null]],
    ['sum', [1, null, 1, null, null], [1, 1, 0, 0, null]],
    ['late-interaction', [1, null, 1, null, null], [1, 1, 0, 0, null]],
    ['late-interaction-all', [1, null, 1, null, null], [1, 1, 1, 0, null]],
  ])('volume, %s', async (ranking, liver, spleen) => {
    const volume = (await figures()).find('volume', ranking);
    expect(byVolume(volume, 'liver')).toEqual(liver);
    expect(byVolume(volume, 'spleen')).toEqual(spleen);
    expect(byVolume(volume, 'brain')).toEqual([null, null, null, null, null]);
  });

  /*
   * Region queries. Liver of Q1 and Q3 and spleen of Q2 and Q4: all slices, so the volumes of above answer.
   * Spleen of Q1: slice 39 alone, B answers everywhere. Spleen of Q3: slice 170 alone, G answers everywhere
   * (2 degrees, H 4).
   * Answering slices and their share with the class:
   * liver  Q1  count, sum: A 0, A 0, A 20: 2/3; max: B 40: 0; late interaction: A 0, A 0, A 20, A 20: 1/2
   * liver  Q3  F 131 (once, or twice): 1; of all H 134, H 166: 1/2
   * spleen Q1  B 40: 1
   * spleen Q2  B 60 (once, or twice): 0, so not localized, although B has the spleen
   * spleen Q3  G 172: 1
   * spleen Q4  C 90: 0
   */
  it.each([
    ['count', [1, 1], [1, 1], [2 / 3, 1]],
    ['max', [0, 1], [0, 1], [0, 1]],
    ['sum', [1, 1], [1, 1], [2 / 3, 1]],
    ['late-interaction', [1, 1], [1, 1], [1 / 2, 1]],
    ['late-interaction-all', [1, 1], [1, 1], [1 / 2, 1 / 2]],
  ])('region, localized and ratio, %s', async (ranking, region, localized, ratio) => {
    const { find } = await figures();
    const liver = ([q1, q3]: number[]) => [q1, null, q3, null, null];
    expect(byVolume(find('region', ranking), 'liver')).toEqual(liver(region));
    expect(byVolume(find('localized', ranking), 'liver')).toEqual(liver(localized));
    expect(byVolume(find('ratio', ranking), 'liver')).toEqual(liver(ratio));
    expect(byVolume(find('region', ranking), 'spleen')).toEqual([1, 1, 1, 0, null]);
    expect(byVolume(find('localized', ranking), 'spleen')).toEqual([1, 0, 1, 0, null]);
    expect(byVolume(find('ratio', ranking), 'spleen')).toEqual([1, 0, 1, 0, null]);
    expect(valueByClass(find('ratio', ranking)).map(({ value }) => value)).toEqual([
      (ratio[0]! + ratio[1]!) / 2,
      2 / 4,
      undefined,
    ]);
  });

  /*
   * The range, spacing of all volumes 1 mm. Liver of Q1 has slices 0 to 3 of Q1 (angles 2 3 25 39), so it is 4 mm
   * long; A has 2 slices, both are the range, and the liver of A is slice 0: 1/2. Liver of Q3 (130 170), late
   * interaction of all: H has 2 slices (134 S, 166 LB), the liver is slice 1: 1/2. By count F, of one slice: 1.
   * Spleen of Q1 is slice 39 alone: of B (40 S, 60) the first: 1. Spleen of Q2 (62 80), B again: both, 1/2.
   */
  it.each([
    ['count', [1 / 2, 1], [1, 1 / 2, 1, 0]],
    ['max', [0, 1], [1, 1 / 2, 1, 0]],
    ['late-interaction-all', [1 / 2, 1 / 2], [1, 1 / 2, 1, 0]],
  ])('overlap of the range, %s', async (ranking, liver, spleen) => {
    const { find } = await figures();
    expect(byVolume(find('range', ranking), 'liver')).toEqual([liver[0], null, liver[1], null, null]);
    expect(byVolume(find('range', ranking), 'spleen')).toEqual([...spleen, null]);
    const half = [...spleen, null].map((value) => (value === null ? null : Number(value >= 0.5)));
    expect(byVolume(find('range-half', ranking), 'spleen')).toEqual(half);
  });

  it('measures ranges in mm, and the extent over slices that are not stored', async () => {
    // 4 slices of V at 5 mm, stored are 2, 3, 5, 6: the liver is on 3 and 5, so from 3 to 5.
    const stored = labelledSlicesFixture(classes, [
      { ...volume('V', { 0: '', 10: 'L', 20: 'L', 30: '' }), spacingMm: 5 },
    ]);
    const gaps = { ...stored, sliceIndex: Int32Array.of(2, 3, 5, 6) };
    // 3 slices at 4 mm are 12 mm. Stored slices of V are 5 * 4 / 3 = 6.67 mm apart: 2 of them, as long as it gets.
    const asked = labelledSlicesFixture(classes, [
      { ...volume('Q', { 18: 'L', 20: 'L', 31: 'L' }), spacingMm: 4 },
    ]);
    const answers: RankedAnswer[] = [];
    const [range] = await evaluate(gaps, asked, {
      modes: ['range'],
      rankings: ['count'],
      onRankedAnswer: (answer) => answers.push(answer),
    });
    // Best are 20 and 30: slices 5 to 6, of which 5 is in 3 to 5; 1 slice of 4.
    expect(answers[0]!.range).toEqual({ from: 5, to: 6 });
    expect(byVolume(range!, 'liver')).toEqual([1 / 4]);
  });

  /*
   * A and C were not asked about the spleen, B and H not about the liver; of the queries Q2 not about the spleen.
   * Spleen among B D F G H: 39 finds B 40 (right), 170 G 172 (right), 95 D 90 (right).
   * Liver among A C D F G: 2, 3 find A 0, 25 A 20 (wrong), 39 A 20 (wrong), 130 F, 170 G 172 (right).
   */
  it('asks for a class, and looks for it, where it was annotated', async () => {
    const only = (side: typeof database, lookedFor: Readonly<Record<string, string>>) => ({
      ...side,
      annotated: Uint8Array.from(
        side.volumes.flatMap(({ id }) => [...'LSB'].map((c) => Number((lookedFor[id] ?? 'LSB').includes(c)))),
      ),
    });
    const sides = [
      only(database, { A: 'LB', C: 'LB', B: 'SB', H: 'SB' }),
      only(queries, { Q2: 'LB' }),
    ] as const;
    const answers: SliceAnswer[] = [];
    const outcomes = await evaluate(...sides, {
      ...all,
      among: 'annotated',
      onSliceAnswer: (answer) => answers.push(answer),
    });
    const find = (mode: string, ranking: string) =>
      outcomes.find((one) => one.mode === mode && one.ranking === ranking)!;
    expect(byVolume(find('slice', 'count'), 'liver')).toEqual([2, null, 2, null, null]);
    expect(byVolume(find('slice', 'count'), 'spleen')).toEqual([1, null, 1, 1, null]);
    // Slice 39 of Q1 has both classes: A 20 answers for the liver, B 40 for the spleen.
    expect(answers.filter(({ queryRow }) => queryRow === 3)).toMatchObject([
      { queryClass: 0, row: 1 },
      { queryClass: 1, row: 2 },
    ]);
    // Volume Q4 (95) asks for the spleen: C may not answer, D does.
    expect(byVolume(find('volume', 'count'), 'spleen')[3]).toBe(1);
    // Liver of Q3 (130 170), all volumes: H may not answer, so F does.
    expect(byVolume(find('region', 'late-interaction-all'), 'liver')[2]).toBe(1);
    expect(byVolume(find('range', 'late-interaction-all'), 'liver')[2]).toBe(1);
  });

  it('keeps the L nearest answering slices after late interaction', async () => {
    const liverOfQ1 = async (answers: number) =>
      byVolume((await figures({ answers })).find('ratio', 'late-interaction'), 'liver')[0];
    // By similarity: A 0 (2 degrees), A 0 (3), A 20 (5), A 20 (19).
    expect(await liverOfQ1(2)).toBe(1);
    expect(await liverOfQ1(3)).toBe(2 / 3);
    expect(await liverOfQ1(4)).toBe(1 / 2);
    // Count-based answers are never cut.
    expect(byVolume((await figures({ answers: 1 })).find('ratio', 'count'), 'liver')[0]).toBe(2 / 3);
  });

  it('cuts equal answering slices at the smaller slice index', async () => {
    // From a slice at 0 degrees, +30 and -30 are equally far; the second slice of V has the class.
    const twins = labelledSlicesFixture(classes, [volume('V', { 30: '', 330: 'L' })]);
    const mirrored = { ...twins, embeddings: Float32Array.of(0.8, 0.6, 0.8, -0.6) };
    const both = labelledSlicesFixture(classes, [volume('Q', { 0: 'L', 1: 'L' })]);
    const query = { ...both, embeddings: Float32Array.of(0.8, -0.6, 0.8, 0.6) };
    const [ratio] = await evaluate(mirrored, query, {
      modes: ['ratio'],
      rankings: ['late-interaction'],
      answers: 1,
    });
    // Both query slices find their like with the same similarity; row 0, without the class, is kept.
    expect(byVolume(ratio!, 'liver')).toEqual([0]);
  });

  it('asks for classes of at least minVoxels voxels, and takes any voxel for an answer', async () => {
    const few = { ...queries, voxels: queries.voxels.map((count, cell) => (cell === 0 ? 2 : count)) };
    const outcomes = await evaluate(database, few, { ...all, minVoxels: 2 });
    for (const one of outcomes) {
      // Only slice 2 of Q1 still has a class, the liver, and A 0 answers it. Volume-wise all of Q1 asks, as ever.
      const isRight = one.mode === 'volume' && one.ranking === 'max' ? 0 : 1;
      expect(byVolume(one, 'liver')).toEqual([isRight, null, null, null, null]);
      expect(byVolume(one, 'spleen')).toEqual([null, null, null, null, null]);
    }
  });
});

describe('what evaluate tells on the way', () => {
  it('hands out ranked answers with scores and answering rows', async () => {
    const answers: RankedAnswer[] = [];
    await figures({ onRankedAnswer: (answer) => answers.push(answer), rankings: ['count', 'max'] });
    // Volumes Q1 to Q4; regions: Q1 two, Q2 one, Q3 two, Q4 one; two rankings.
    expect(answers).toHaveLength((4 + 6) * 2);
    const { volumes, ...first } = answers[0]!;
    expect(first).toEqual({
      mode: 'volume',
      ranking: 'count',
      queryVolume: 0,
      queryClass: undefined,
      answeringRows: [0, 0, 1],
    });
    expect(volumes).toEqual([
      { volume: 0, score: 3 },
      { volume: 1, score: 1 },
    ]);
    const best = answers[1]!.volumes;
    expect(best.map((one) => one.volume)).toEqual([1, 0]);
    expect(best[0]!.score).toBeCloseTo(cosine(1), 6);
    expect(best[1]!.score).toBeCloseTo(cosine(2), 6);
    expect(answers[2]).toMatchObject({ mode: 'region', queryVolume: 0, queryClass: 0 });
  });

  it('scores late interaction with the sum over the slices of the query, and cuts the ranking at the depth', async () => {
    const answers: RankedAnswer[] = [];
    const onRankedAnswer = (answer: RankedAnswer) => answers.push(answer);
    await figures({ onRankedAnswer, rankings: ['late-interaction-all'], modes: ['volume'], depth: 3 });
    const ofQ3 = answers[2]!;
    // H (4 4), F (1 39), G (42 2).
    expect(ofQ3.volumes.map((one) => one.volume)).toEqual([6, 4, 5]);
    expect(ofQ3.volumes[0]!.score).toBeCloseTo(2 * cosine(4), 6);
    expect(ofQ3.volumes[1]!.score).toBeCloseTo(cosine(1) + cosine(39), 6);
    expect(ofQ3.volumes[2]!.score).toBeCloseTo(cosine(42) + cosine(2), 6);
    // H 134 and H 166 are equally far from their query slices.
    expect([...ofQ3.answeringRows].sort()).toEqual([8, 9]);
  });

  it('hands out the whole ranking of every volume, also without a class or the mode', async () => {
    const told: VolumeRanking[] = [];
    await figures({
      modes: ['slice'],
      rankings: ['late-interaction-all'],
      depth: 1,
      onVolumeRanking: (ranking) => told.push(ranking),
    });
    expect(told.map(({ queryVolume }) => queryVolume)).toEqual([0, 1, 2, 3, 4]);
    // Q5 is at 0: A 0, B 40, then C and D at 90, F 131, H 134, G 172.
    expect(told[4]!.volumes.map(({ volume }) => volume)).toEqual([0, 1, 2, 3, 4, 6, 5]);
  });

  it('hands out the nearest slice of every query slice', async () => {
    const answers: SliceAnswer[] = [];
    await figures({ modes: ['slice'], onSliceAnswer: (answer) => answers.push(answer) });
    expect(answers.map(({ queryRow }) => queryRow)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(answers.map(({ row }) => row)).toEqual([0, 0, 1, 2, 3, 4, 6, 7, 4, 0]);
    expect(answers[5]!.similarity).toBeCloseTo(cosine(10), 6);
  });

  it('counts a query that an approximate index does not answer as not found', async () => {
    const blind = {
      search: (vectors: Float32Array) =>
        Promise.resolve({
          k: 1,
          rows: new Int32Array(vectors.length / 2).fill(-1),
          similarities: new Float32Array(vectors.length / 2).fill(Number.NEGATIVE_INFINITY),
        }),
    };
    const answers: SliceAnswer[] = [];
    const { outcomes, find } = await figures({
      index: blind,
      onSliceAnswer: (answer) => answers.push(answer),
    });
    expect(answers).toEqual([]);
    for (const one of outcomes) {
      if (one.ranking === 'late-interaction-all') continue;
      expect(one.values.every((value) => value === 0)).toBe(true);
      expect(one.queries.some((count) => count > 0)).toBe(true);
    }
    // Late interaction over all volumes needs no nearest slices.
    expect(byVolume(find('volume', 'late-interaction-all'), 'spleen')).toEqual([1, 1, 1, 0, null]);
  });

  it('reports progress by query volume and stops when asked to', async () => {
    const progress: string[] = [];
    const controller = new AbortController();
    const stopped = figures({
      signal: controller.signal,
      onProgress: (done, total) => {
        progress.push(`${done}/${total}`);
        if (done === 2) controller.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(progress).toEqual(['1/5', '2/5']);
  });

  it('refuses sides that cannot be compared, and options that are no numbers of things', async () => {
    const usage = { code: 'USAGE' };
    const renamed = { ...queries, classes: ['spleen', 'liver', 'brain'] };
    await expect(evaluate(database, renamed, all)).rejects.toMatchObject(usage);
    await expect(evaluate(database, { ...queries, dimension: 4 }, all)).rejects.toMatchObject(usage);
    await expect(evaluate(database, queries, { ...all, answers: 0 })).rejects.toMatchObject(usage);
    await expect(evaluate(database, queries, { ...all, minVoxels: 1.5 })).rejects.toMatchObject(usage);
    await expect(evaluate(database, queries, { ...all, depth: Number.NaN })).rejects.toMatchObject(usage);
  });
});
