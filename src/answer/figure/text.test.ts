import { describe, expect, it } from 'vitest';
import { type Answer, type Hit, queryName } from '../answer.js';
import {
  describeScore,
  describeSearch,
  formatNumber,
  formatPosition,
  formatRange,
  formatWindows,
} from './text.js';

const query: Answer['query'] = {
  imagePath: '/data/scans/s0042.nii.gz',
  openImage: () => Promise.reject(new Error('not read here')),
  series: null,
  dicomImages: [null, null, null, null],
  id: undefined,
  mode: 'volume',
  label: undefined,
  modality: 'CT',
  plane: 'axial',
  slices: [3, 4, 5, 6],
  encoder: 'some-encoder',
};
const answer = (ranking: Answer['ranking'], mode: Answer['query']['mode'] = 'volume') =>
  ({ query: { ...query, mode }, ranking }) as Answer;

describe('numbers and positions', () => {
  it('have a minus sign, and none for a zero', () => {
    expect(formatNumber(-12.34, 1)).toBe('−12.3');
    expect(formatNumber(-0.04, 1)).toBe('0.0');
    expect(formatNumber(0.98765, 3)).toBe('0.988');
  });

  it('name the coordinate that changes from slice to slice', () => {
    expect(formatPosition('axial', 12.25)).toBe('z 12.3 mm');
    expect(formatPosition('coronal', -7)).toBe('y −7.0 mm');
    expect(formatPosition('sagittal', 4.6, 0)).toBe('x 5 mm');
  });

  it('are ascending in a range; a range of one slice is a position', () => {
    expect(formatRange('axial', 40, -12)).toBe('z −12 … 40 mm');
    expect(formatRange('axial', 7.5, 7.5)).toBe('z 7.5 mm');
  });
});

describe('formatWindows', () => {
  it('names each window once', () => {
    const soft = { name: 'soft tissue', low: -160, high: 240 } as const;
    const lung = { name: 'lung', low: -1350, high: 150 } as const;
    expect(formatWindows([soft, lung, soft])).toEqual(['soft tissue −160 … 240 HU', 'lung −1350 … 150 HU']);
    expect(formatWindows([{ name: 'MR', low: 3.2, high: 811.7 }])).toEqual(['window 3 … 812']);
  });
});

describe('what was searched for', () => {
  it('is named by its id, or by its file with its folder', () => {
    expect(queryName(query)).toBe('scans/s0042.nii.gz');
    expect(queryName({ ...query, id: 'patient 7' })).toBe('patient 7');
  });

  it('says how many slices there were and how many are shown', () => {
    expect(describeSearch(answer('count'), 4)).toBe(
      'volume query of 4 axial slices  ·  ranked by number of nearest slices  ·  encoder some-encoder',
    );
    const forLiver = { query: { ...query, mode: 'region', label: 'liver' }, ranking: 'count' } as Answer;
    expect(describeSearch(forLiver, 4)).toContain('query for liver in 4 axial slices');
    expect(describeSearch(answer('late-interaction'), 2)).toContain('4 axial slices, 2 of them shown');
    expect(describeSearch(answer('late-interaction', 'slice'), 1)).toContain(
      'ranked by similarity of slices',
    );
  });

  it('explains the score of each ranking', () => {
    const hit = { score: 3, meanSimilarity: 0.75 } as Hit;
    expect(describeScore(hit, answer('count'))).toEqual([
      'nearest for 3 of 4 slices',
      'mean similarity 0.750',
    ]);
    expect(describeScore(hit, answer('late-interaction'))[0]).toBe('score 3.00');
    expect(describeScore({ ...hit, score: 0.9 }, answer('max'))[0]).toBe('largest similarity 0.900');
    expect(describeScore(hit, answer('sum'))[0]).toBe('sum of similarities 3.00');
    expect(describeScore({ ...hit, score: 0.9 }, answer('late-interaction', 'slice'))).toEqual([
      'similarity 0.900',
    ]);
  });
});
