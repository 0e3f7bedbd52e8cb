import { emptySearch, formatSearch } from '../search/search-state.js';

/** @returns address of the search page with a volume as its query, and another one opened beside it. */
export function searchAddress(volume: string, hit: string | null = null): string {
  return `/?${formatSearch({ ...emptySearch, source: { kind: 'volume', id: volume }, hit })}`;
}
