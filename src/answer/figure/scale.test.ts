import { describe, expect, it } from 'vitest';
import { scaleColour, shareOfScale, similarityScale } from './scale.js';

describe('similarityScale', () => {
  it('begins at the multiple of 0.05 below the smallest similarity', () => {
    expect(similarityScale([0.93, 0.871, 0.99])).toEqual({ low: 0.85, high: 1 });
    expect(similarityScale([0.6])).toEqual({ low: 0.6, high: 1 });
    expect(similarityScale([-0.12, 0.4])).toEqual({ low: -0.15, high: 1 });
  });

  it('is at least 0.1 long, so that equal slices do not look unlike', () => {
    expect(similarityScale([1, 0.999]).low).toBe(0.9);
    expect(similarityScale([]).low).toBe(0.9);
  });
});

describe('shareOfScale', () => {
  it('is linear, and clipped at the ends', () => {
    const scale = { low: 0.8, high: 1 } as const;
    expect(shareOfScale(scale, 0.95)).toBeCloseTo(0.75, 12);
    expect(shareOfScale(scale, 1.0000001)).toBe(1);
    expect(shareOfScale(scale, 0.2)).toBe(0);
  });
});

describe('scaleColour', () => {
  /** CIE lightness L* of an sRGB colour (IEC 61966-2-1, CIE 15). */
  const lightness = (colour: string) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 116 * Math.cbrt(0.2126 * red! + 0.7152 * green! + 0.0722 * blue!) - 16;
  };

  it('grows lighter in nearly equal steps', () => {
    const steps = Array.from({ length: 9 }, (_, i) => lightness(scaleColour(i / 8)));
    const rises = steps.slice(1).map((value, i) => value - steps[i]!);
    const mean = (steps[8]! - steps[0]!) / 8;
    for (const rise of rises) expect(Math.abs(rise - mean)).toBeLessThan(0.35 * mean);
  });

  it('runs from blue to yellow and mixes between the stops', () => {
    expect(scaleColour(0)).toBe('#414487');
    expect(scaleColour(1)).toBe('#fde725');
    expect(scaleColour(2)).toBe('#fde725');
    // Half way between #414487 and #355f8d.
    expect(scaleColour(1 / 16)).toBe('#3b528a');
  });
});
