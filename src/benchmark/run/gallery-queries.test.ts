import { describe, expect, it } from 'vitest';
import { labelledSlicesFixture } from '../../../tests/labelled-slices-fixture.js';
import { classMap } from '../class-maps/class-map.js';
import type { RankedAnswer } from '../outcomes.js';
import { classesThatAreLabels, GalleryQueries } from './gallery-queries.js';

const classes = ['colon', 'liver', 'spleen'];
const slice = (...names: string[]) => ({
  vector: [1, 0],
  voxels: Object.fromEntries(names.map((name) => [name, 2])),
});
/** Rows 0 and 1 are D's, row 2 is E's. */
const database = labelledSlicesFixture(classes, [
  { id: 'D', slices: [slice('liver'), slice('liver', 'spleen')] },
  { id: 'E', slices: [slice()] },
]);
const queries = labelledSlicesFixture(classes, [
  { id: 'P', slices: [slice('liver'), slice('liver'), slice('spleen')] },
  { id: 'Q', slices: [slice('colon', 'liver'), slice('liver'), slice('liver', 'spleen')] },
]);

function gallery(wanted: readonly string[] = classes): GalleryQueries {
  return new GalleryQueries({
    database,
    queries,
    minVoxels: 1,
    ranking: 'late-interaction',
    classes: wanted,
  });
}

function answer(query: 'P' | 'Q', name: string, volume: 'D' | 'E', ...answeringRows: number[]): RankedAnswer {
  return {
    mode: 'region',
    ranking: 'late-interaction',
    queryVolume: 'PQ'.indexOf(query),
    queryClass: classes.indexOf(name),
    volumes: [{ volume: 'DE'.indexOf(volume), score: 1 }],
    answeringRows,
    range: undefined,
  };
}

const names = (chosen: readonly { query: string; class: string }[]) =>
  chosen.map((query) => `${query.query} ${query.class}`);

describe('the choice of queries', () => {
  it('takes for the best those whose answers all have the class, the most query slices first', () => {
    const choice = gallery();
    choice.add(answer('P', 'liver', 'D', 0, 1)); // 2 query slices, ratio 1
    choice.add(answer('Q', 'liver', 'D', 0)); // 3 query slices, ratio 1
    choice.add(answer('P', 'spleen', 'D', 1)); // 1 query slice, ratio 1
    const { best, worst } = choice.choose(3);
    expect(names(best)).toEqual(['Q liver', 'P spleen']);
    expect(worst).toEqual([]);
    expect(best[0]).toEqual({
      class: 'liver',
      query: 'Q',
      returned: 'D',
      returnedHasClass: true,
      querySlices: 3,
      answers: 1,
      containing: 1,
    });
  });

  it('takes for the worst the smallest ratio, and of equals the most query slices', () => {
    const choice = gallery();
    choice.add(answer('P', 'spleen', 'D', 0, 1)); // ratio 1/2
    choice.add(answer('Q', 'colon', 'D', 0, 1)); // ratio 0, 1 query slice
    choice.add(answer('Q', 'liver', 'E', 2)); // ratio 0, 3 query slices
    const { best, worst } = choice.choose(3);
    expect(best).toEqual([]);
    expect(names(worst)).toEqual(['Q liver', 'P spleen']);
    expect(worst.map(({ returnedHasClass }) => returnedHasClass)).toEqual([false, true]);
    expect(names(choice.choose(1).worst)).toEqual(['Q liver']);
  });

  it('counts an answer without slices as the worst', () => {
    const choice = gallery();
    choice.add(answer('P', 'liver', 'D'));
    expect(names(choice.choose(3).worst)).toEqual(['P liver']);
  });

  it('passes over other modes, rankings and classes, and what was not answered', () => {
    const choice = gallery(['spleen']);
    choice.add({ ...answer('P', 'spleen', 'D', 1), ranking: 'count' });
    choice.add({ ...answer('P', 'spleen', 'D', 1), mode: 'volume', queryClass: undefined });
    choice.add({ ...answer('P', 'spleen', 'D'), volumes: [] });
    choice.add(answer('P', 'liver', 'D', 0));
    expect(choice.choose(3)).toEqual({ best: [], worst: [] });
  });

  it('does not depend on the order of the answers', () => {
    const answers = [
      answer('P', 'liver', 'D', 0),
      answer('Q', 'spleen', 'E', 2),
      answer('P', 'spleen', 'E', 2),
      answer('Q', 'liver', 'D', 1),
    ];
    const [forward, backward] = [gallery(), gallery()];
    for (const each of answers) forward.add(each);
    for (const each of answers.toReversed()) backward.add(each);
    expect(backward.choose(2)).toEqual(forward.choose(2));
  });
});

describe('classes that are labels', () => {
  const map = classMap('mine', '', { lung: ['lung', 'lung_left'], liver: ['liver'], gut: ['colon'] });

  it('are those of one label of the same name', () => {
    expect(classesThatAreLabels(map, ['colon', 'liver', 'lung', 'lung_left'])).toEqual(['liver']);
  });

  it('are judged by the labels that the data has', () => {
    expect(classesThatAreLabels(map, ['lung'])).toEqual(['lung']);
    expect(classesThatAreLabels(map, ['lung_left'])).toEqual([]);
  });
});
