import { scaleColour } from '../../../src/answer/figure/scale.js';
import type { Alignment } from '../api/alignment.js';

/** The order in which the alignment is drawn: query slices from left to right, hit slices from the top down. */
export interface HeatMapAxes {
  /** Row of the alignment for each column of the picture, by rising position of the query slice. */
  readonly columns: readonly number[];
  /** Column of the alignment for each row of the picture, by falling position: the head is at the top. */
  readonly rows: readonly number[];
}

/** @param queryPositionsMm position of each row of the alignment. */
export function heatMapAxes(alignment: Alignment, queryPositionsMm: readonly number[]): HeatMapAxes {
  const order = (values: ArrayLike<number>) =>
    Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  return { columns: order(queryPositionsMm), rows: order(alignment.hitPositionsMm).reverse() };
}

/** The similarities that are darkest and brightest. */
interface HeatMapRange {
  readonly low: number;
  readonly high: number;
}

/** Shares of all similarities below and above which colours no longer change: outliers would dull all others. */
const clippedShare = 0.02;

export function heatMapRange({ similarities }: Alignment): HeatMapRange {
  const sorted = Float32Array.from(similarities).sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(clippedShare), at(1 - clippedShare / 10)];
  return high > low ? { low, high } : { low: low - 0.5, high: low + 0.5 };
}

const colours = Array.from({ length: 256 }, (_, i) => {
  const value = Number.parseInt(scaleColour(i / 255).slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255] as const;
});

/** @returns red, green, blue and alpha of each pixel, [rows, columns] of the axes. */
export function heatMapPixels(
  alignment: Alignment,
  axes: HeatMapAxes,
  { low, high }: HeatMapRange,
): Uint8ClampedArray<ArrayBuffer> {
  const width = axes.columns.length;
  const hitSlices = alignment.hitIndices.length;
  const pixels = new Uint8ClampedArray(width * axes.rows.length * 4);
  axes.rows.forEach((hitRow, y) => {
    axes.columns.forEach((queryRow, x) => {
      const share = (alignment.similarities[queryRow * hitSlices + hitRow]! - low) / (high - low);
      const [red, green, blue] = colours[Math.round(255 * Math.min(1, Math.max(0, share)))]!;
      pixels.set([red, green, blue, 255], 4 * (y * width + x));
    });
  });
  return pixels;
}

/** @returns place of the number nearest to `value`. */
export function nearest(values: ArrayLike<number>, value: number): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if (Math.abs(values[i]! - value) < Math.abs(values[best]! - value)) best = i;
  }
  return best;
}
