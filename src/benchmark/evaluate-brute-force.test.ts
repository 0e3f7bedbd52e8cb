import { describe, expect, it } from 'vitest';
import { randomBenchmark } from '../../tests/labelled-slices-fixture.js';
import { randomNumbers } from '../../tests/random.js';
import { dot } from '../../tests/stored-slices-fixture.js';
import { evaluate } from './evaluate.js';
import type { LabelledSlices } from './labelled-slices.js';
import { type BenchmarkRanking, type Mode, modes, rankings } from './outcomes.js';

/** One slice of either side, with everything that the definitions speak of. */
interface Slice {
  readonly volume: string;
  readonly index: number;
  readonly vector: readonly number[];
  readonly voxels: readonly number[];
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

/** Queries and their summed values of one mode and ranking, for one query volume and class. */
function outcome(
  query: readonly Slice[],
  database: readonly Slice[],
  mode: Mode,
  ranking: BenchmarkRanking,
  c: number,
  { minVoxels, answers }: { minVoxels: number; answers: number },
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
  }
}

describe.each([1, 2, 3, 4, 5, 6, 7, 8])('random volumes with equal slices, seed %i', (seed) => {
  const { database, queries } = randomBenchmark(seed, randomNumbers(seed));
  const options = { minVoxels: 1 + (seed % 3), answers: seed % 2 === 0 ? 3 : 15 };

  it('has the outcomes of brute force over every query', async () => {
    const outcomes = await evaluate(database, queries, { modes, rankings, ...options });
    const stored = slicesOf(database);
    const asked = slicesOf(queries);
    for (const one of outcomes) {
      const expected = queries.volumes.flatMap(({ id }) => {
        const query = asked.filter((slice) => slice.volume === id);
        return queries.classes.map((_, c) => outcome(query, stored, one.mode, one.ranking, c, options));
      });
      const name = `${one.mode} ${one.ranking}`;
      expect([...one.queries], name).toEqual(expected.map(([count]) => count));
      expect([...one.values], name).toEqual(expected.map(([, value]) => value));
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
