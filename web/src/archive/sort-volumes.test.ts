import { describe, expect, it } from 'vitest';
import type { VolumeSummary } from '../../../src/server/schemas.js';
import { orderAfterClick, sortedVolumes, type VolumeOrder } from './sort-volumes.js';

const volume = (id: string, stated: Partial<VolumeSummary>): VolumeSummary => ({
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
  volume('s10', { sliceCount: 5, split: 'train', region: 'neck', ingestedAt: '2026-01-02T00:00:00.000Z' }),
  volume('s9', { sliceCount: 70, region: 'abdomen' }),
  volume('s1', { sliceCount: 5, split: 'test', modality: 'MR', ingestedAt: '2026-03-01T00:00:00.000Z' }),
];
const sorted = (key: VolumeOrder['key'], descending = false) =>
  sortedVolumes(volumes, { key, descending }).map(({ id }) => id);

describe('sortedVolumes', () => {
  it('reads digits in ids as numbers', () => {
    expect(sorted('id')).toEqual(['s1', 's9', 's10']);
    expect(sorted('id', true)).toEqual(['s10', 's9', 's1']);
  });

  it('sorts equal ones by id', () => {
    expect(sorted('slices')).toEqual(['s1', 's10', 's9']);
    expect(sorted('slices', true)).toEqual(['s9', 's1', 's10']);
  });

  it('puts what is not stated last, whichever way round', () => {
    expect(sorted('split')).toEqual(['s1', 's10', 's9']);
    expect(sorted('split', true)).toEqual(['s10', 's1', 's9']);
  });

  it('sorts by modality, then region; by time', () => {
    expect(sorted('examination')).toEqual(['s9', 's10', 's1']);
    expect(sorted('added', true)).toEqual(['s1', 's10', 's9']);
  });

  it('leaves what it was given as it was', () => {
    sorted('id');
    expect(volumes[0]!.id).toBe('s10');
  });
});

describe('orderAfterClick', () => {
  it('turns the same column round, and begins another where one wants to look first', () => {
    expect(orderAfterClick({ key: 'id', descending: false }, 'id')).toEqual({ key: 'id', descending: true });
    expect(orderAfterClick({ key: 'id', descending: true }, 'split')).toEqual({
      key: 'split',
      descending: false,
    });
    expect(orderAfterClick({ key: 'id', descending: true }, 'slices')).toEqual({
      key: 'slices',
      descending: true,
    });
  });
});
