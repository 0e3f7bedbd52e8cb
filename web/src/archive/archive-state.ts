import { type Colouring, colourings } from './categories.js';
import { type SortKey, sortKeys, type VolumeOrder } from './sort-volumes.js';
import { facetNames, noFilter, type VolumeFilter } from './volume-filter.js';

/** All that an address of the archive page tells. */
export interface ArchiveState {
  readonly filter: VolumeFilter;
  readonly order: VolumeOrder;
  /** From 0. */
  readonly page: number;
  readonly colouring: Colouring;
}

export const firstState: ArchiveState = {
  filter: noFilter,
  order: { key: 'id', descending: false },
  page: 0,
  colouring: 'modality',
};

/** Reads an address. What is missing or broken in it is as if it were not there. */
export function parseArchive(text: string): ArchiveState {
  const given = new URLSearchParams(text);
  const facets = Object.fromEntries(facetNames.map((facet) => [facet, given.get(facet)]));
  const [key, direction] = (given.get('sort') ?? '').split('-');
  const known = sortKeys.find((candidate): candidate is SortKey => candidate === key);
  const page = Number(given.get('page') ?? 1) - 1;
  return {
    filter: { ...noFilter, ...facets, text: given.get('text') ?? '' },
    order: known === undefined ? firstState.order : { key: known, descending: direction === 'down' },
    page: Number.isInteger(page) && page > 0 ? page : 0,
    colouring: colourings.find((value) => value === given.get('colour')) ?? firstState.colouring,
  };
}

/** @returns the address, without "?"; only what differs from {@link firstState}. */
export function formatArchive({ filter, order, page, colouring }: ArchiveState): string {
  const given = new URLSearchParams();
  if (filter.text !== '') given.set('text', filter.text);
  for (const facet of facetNames) {
    const value = filter[facet];
    if (value !== null) given.set(facet, value);
  }
  const { key, descending } = order;
  if (key !== firstState.order.key || descending) given.set('sort', descending ? `${key}-down` : key);
  if (page > 0) given.set('page', String(page + 1));
  if (colouring !== firstState.colouring) given.set('colour', colouring);
  return given.toString();
}
