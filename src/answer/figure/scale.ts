/**
 * Colours of equal steps in lightness, dark to light (viridis of matplotlib, CC0, from a fifth of its length
 * on: what is darker cannot be told from the background). Readable for the colour-blind and in grey.
 */
const stops: readonly (readonly [red: number, green: number, blue: number])[] = [
  [0x41, 0x44, 0x87],
  [0x35, 0x5f, 0x8d],
  [0x2a, 0x78, 0x8e],
  [0x21, 0x91, 0x8c],
  [0x22, 0xa8, 0x84],
  [0x44, 0xbf, 0x70],
  [0x7a, 0xd1, 0x51],
  [0xbd, 0xdf, 0x26],
  [0xfd, 0xe7, 0x25],
];

/** @returns the colour at a share (0 to 1, clipped) of the scale, as #rrggbb. */
export function scaleColour(share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const before = Math.min(stops.length - 2, Math.floor(place));
  const [from, to] = [stops[before]!, stops[before + 1]!];
  const channels = from.map((value, i) => Math.round(value + (place - before) * (to[i]! - value)));
  return `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** The interval of similarities that bars and colours of one figure stand for. */
export interface SimilarityScale {
  readonly low: number;
  readonly high: 1;
}

const step = 0.05;
/** A bar of the smallest similarity that still can be seen. */
const leastSteps = 2;

/**
 * The scale for the similarities that a figure shows: up to 1, and down to the multiple of 0.05 below the
 * smallest of them. Cosines of good matches differ little; from 0 on all bars would look full.
 */
export function similarityScale(similarities: readonly number[]): SimilarityScale {
  const smallest = similarities.reduce((least, similarity) => Math.min(least, similarity), 1);
  const steps = Math.min(Math.round(1 / step) - leastSteps, Math.floor(smallest / step + 1e-9));
  return { low: Math.round(steps * step * 100) / 100, high: 1 };
}

/** @returns where a similarity lies on the scale, 0 to 1. */
export function shareOfScale({ low, high }: SimilarityScale, similarity: number): number {
  return Math.min(1, Math.max(0, (similarity - low) / (high - low)));
}
