import { describe, expect, it } from 'vitest';
import { searchRequest } from '../../../src/server/schemas.js';
import { emptySearch, formatSearch, parseSearch, type SearchState, searchRequestOf } from './search-state.js';

const full: SearchState = {
  source: { kind: 'volume', id: 'case 7/\u00e4?&=' },
  part: {
    kind: 'box',
    box: [
      [-40.5, 40],
      [-20, 60],
      [100, 160.2],
    ],
  },
  cropMarginMm: 15,
  ranking: 'count',
  k: 20,
  excludeSamePatient: true,
  filter: "modality = 'CT' AND region LIKE '%neck%'",
  hit: 's0007',
  position: [1.5, -2, 130],
  hitPosition: [0, 0.1, -77.7],
  layout: 'planes',
  window: 'lung',
  queryWindow: '-100:300',
  hitWindow: null,
  linked: false,
  maskShown: true,
};

describe('the address of a search', () => {
  it('holds everything', () => {
    expect(parseSearch(formatSearch(full))).toEqual(full);
    const upload: SearchState = {
      ...emptySearch,
      source: { kind: 'upload', upload: 'u1', image: '2' },
      part: { kind: 'slices', slices: [3, 9] },
    };
    expect(parseSearch(formatSearch(upload))).toEqual(upload);
  });

  it('is short where nothing was chosen, and readable', () => {
    expect(formatSearch(emptySearch)).toBe('');
    expect(
      formatSearch({ ...emptySearch, source: { kind: 'volume', id: 's1' }, position: [1, -2.25, 3] }),
    ).toBe('volume=s1&at=1,-2.3,3');
  });

  it('is read without trust: what is broken is left out', () => {
    const state = parseSearch(
      'volume=a&box=1,2,3&slices=x,4&k=-3&rank=best&at=1,2&view=moon&window=dark&crop=-1',
    );
    expect(state).toEqual({ ...emptySearch, source: { kind: 'volume', id: 'a' } });
    expect(parseSearch('upload=u1').source).toBeNull();
    expect(parseSearch('volume=').source).toBeNull();
  });

  it('puts ends into order', () => {
    expect(parseSearch('volume=a&slices=9,3').part).toEqual({ kind: 'slices', slices: [3, 9] });
    expect(parseSearch('volume=a&box=5,1,0,2,3,2').part).toEqual({
      kind: 'box',
      box: [
        [1, 5],
        [0, 2],
        [2, 3],
      ],
    });
  });
});

describe('searchRequestOf', () => {
  it('asks for nothing without a query', () => {
    expect(searchRequestOf(emptySearch)).toBeNull();
  });

  it('says what the server takes', () => {
    const request = searchRequestOf(full);
    expect(searchRequest.parse(request)).toEqual(request);
    expect(request).toMatchObject({ ranking: 'count', k: 20, exclude: 'same-patient', cropMarginMm: 15 });
  });

  it('leaves an archived query itself out, and nothing for an upload', () => {
    const archived = searchRequestOf({ ...emptySearch, source: { kind: 'volume', id: 'a' } });
    expect(archived?.exclude).toBe('self');
    const uploaded = searchRequestOf({ ...emptySearch, source: { kind: 'upload', upload: 'u', image: 'i' } });
    expect(uploaded).toMatchObject({ upload: { id: 'u', image: 'i' }, exclude: 'none' });
  });

  it('crops regions only', () => {
    const request = searchRequestOf({ ...full, part: { kind: 'slices', slices: [1, 2] } });
    expect(request).not.toHaveProperty('cropMarginMm');
  });
});
