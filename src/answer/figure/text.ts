import type { Plane } from '../../volume/volume.js';
import type { Answer, Hit, Ranking } from '../answer.js';
import type { DisplayWindow } from './window.js';

/** The RAS+ coordinate in which slices of a plane differ. */
const coordinate: Readonly<Record<Plane, 'x' | 'y' | 'z'>> = { sagittal: 'x', coronal: 'y', axial: 'z' };

/** With a minus sign, not a hyphen. */
export function formatNumber(value: number, decimals: number): string {
  const digits = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(digits) !== 0 ? `−${digits}` : digits;
}

export function formatPosition(plane: Plane, positionMm: number, decimals: 0 | 1 = 1): string {
  return `${coordinate[plane]} ${formatNumber(positionMm, decimals)} mm`;
}

/** Both ends in ascending order, whichever way the slices are counted. */
export function formatRange(plane: Plane, fromMm: number, toMm: number): string {
  if (fromMm === toMm) return formatPosition(plane, fromMm);
  const [low, high] = [Math.min(fromMm, toMm), Math.max(fromMm, toMm)];
  return `${coordinate[plane]} ${formatNumber(low, 0)} … ${formatNumber(high, 0)} mm`;
}

/** The different windows of a row, for example "lung −1350 … 150 HU". */
export function formatWindows(windows: readonly DisplayWindow[]): string[] {
  const lines = windows.map(({ name, low, high }) =>
    name === 'MR'
      ? `window ${formatNumber(low, 0)} … ${formatNumber(high, 0)}`
      : `${name} ${formatNumber(low, 0)} … ${formatNumber(high, 0)} HU`,
  );
  return [...new Set(lines)];
}

const rankingName: Readonly<Record<Ranking, string>> = {
  count: 'number of nearest slices',
  max: 'largest similarity',
  sum: 'sum of similarities',
  'late-interaction': 'late interaction',
};

/** What was looked for, and how. */
export function describeSearch({ query, ranking }: Answer, shown: number): string {
  const { mode, label, plane, slices, encoder } = query;
  const count =
    slices.length === 1
      ? `1 ${plane} slice`
      : `${slices.length} ${plane} slices${shown < slices.length ? `, ${shown} of them shown` : ''}`;
  const ranked = mode === 'slice' ? 'similarity of slices' : rankingName[ranking];
  const looksFor = label === undefined ? `${mode} query of` : `query for ${label} in`;
  return [`${looksFor} ${count}`, `ranked by ${ranked}`, `encoder ${encoder}`].join('  ·  ');
}

/** What the ranking sorted this hit by. */
export function describeScore(hit: Hit, { query, ranking }: Answer): string[] {
  const mean = `mean similarity ${formatNumber(hit.meanSimilarity, 3)}`;
  if (query.mode === 'slice') return [`similarity ${formatNumber(hit.score, 3)}`];
  switch (ranking) {
    case 'count':
      return [`nearest for ${hit.score} of ${query.slices.length} slices`, mean];
    case 'max':
      return [`largest similarity ${formatNumber(hit.score, 3)}`, mean];
    case 'sum':
      return [`sum of similarities ${formatNumber(hit.score, 2)}`, mean];
    case 'late-interaction':
      return [`score ${formatNumber(hit.score, 2)}`, mean];
  }
}
