import { describe, expect, it } from 'vitest';
import { type ArchiveState, firstState, formatArchive, parseArchive } from './archive-state.js';
import { noFilter } from './volume-filter.js';

describe('the address of the archive page', () => {
  it('is empty at first, and says all that was changed', () => {
    expect(formatArchive(firstState)).toBe('');
    const state: ArchiveState = {
      filter: { ...noFilter, text: 'a b', region: 'head & neck', split: '' },
      order: { key: 'slices', descending: true },
      page: 2,
      colouring: 'split',
    };
    const text = formatArchive(state);
    expect(text).toBe('text=a+b&region=head+%26+neck&split=&sort=slices-down&page=3&colour=split');
    expect(parseArchive(text)).toEqual(state);
  });

  it('is read as if what is broken in it were not there', () => {
    expect(parseArchive('?sort=size&page=-4&colour=blue&nonsense=1')).toEqual(firstState);
    expect(parseArchive('page=1.5').page).toBe(0);
    expect(parseArchive('sort=split').order).toEqual({ key: 'split', descending: false });
  });
});
