import { describe, expect, it } from 'vitest';
import type { VolumeRecord } from './records.js';
import { allocateSlices, compareIds } from './stored-slices.js';

const record = (id: string, sliceCount: number) => ({ id, sliceCount }) as VolumeRecord;

describe('allocateSlices', () => {
  it('lays out volumes in the order of their ids, one after the other', () => {
    const slices = allocateSlices([record('b', 2), record('c', 0), record('a', 3)], 4);
    expect(slices.volumes.map(({ volume, firstRow, rowCount }) => [volume.id, firstRow, rowCount])).toEqual([
      ['a', 0, 3],
      ['b', 3, 2],
      ['c', 5, 0],
    ]);
    expect(slices.embeddings).toHaveLength(5 * 4);
    expect(slices.sliceIndex).toHaveLength(5);
    expect(slices.positionMm).toHaveLength(5);
  });

  it('has room for nothing', () => {
    expect(allocateSlices([], 4)).toMatchObject({ dimension: 4, volumes: [] });
  });
});

describe('compareIds', () => {
  it('goes by code units, not by the language of the machine', () => {
    const ids = ['ä', 'b', 'B', 'a10', 'a2', 'a', ''];
    expect(ids.sort(compareIds)).toEqual(['', 'B', 'a', 'a10', 'a2', 'b', 'ä']);
    expect(compareIds('x', 'x')).toBe(0);
  });
});
