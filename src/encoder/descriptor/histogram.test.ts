import { describe, expect, it } from 'vitest';
import { applyCurve } from './curve.js';
import { softHistogram } from './histogram.js';
import { thumbnail } from './thumbnail.js';

describe('softHistogram', () => {
  it('shares a pixel between its two neighbours, and clips at both ends', () => {
    const output = new Float32Array(4).fill(9);
    softHistogram(Float32Array.of(-5, 2.5, 10, 99), 2, [0, 10, 20], 1, output, 1);
    // -5 is all in the first class, 2.5 three quarters in it, 10 all in the second, 99 all in the third.
    expect([...output]).toEqual([9, 1.75 / 4, 1.25 / 4, 1 / 4]);
  });

  it('has one histogram for each cell', () => {
    const output = new Float32Array(8);
    softHistogram(Float32Array.of(0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0), 4, [0, 1], 2, output, 0);
    expect([...output]).toEqual([0.25, 0, 0, 0.25, 0.25, 0, 0.25, 0]);
  });
});

describe('thumbnail', () => {
  it('averages squares of pixels', () => {
    const output = new Float32Array(5);
    thumbnail(
      Float32Array.from({ length: 16 }, (_, i) => i),
      4,
      2,
      output,
      1,
    );
    expect([...output]).toEqual([0, 2.5, 4.5, 10.5, 12.5]);
  });
});

describe('applyCurve', () => {
  it('is straight between its points and level beyond them', () => {
    const output = new Float32Array(6);
    applyCurve({ from: [0, 10, 30], to: [0.5, 1, 0] }, Float32Array.of(-7, 0, 5, 10, 20, 31), 6, output);
    expect([...output]).toEqual([0.5, 0.5, 0.75, 1, 0.5, 0]);
  });
});
