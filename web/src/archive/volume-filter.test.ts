import { describe, expect, it } from 'vitest';
import type { VolumeSummary } from '../../../src/server/schemas.js';
import { facetValues, noFilter, passes, shownValue } from './volume-filter.js';

const volume = (id: string, stated: Partial<VolumeSummary> = {}): VolumeSummary => ({
  id,
  patient: null,
  split: null,
  modality: 'CT',
  region: null,
  labels: [],
  size: [1, 1, 1],
  spacing: [1, 1, 1],
  sliceCount: 1,
  ingestedAt: '2026-01-01T00:00:00.000Z',
  revision: 'r',
  ...stated,
});

const volumes = [
  volume('a', { region: 'neck', split: 'train', labels: ['larynx', 'spinal_cord'], patient: 'Mo' }),
  volume('b', { region: 'neck', split: 'test', labels: ['spinal_cord'] }),
  volume('c', { region: 'brain', split: 'train', modality: 'MR' }),
  volume('d'),
];
const passing = (filter: Partial<typeof noFilter>) =>
  volumes.filter((one) => passes(one, { ...noFilter, ...filter })).map(({ id }) => id);

describe('passes', () => {
  it('asks for one value of each facet', () => {
    expect(passing({})).toEqual(['a', 'b', 'c', 'd']);
    expect(passing({ region: 'neck' })).toEqual(['a', 'b']);
    expect(passing({ region: 'neck', split: 'train' })).toEqual(['a']);
    expect(passing({ label: 'spinal_cord' })).toEqual(['a', 'b']);
    expect(passing({ modality: 'MR', region: 'neck' })).toEqual([]);
  });

  it('knows what is not stated', () => {
    expect(passing({ region: '' })).toEqual(['d']);
  });

  it('looks for a text anywhere, whatever the case of letters', () => {
    expect(passing({ text: ' LARYN ' })).toEqual(['a']);
    expect(passing({ text: 'mo' })).toEqual(['a']);
    expect(passing({ text: 'brain' })).toEqual(['c']);
    expect(passing({ text: 'nothing' })).toEqual([]);
  });
});

describe('facetValues', () => {
  it('counts what a click would leave: the other facets are kept, its own is not', () => {
    const filter = { ...noFilter, region: 'brain' };
    expect(facetValues(volumes, filter, 'region')).toEqual([
      { value: 'neck', count: 2 },
      { value: 'brain', count: 1 },
      { value: '', count: 1 },
    ]);
    expect(facetValues(volumes, filter, 'split')).toEqual([
      { value: 'train', count: 1 },
      { value: 'test', count: 0 },
      { value: '', count: 0 },
    ]);
  });

  it('counts a volume for each of its labels', () => {
    expect(facetValues(volumes, noFilter, 'label')).toEqual([
      { value: 'spinal_cord', count: 2 },
      { value: 'larynx', count: 1 },
    ]);
  });

  it('is empty where nothing is stated', () => {
    expect(facetValues([volumes[3]!], noFilter, 'split')).toEqual([]);
  });
});

describe('shownValue', () => {
  it('reads labels as words, and leaves regions as they are', () => {
    expect(shownValue('spinal_cord', 'label')).toBe('spinal cord');
    expect(shownValue('a_b', 'region')).toBe('a_b');
    expect(shownValue('', 'split')).toBe('not stated');
  });
});
