import type { Interval } from './input.js';

/** What stands where there is no number. */
export const absent = 'n/a';

/** A share as the paper writes it, without the zero before the point: .863, 1.000. */
export function formatShare(value: number | null): string {
  return value === null ? absent : value.toFixed(3).replace(/^(-?)0\./, '$1.');
}

export function formatMeanAndDeviation(mean: number | null, deviation: number | null): string {
  if (mean === null) return absent;
  return deviation === null ? formatShare(mean) : `${formatShare(mean)} ± ${formatShare(deviation)}`;
}

export function formatInterval(interval: Interval): string {
  return interval === null ? absent : `[${formatShare(interval[0])}, ${formatShare(interval[1])}]`;
}

/** A probability; a permutation test never gives 0, so a small one is bounded, not rounded away. */
export function formatProbability(p: number): string {
  return p < 0.0001 ? '< .0001' : p.toFixed(4).replace(/^0\./, '.');
}

/** @returns a difference with its sign: +.012, -.300. */
export function formatDifference(value: number): string {
  const text = formatShare(value);
  return value > 0 ? `+${text}` : text;
}

/** Three significant digits without an exponent. */
export function formatQuantity(value: number | null): string {
  if (value === null) return absent;
  if (value === 0 || Math.abs(value) >= 1000) return formatCount(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** Seconds as a quantity; what is shorter than a clock's noise is bounded. */
export function formatSeconds(value: number | null): string {
  return value !== null && value < 0.001 ? '< 0.001' : formatQuantity(value);
}

/** A whole number with commas between thousands, whatever the locale of the machine. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function formatBytes(bytes: number | null): string {
  if (bytes === null) return absent;
  const [unit, name] =
    bytes >= 2 ** 30 ? [2 ** 30, 'GiB'] : bytes >= 2 ** 20 ? [2 ** 20, 'MiB'] : [1024, 'KiB'];
  return `${(bytes / unit).toFixed(1)} ${name}`;
}
