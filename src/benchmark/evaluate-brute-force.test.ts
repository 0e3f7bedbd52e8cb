import { describe, expect, it } from 'vitest';
import { randomBenchmark } from '../../tests/labelled-slices-fixture.js';
import { randomNumbers } from '../../tests/random.js';
import { dot } from '../../tests/stored-slices-fixture.js';
import { evaluate } from './evaluate.js';
import type { LabelledSlices } from './labelled-slices.js';
import { type BenchmarkRanking, type Mode, modes, type Outcomes, rankings } from './outcomes.js';

/** One slice of either side, with everything that the definitions speak of. */
interface Slice {
  readonly volume: string;
  readonly index: number;
  readonly vector: readonly number[];
  readonly voxels: readonly number[];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

interface Answer {
  readonly query: Slice;
  readonly slice: Slice;
  readonly similarity: number;
}

function slicesOf(side: LabelledSlices): Slice[] {
  return side.volumes.flatMap(({ id, firstRow, rowCount }) =>
    Array.from({ length: rowCount }, (_, ordinal) => {
      const row = firstRow + ordinal;
      return {
        volume: id,
        index: side.sliceIndex[row]!,
        vector: [...side.embeddings.subarray(row * side.dimension, (row + 1) * side.dimension)],
        voxels: [...side.voxels.subarray(row * side.classes.length, (row + 1) * side.classes.length)],
      };
    }),
  );
}

const byId = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function nearest(query: Slice, slices: readonly Slice[]): Answer {
  return slices
    .map((slice) => ({ query, slice, similarity: Math.fround(dot(query.vector, slice.vector)) }))
    .sort(
      (a, b) =>
        b.similarity - a.similarity || byId(a.slice.volume, b.slice.volume) || a.slice.index - b.slice.index,
    )[0]!;
}

const total = (answers: readonly Answer[]) => answers.reduce((sum, { similarity }) => sum + similarity, 0);

/** The returned volume and its answering slices, one query at a time, nothing shared between queries. */
function answerTo(
  query: readonly Slice[],
  database: readonly Slice[],
  ranking: BenchmarkRanking,
  limit: number,
): { volume: string; answering: Slice[] } {
  const hits = query.map((slice) => nearest(slice, database));
  const isLate = ranking.startsWith('late');
  const owners = new Set(
    (ranking === 'late-interaction-all' ? database : hits.map((hit) => hit.slice)).map(
      ({ volume }) => volume,
    ),
  );
  const ranked = [...owners].map((volume) => {
    const own = database.filter((slice) => slice.volume === volume);
    const answers = isLate
      ? query.map((slice) => nearest(slice, own))
      : hits.filter((hit) => hit.slice.volume === volume);
    const score = {
      count: answers.length,
      max: Math.max(...answers.map(({ similarity }) => similarity)),
      sum: total(answers),
      'late-interaction': total(answers),
      'late-interaction-all': total(answers),
    }[ranking];
    return { volume, answers, score };
  });
  ranked.sort((a, b) => b.score - a.score || total(b.answers) - total(a.answers) || byId(a.volume, b.volume));
  const { volume, answers } = ranked[0]!;
  const kept = isLate
    ? [...answers]
        .sort((a, b) => b.similarity - a.similarity || a.slice.index - b.slice.index)
        .slice(0, limit)
    : answers;
  return { volume, answering: kept.map(({ slice }) => slice) };
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const similarity = (a: Slice, b: Slice) => Math.fround(dot(a.vector, b.vector));

/** Every range of the right length, the best by the formula of the documentation; slices in mm from the first. */
function localizedRange(region: readonly Slice[], own: readonly Slice[], millimetres: number): Range {
  const length = Math.min(own.length, Math.max(1, Math.round(millimetres)));
  const ranges = own.slice(0, own.length - length + 1).map((_, start) => {
    const range = own.slice(start, start + length);
    const found = meanOf(region.map((q) => Math.max(...range.map((s) => similarity(q, s)))));
    const answered = meanOf(range.map((s) => Math.max(...region.map((q) => similarity(q, s)))));
    return { from: range[0]!.index, to: range.at(-1)!.index, fit: (found + answered) / 2 };
  });
  return ranges.reduce((best, range) => (range.fit > best.fit ? range : best));
}

/** Intersection over union of intervals in mm; a slice covers half a spacing on both sides. */
function overlapInMm(range: Range, containing: readonly Slice[], spacing: number): number {
  if (containing.length === 0) return 0;
  const ends = ({ from, to }: Range) => [(from - 0.5) * spacing, (to + 0.5) * spacing] as const;
  const indices = containing.map(({ index }) => index);
  const [a, b] = ends(range);
  const [c, d] = ends({ from: Math.min(...indices), to: Math.max(...indices) });
  const common = Math.max(0, Math.min(b, d) - Math.max(a, c));
  return common / (b - a + (d - c) - common);
}

/** Queries and their summed values of one mode and ranking, for one query volume and class. */
function outcome(
  query: readonly Slice[],
  database: readonly Slice[],
  mode: Mode,
  ranking: BenchmarkRanking,
  c: number,
  { minVoxels, answers }: { minVoxels: number; answers: number },
  spacingOf: (volume: string) => number,
): [number, number] {
  const region = query.filter((slice) => slice.voxels[c]! >= minVoxels);
  if (region.length === 0) return [0, 0];
  const has = (slice: Slice) => slice.voxels[c]! > 0;
  if (mode === 'slice') {
    return [region.length, region.filter((slice) => has(nearest(slice, database).slice)).length];
  }
  const { volume, answering } = answerTo(mode === 'volume' ? query : region, database, ranking, answers);
  const isThere = database.some((slice) => slice.volume === volume && has(slice));
  switch (mode) {
    case 'volume':
    case 'region':
      return [1, Number(isThere)];
    case 'localized':
      return [1, Number(isThere && answering.some(has))];
    case 'ratio':
      return [1, answering.filter(has).length / answering.length];
    case 'range':
    case 'range-half': {
      const own = database.filter((slice) => slice.volume === volume);
      const span = region.at(-1)!.index - region[0]!.index + 1;
      const spacing = spacingOf(volume);
      const range = localizedRange(region, own, (span * spacingOf(region[0]!.volume)) / spacing);
      const overlap = overlapInMm(range, own.filter(has), spacing);
      return [1, mode === 'range' ? overlap : Number(overlap >= 0.5 - 1e-9)];
    }
  }
}

function expectOutcomes(one: Outcomes, expected: readonly [number, number][]): void {
  const name = `${one.mode} ${one.ranking}`;
  expect([...one.queries], name).toEqual(expected.map(([count]) => count));
  // Lengths in mm may be rounded, shares are not.
  const digits = 12;
  for (const [cell, [, value]] of expected.entries())
    expect(one.values[cell], name).toBeCloseTo(value, digits);
}

describe.each([1, 2, 3, 4, 5, 6, 7, 8])('random volumes with equal slices, seed %i', (seed) => {
  const { database, queries } = randomBenchmark(seed, randomNumbers(seed));
  const options = { minVoxels: 1 + (seed % 3), answers: seed % 2 === 0 ? 3 : 15 };

  const sides = [...database.volumes, ...queries.volumes];
  const spacingOf = (volume: string) => sides.find(({ id }) => id === volume)!.spacingMm;
  const stored = slicesOf(database);
  const asked = slicesOf(queries);

  it('has the outcomes of brute force over every query', async () => {
    const outcomes = await evaluate(database, queries, { modes, rankings, ...options });
    for (const one of outcomes) {
      const expected = queries.volumes.flatMap(({ id }) => {
        const query = asked.filter((slice) => slice.volume === id);
        return queries.classes.map((_, c) =>
          outcome(query, stored, one.mode, one.ranking, c, options, spacingOf),
        );
      });
      expectOutcomes(one, expected);
    }
  });

  it('has the outcomes of brute force where each class is asked of and by its annotated volumes alone', async () => {
    const random = randomNumbers(100 + seed);
    const lookedFor = new Map(sides.map(({ id }) => [id, queries.classes.map(() => random() < 0.6)]));
    const flagsOf = (side: LabelledSlices) =>
      Uint8Array.from(side.volumes.flatMap(({ id }) => lookedFor.get(id)!.map(Number)));
    const outcomes = await evaluate(
      { ...database, annotated: flagsOf(database) },
      { ...queries, annotated: flagsOf(queries) },
      { modes, rankings, among: 'annotated', ...options },
    );
    for (const one of outcomes) {
      const expected = queries.volumes.flatMap(({ id }) => {
        const query = asked.filter((slice) => slice.volume === id);
        return queries.classes.map((_, c): [number, number] => {
          if (!lookedFor.get(id)![c]) return [0, 0];
          const judged = stored.filter(({ volume }) => lookedFor.get(volume)![c]);
          return outcome(query, judged, one.mode, one.ranking, c, options, spacingOf);
        });
      });
      expectOutcomes(one, expected);
    }
  });

  it('has the same outcomes for a part of the queries and of the tables', async () => {
    const whole = await evaluate(database, queries, { modes, rankings, ...options });
    const some = { ...queries, volumes: queries.volumes.slice(3, 6) };
    const part = await evaluate(database, some, {
      modes: ['ratio'],
      rankings: ['late-interaction'],
      ...options,
    });
    const same = whole.find((one) => one.mode === 'ratio' && one.ranking === 'late-interaction')!;
    const { length } = queries.classes;
    expect(part).toHaveLength(1);
    expect(part[0]!.values).toEqual(same.values.slice(3 * length, 6 * length));
  });
});
