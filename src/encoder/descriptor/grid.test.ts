import { describe, expect, it } from 'vitest';
import { FloatBuffer, type Grid, type Raster, reduceSlice, resample } from './grid.js';

const keep = { low: -1e9, high: 1e9, offset: 0, scale: 1 };

function raster(
  width: number,
  height: number,
  step: number,
  value: (x: number, y: number) => number,
): Raster {
  const pixels = Float32Array.from({ length: width * height }, (_, i) =>
    value(((i % width) + 0.5) * step, (Math.floor(i / width) + 0.5) * step),
  );
  return { pixels, width, height, stepX: step, stepY: step };
}

function resampled(source: Raster, grid: Grid, outside = Number.NaN): Float32Array {
  const output = new Float32Array(grid.width * grid.height);
  resample(source, grid, outside, output, new FloatBuffer());
  return output;
}

describe('reduceSlice', () => {
  it('averages the blocks that fit in 2 mm, with a smaller block at the end', () => {
    const slice = {
      pixels: Float32Array.of(1, 3, 5, 5, 7, 9),
      width: 3,
      height: 2,
      pixelSpacing: [1, 1],
    } as const;
    const reduced = reduceSlice(slice, keep, new FloatBuffer());
    expect([reduced.width, reduced.height, reduced.stepX, reduced.stepY]).toEqual([2, 1, 2, 2]);
    expect([...reduced.pixels.subarray(0, 2)]).toEqual([4, 7]);
  });

  it('clips the averages, then applies offset and scale', () => {
    const slice = {
      pixels: Float32Array.of(-3000, -3000, 100, 200, 900, 3000),
      width: 6,
      height: 1,
      pixelSpacing: [1, 4],
    } as const;
    const reduced = reduceSlice(
      slice,
      { low: -1000, high: 500, offset: -1000, scale: 0.01 },
      new FloatBuffer(),
    );
    for (const [i, value] of [0, 11.5, 15].entries()) expect(reduced.pixels[i]).toBeCloseTo(value, 5);
  });

  it('leaves pixels of more than 1 mm as they are', () => {
    const slice = { pixels: Float32Array.of(1, 2, 3), width: 3, height: 1, pixelSpacing: [1.5, 3] } as const;
    expect([...reduceSlice(slice, keep, new FloatBuffer()).pixels.subarray(0, 3)]).toEqual([1, 2, 3]);
  });
});

describe('resample', () => {
  const ramp = (x: number, y: number): number => 3 * x - 2 * y + 7;

  it.each([0.7, 3.9, 4, 4.1, 11])('reproduces a ramp from pixels of %s mm on a grid of 4 mm', (step) => {
    const source = raster(Math.ceil(200 / step), Math.ceil(200 / step), step, ramp);
    const grid = { width: 20, height: 20, left: 51.3, top: 48.9, stepX: 4, stepY: 4 };
    const output = resampled(source, grid);
    for (const [x, y] of [
      [0, 0],
      [19, 0],
      [7, 13],
    ] as const)
      expect(output[y * 20 + x]).toBeCloseTo(ramp(51.3 + 4 * (x + 0.5), 48.9 + 4 * (y + 0.5)), 2);
  });

  it('keeps the total of a point whatever the grid', () => {
    const source = raster(101, 101, 1, (x, y) => (x === 50.5 && y === 50.5 ? 1 : 0));
    for (const step of [2, 4.3, 8]) {
      const size = Math.floor(96 / step);
      const grid = { width: size, height: size, left: 2, top: 2, stepX: step, stepY: step };
      const total = resampled(source, grid).reduce((sum, value) => sum + value * step * step, 0);
      expect(total).toBeCloseTo(1, 4);
    }
  });

  it('gives the value for outside where the centre of a pixel is beyond the slice', () => {
    const source = raster(10, 10, 1, () => 5);
    const grid = { width: 4, height: 4, left: -4, top: -4, stepX: 4, stepY: 4 };
    const output = resampled(source, grid, -9);
    expect(output[0]).toBe(-9);
    expect(output[1 * 4 + 0]).toBe(-9);
    expect(output[1 * 4 + 1]).toBeCloseTo(5, 5);
    expect(output[3 * 4 + 3]).toBeCloseTo(5, 5);
  });

  it('takes each axis by its own spacing', () => {
    const source: Raster = { ...raster(40, 40, 1, (x) => x), stepX: 0.5, stepY: 5 };
    const grid = { width: 2, height: 2, left: 5, top: 50, stepX: 2, stepY: 20 };
    // Column edges 5..7 and 7..9 mm are columns 10..14 and 14..18: their mean index is 12 and 16.
    const output = resampled(source, grid);
    expect([...output].map((value) => Math.round(value * 100) / 100)).toEqual([12, 16, 12, 16]);
  });
});
