import type { ApiQueryRequest, ApiSearchRequest } from '../../../src/server/schemas.js';
import type { Box, Vector3 } from '../geometry/grid.js';
import { type Layout, layouts } from '../viewer/tiles.js';
import { parseWindow, type WindowChoice } from '../viewer/windows.js';

/** What is looked for, without the part. */
export type QuerySource =
  | { readonly kind: 'volume'; readonly id: string }
  | { readonly kind: 'upload'; readonly upload: string; readonly image: string };

/** Which part of it. Slice indices along the file's own axis, ranges with both ends, boxes RAS+ mm. */
export type QueryPart =
  | { readonly kind: 'whole' }
  | { readonly kind: 'slice'; readonly slice: number }
  | { readonly kind: 'slices'; readonly slices: readonly [number, number] }
  | { readonly kind: 'box'; readonly box: Box }
  | { readonly kind: 'label'; readonly label: string };

export const rankings = ['late-interaction', 'count', 'sum', 'max'] as const;
export type Ranking = (typeof rankings)[number];

/** All that an address of the search page tells. */
export interface SearchState {
  readonly source: QuerySource | null;
  readonly part: QueryPart;
  /** Only the region's rectangle of each slice is compared, with this margin, mm; null: whole slices. */
  readonly cropMarginMm: number | null;
  readonly ranking: Ranking;
  readonly k: number;
  readonly excludeSamePatient: boolean;
  /** SQL condition over the fields of the archive. */
  readonly filter: string;
  readonly hit: string | null;
  /** Crosshair of the query, RAS+ mm; null: the middle of the part. */
  readonly position: Vector3 | null;
  /** Crosshair of the hit; null: where the link leads to. */
  readonly hitPosition: Vector3 | null;
  /** null: the plane of the archive's slices. */
  readonly layout: Layout | null;
  /** Preset for every CT; null: soft tissue. */
  readonly window: WindowChoice | null;
  /** Intervals set by hand, for one of the two. */
  readonly queryWindow: WindowChoice | null;
  readonly hitWindow: WindowChoice | null;
  readonly linked: boolean;
  readonly maskShown: boolean;
}

const defaultK = 10;
export const largestK = 100;

export const emptySearch: SearchState = {
  source: null,
  part: { kind: 'whole' },
  cropMarginMm: null,
  ranking: 'late-interaction',
  k: defaultK,
  excludeSamePatient: false,
  filter: '',
  hit: null,
  position: null,
  hitPosition: null,
  layout: null,
  window: null,
  queryWindow: null,
  hitWindow: null,
  linked: true,
  maskShown: false,
};

/** Reads an address. What is missing or broken in it is as if it were not there. */
export function parseSearch(text: string): SearchState {
  const given = new URLSearchParams(text);
  const choice = <T extends string>(name: string, choices: readonly T[]): T | null =>
    choices.find((value) => value === given.get(name)) ?? null;
  const window = (name: string) => parseWindow(given.get(name) ?? '');
  const k = wholeNumber(given.get('k'));
  const crop = numbers(given.get('crop'), 1)?.[0];
  return {
    source: sourceOf(given),
    part: partOf(given),
    cropMarginMm: crop !== undefined && crop >= 0 && crop <= 1000 ? crop : null,
    ranking: choice('rank', rankings) ?? emptySearch.ranking,
    k: k !== null && k >= 1 && k <= largestK ? k : defaultK,
    excludeSamePatient: given.get('exclude') === 'same-patient',
    filter: given.get('filter') ?? '',
    hit: given.get('hit'),
    position: point(given.get('at')),
    hitPosition: point(given.get('hitAt')),
    layout: choice('view', layouts),
    window: window('window'),
    queryWindow: window('queryWindow'),
    hitWindow: window('hitWindow'),
    linked: given.get('link') !== 'off',
    maskShown: given.get('mask') === 'on',
  };
}

/** @returns the address, without "?"; only what differs from {@link emptySearch}. */
export function formatSearch(state: SearchState): string {
  const { source, part } = state;
  const pairs: [string, string | null][] = [
    ['volume', source?.kind === 'volume' ? source.id : null],
    ['upload', source?.kind === 'upload' ? source.upload : null],
    ['image', source?.kind === 'upload' ? source.image : null],
    ['slice', part.kind === 'slice' ? String(part.slice) : null],
    ['slices', part.kind === 'slices' ? part.slices.join(',') : null],
    ['box', part.kind === 'box' ? part.box.flat().join(',') : null],
    ['label', part.kind === 'label' ? part.label : null],
    ['crop', state.cropMarginMm === null ? null : String(state.cropMarginMm)],
    ['rank', state.ranking === emptySearch.ranking ? null : state.ranking],
    ['k', state.k === defaultK ? null : String(state.k)],
    ['exclude', state.excludeSamePatient ? 'same-patient' : null],
    ['filter', state.filter === '' ? null : state.filter],
    ['hit', state.hit],
    ['view', state.layout],
    ['window', state.window],
    ['queryWindow', state.queryWindow],
    ['hitWindow', state.hitWindow],
    ['link', state.linked ? null : 'off'],
    ['mask', state.maskShown ? 'on' : null],
    ['at', formatPoint(state.position)],
    ['hitAt', formatPoint(state.hitPosition)],
  ];
  const given = pairs.filter((pair): pair is [string, string] => pair[1] !== null);
  // A comma and a colon need no escape in a query, and addresses are read by people.
  return new URLSearchParams(given).toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
}

function sourceOf(given: URLSearchParams): QuerySource | null {
  const volume = given.get('volume');
  if (volume !== null && volume !== '') return { kind: 'volume', id: volume };
  const [upload, image] = [given.get('upload'), given.get('image')];
  return upload === null || image === null ? null : { kind: 'upload', upload, image };
}

function partOf(given: URLSearchParams): QueryPart {
  const slice = wholeNumber(given.get('slice'));
  if (slice !== null) return { kind: 'slice', slice };
  const slices = numbers(given.get('slices'), 2);
  if (slices?.every((index) => Number.isInteger(index) && index >= 0)) {
    const [a, b] = [slices[0]!, slices[1]!];
    return { kind: 'slices', slices: [Math.min(a, b), Math.max(a, b)] };
  }
  const sides = numbers(given.get('box'), 6);
  if (sides !== null) {
    const range = (axis: number) => {
      const [a, b] = [sides[2 * axis]!, sides[2 * axis + 1]!];
      return [Math.min(a, b), Math.max(a, b)] as const;
    };
    return { kind: 'box', box: [range(0), range(1), range(2)] };
  }
  const label = given.get('label');
  return label === null || label === '' ? { kind: 'whole' } : { kind: 'label', label };
}

function numbers(text: string | null, count: number): number[] | null {
  if (text === null || text === '') return null;
  const parts = text.split(',');
  const values = parts.map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  return values.length === count && values.every(Number.isFinite) ? values : null;
}

function wholeNumber(text: string | null): number | null {
  const value = numbers(text, 1)?.[0];
  return value !== undefined && Number.isInteger(value) && value >= 0 ? value : null;
}

function point(text: string | null): Vector3 | null {
  const values = numbers(text, 3);
  return values === null ? null : [values[0]!, values[1]!, values[2]!];
}

function formatPoint(position: Vector3 | null): string | null {
  return position === null ? null : position.map((mm) => Number(mm.toFixed(1))).join(',');
}

/** @returns what is asked of the server, null where nothing was chosen. */
export function queryRequestOf({ source, part, cropMarginMm }: SearchState): ApiQueryRequest | null {
  if (source === null) return null;
  return {
    ...(source.kind === 'volume'
      ? { volume: source.id }
      : { upload: { id: source.upload, image: source.image } }),
    ...(part.kind === 'slice' ? { slice: part.slice } : {}),
    ...(part.kind === 'slices' ? { slices: [part.slices[0], part.slices[1]] } : {}),
    ...(part.kind === 'box'
      ? { box: part.box.map(([low, high]) => [low, high]) as ApiQueryRequest['box'] }
      : {}),
    ...(part.kind === 'label' ? { label: part.label } : {}),
    ...(cropMarginMm !== null && hasRectangle(part) ? { cropMarginMm } : {}),
  };
}

/** Whether it has a rectangle in its slices, which can be cut out of them and looked for in a hit. */
export function hasRectangle(part: QueryPart): boolean {
  return part.kind === 'box' || part.kind === 'label';
}

export function searchRequestOf(state: SearchState): ApiSearchRequest | null {
  const query = queryRequestOf(state);
  if (query === null) return null;
  return {
    ...query,
    ranking: state.ranking,
    k: state.k,
    exclude: state.excludeSamePatient ? 'same-patient' : state.source?.kind === 'volume' ? 'self' : 'none',
    ...(state.filter.trim() === '' ? {} : { filter: state.filter.trim() }),
  };
}
