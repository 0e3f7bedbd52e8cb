import { describe, expect, it } from 'vitest';
import { randomBenchmark } from '../../tests/labelled-slices-fixture.js';
import { randomNumbers } from '../../tests/random.js';
import { buildIndex, indexNames } from '../index/open-index.js';
import { volumeOfRow } from '../retrieval/hit-table.js';
import { evaluate } from './evaluate.js';
import type { LabelledSlices } from './labelled-slices.js';
import { modes, type RankedAnswer, rankings, type SliceAnswer } from './outcomes.js';

function annotatedBenchmark(seed: number) {
  const random = randomNumbers(seed);
  const { database, queries } = randomBenchmark(seed, random);
  const annotate = (side: LabelledSlices) => ({
    ...side,
    annotated: Uint8Array.from({ length: side.volumes.length * side.classes.length }, () =>
      Number(random() < 0.5),
    ),
  });
  return { database: annotate(database), queries: annotate(queries) };
}

const isAnnotated = ({ annotated, classes }: LabelledSlices, volume: number, c: number) =>
  annotated![volume * classes.length + c]! > 0;

describe.each([1, 2, 3])('answers among annotated volumes, seed %i', (seed) => {
  const { database, queries } = annotatedBenchmark(seed);

  it.each(indexNames)('come from these alone, to queries from these alone: %s', async (name) => {
    const built = await buildIndex(name, database);
    const ranked: RankedAnswer[] = [];
    const nearest: SliceAnswer[] = [];
    const outcomes = await evaluate(database, queries, {
      modes,
      rankings,
      among: 'annotated',
      index: built.index,
      onRankedAnswer: (answer) => ranked.push(answer),
      onSliceAnswer: (answer) => nearest.push(answer),
    });
    await built.close();
    const [ownerOfRow, ownerOfQuery] = [volumeOfRow(database), volumeOfRow(queries)];
    expect(nearest.length).toBeGreaterThan(0);
    for (const { queryClass, queryRow, row } of nearest) {
      expect(isAnnotated(queries, ownerOfQuery(queryRow), queryClass!)).toBe(true);
      expect(isAnnotated(database, ownerOfRow(row), queryClass!)).toBe(true);
    }
    expect(ranked.length).toBeGreaterThan(0);
    for (const { queryClass, queryVolume, volumes } of ranked) {
      expect(isAnnotated(queries, queryVolume, queryClass!)).toBe(true);
      for (const { volume } of volumes) expect(isAnnotated(database, volume, queryClass!)).toBe(true);
    }
    const asked = outcomes[0]!.queries.map((count, cell) => Number(count > 0 && !queries.annotated[cell]));
    expect(asked.every((count) => count === 0)).toBe(true);
  });

  it('are the condensed list of all answers, where every volume has a score of its own', async () => {
    const answersOf = async (among: 'all' | 'annotated') => {
      const answers = new Map<string, RankedAnswer['volumes']>();
      await evaluate(database, queries, {
        modes: ['region'],
        rankings: ['late-interaction-all'],
        among,
        onRankedAnswer: ({ queryVolume, queryClass, volumes }) =>
          answers.set(`${queryVolume} ${queryClass}`, volumes),
      });
      return answers;
    };
    const [all, annotated] = [await answersOf('all'), await answersOf('annotated')];
    expect(annotated.size).toBeGreaterThan(0);
    for (const [query, volumes] of annotated) {
      const queryClass = Number(query.split(' ')[1]);
      expect(volumes).toEqual(
        all.get(query)!.filter(({ volume }) => isAnnotated(database, volume, queryClass)),
      );
    }
  });
});
