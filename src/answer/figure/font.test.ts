import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { type FontWeight, fontFiles, shorten, textWidth } from './font.js';
import { svgDocument, textElement } from './svg.js';

/** Column of the leftmost pixel that is not background when text ends at x = 1000. */
function leftmostInk(content: string, size: number, weight: FontWeight): number {
  const svg = svgDocument(1010, 60, [
    textElement(1000, 40, content, { size, weight, anchor: 'end', fill: '#ffffff' }),
  ]);
  const image = new Resvg(svg, { font: { loadSystemFonts: false, fontFiles: fontFiles() } }).render();
  const { pixels, width, height } = image;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) if (pixels[4 * (y * width + x)]! > 128) return x;
  }
  return width;
}

describe('textWidth', () => {
  it('is the width of the font: every digit of DejaVu Sans is 1303 of 2048 units wide', () => {
    expect(textWidth('0', 2048)).toBe(1303);
    expect(textWidth('0123456789', 10)).toBeCloseTo((10 * 10 * 1303) / 2048, 9);
  });

  it.each([
    ['regular', 'openkbp_train_001'],
    ['bold', 'openkbp_train_001'],
    ['regular', 'range z −123 … 45 mm'],
    ['bold', 'Größe Ωμέγα Объём'],
  ] as const)('agrees with the renderer, %s: %s', (weight, content) => {
    const expected = 1000 - textWidth(content, 40, weight);
    expect(Math.abs(leftmostInk(content, 40, weight) - expected)).toBeLessThan(6);
  });

  it('counts characters that the font does not have', () => {
    expect(textWidth('頭🫁', 10)).toBeGreaterThan(8);
  });
});

describe('shorten', () => {
  it('leaves a text that fits', () => {
    expect(shorten('s0001', textWidth('s0001', 10), 10)).toBe('s0001');
  });

  it('keeps both ends of one that does not', () => {
    // Digits are of one width, the ellipsis is 2048 units: 8 digits and it take 8 * 1303 + 2048 = 12472.
    expect(shorten('01234567890123456789', 12472, 2048)).toBe('0123…6789');
    expect(shorten('01234567890123456789', 12471, 2048)).toBe('0123…789');
  });

  it('never splits a surrogate pair, and never gives up', () => {
    expect(shorten('🫁🫁🫁🫁🫁🫁', 30, 10)).toMatch(/^(🫁)*…(🫁)*$/u);
    expect(shorten('abc', 0, 10)).toBe('…');
  });
});
