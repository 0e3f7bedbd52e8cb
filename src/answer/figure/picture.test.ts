import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import type { SliceImage } from '../../volume/volume.js';
import { bodyRectangle, drawSlice, growToSquare } from './picture.js';

function slice(
  width: number,
  height: number,
  value: (x: number, y: number) => number,
  pixelSpacing: readonly [number, number] = [1, 1],
): SliceImage {
  const pixels = Float32Array.from({ length: width * height }, (_, i) =>
    value(i % width, Math.floor(i / width)),
  );
  return { pixels, width, height, pixelSpacing };
}

describe('drawSlice', () => {
  it('maps the window to black and white, and clips', () => {
    const values = [-1000, -160, 40, 140, 240, 3000];
    const { png } = drawSlice(
      slice(6, 6, (x) => values[x]!),
      [-160, 240],
      6,
    );
    // (40 + 160) / 400 = 0.5 and (140 + 160) / 400 = 0.75 of 255.
    expect([...decode(png).data.subarray(0, 6)]).toEqual([0, 0, 128, 191, 255, 255]);
  });

  it('has the proportions of millimetres, not of pixels', () => {
    // 10 x 30 pixels of 6 x 1 mm: 60 x 30 mm.
    const picture = drawSlice(
      slice(10, 30, () => 1, [6, 1]),
      [0, 1],
      120,
    );
    expect([picture.width, picture.height]).toEqual([120, 60]);
    expect(picture.millimetresPerPixel).toBeCloseTo(0.5, 12);
    const image = decode(picture.png);
    expect([image.width, image.height, image.channels, image.depth]).toEqual([120, 60, 1, 8]);
  });

  it('averages where it shrinks: a fine checkerboard becomes grey', () => {
    const { png } = drawSlice(
      slice(160, 160, (x, y) => (x + y) % 2),
      [0, 1],
      20,
    );
    for (const value of decode(png).data) expect(Math.abs(value - 127.5)).toBeLessThan(4);
  });

  it('keeps orientation: what is in the upper left stays there', () => {
    const { png } = drawSlice(
      slice(8, 8, (x, y) => (x < 4 && y < 4 ? 1 : 0)),
      [0, 1],
      32,
    );
    const { data } = decode(png);
    expect(data[5 * 32 + 5]).toBe(255);
    expect(data[5 * 32 + 27]).toBe(0);
    expect(data[27 * 32 + 5]).toBe(0);
  });
});

describe('bodyRectangle', () => {
  it('surrounds what lies above air in any slice, with a margin of 3 %', () => {
    const first = slice(200, 100, (x, y) => (x >= 50 && x < 100 && y >= 20 && y < 60 ? 40 : -1000));
    const second = slice(200, 100, (x, y) => (x >= 90 && x < 150 && y >= 30 && y < 50 ? 40 : -1000));
    // 50..149 is 100 wide: margin 3; 20..59 is 40 high: margin 1.2, rounded up.
    expect(bodyRectangle([first, second], -300)).toEqual({ x0: 47, x1: 153, y0: 18, y1: 62 });
  });

  it('passes over specks', () => {
    const speck = slice(200, 200, (x, y) => (x === 3 && y === 5 ? 40 : -1000));
    expect(bodyRectangle([speck], -300)).toEqual({ x0: 0, x1: 200, y0: 0, y1: 200 });
  });

  it('stays within the slice', () => {
    expect(bodyRectangle([slice(10, 12, () => 40)], -300)).toEqual({ x0: 0, x1: 10, y0: 0, y1: 12 });
  });
});

describe('growToSquare', () => {
  const grid = slice(100, 100, () => 0);

  it('widens about the middle', () => {
    expect(growToSquare(grid, { x0: 40, x1: 60, y0: 30, y1: 70 })).toEqual({
      x0: 30,
      x1: 70,
      y0: 30,
      y1: 70,
    });
  });

  it('is pushed inwards at the border, and ends where the slice ends', () => {
    expect(growToSquare(grid, { x0: 0, x1: 20, y0: 30, y1: 70 })).toEqual({ x0: 0, x1: 40, y0: 30, y1: 70 });
    const flat = slice(100, 30, () => 0);
    expect(growToSquare(flat, { x0: 10, x1: 90, y0: 5, y1: 25 })).toEqual({ x0: 10, x1: 90, y0: 0, y1: 30 });
  });

  it('counts millimetres', () => {
    const anisotropic = slice(100, 100, () => 0, [1, 2]);
    // 40 x 40 pixels are 40 x 80 mm: 80 pixels wide.
    expect(growToSquare(anisotropic, { x0: 30, x1: 70, y0: 40, y1: 80 })).toEqual({
      x0: 10,
      x1: 90,
      y0: 40,
      y1: 80,
    });
  });

  it('does not magnify scraps', () => {
    expect(growToSquare(grid, { x0: 48, x1: 52, y0: 90, y1: 94 })).toEqual({
      x0: 30,
      x1: 70,
      y0: 60,
      y1: 100,
    });
  });
});
