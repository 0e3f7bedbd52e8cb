import { describe, expect, it } from 'vitest';
import { BodyFinder, clearOutside } from './body.js';
import type { Raster } from './grid.js';

const tissue = -300;
const air = -1000;

/** 400 x 400 mm in pixels of 2 mm, water in the shapes, air elsewhere. */
function picture(...shapes: ((x: number, y: number) => boolean)[]): Raster {
  const pixels = Float32Array.from({ length: 200 * 200 }, (_, i) => {
    const x = 2 * (i % 200) + 1;
    const y = 2 * Math.floor(i / 200) + 1;
    return shapes.some((shape) => shape(x, y)) ? 0 : air;
  });
  return { pixels, width: 200, height: 200, stepX: 2, stepY: 2 };
}

const disc =
  (centreX: number, centreY: number, radius: number) =>
  (x: number, y: number): boolean =>
    (x - centreX) ** 2 + (y - centreY) ** 2 <= radius ** 2;
const bar =
  (left: number, top: number, right: number, bottom: number) =>
  (x: number, y: number): boolean =>
    x >= left && x <= right && y >= top && y <= bottom;

describe('BodyFinder', () => {
  it('measures a disc in mm', () => {
    const body = new BodyFinder().find(picture(disc(170, 230, 80)), tissue, air);
    expect(body.centreX).toBeCloseTo(170, 0);
    expect(body.centreY).toBeCloseTo(230, 0);
    expect(Math.abs(body.area / (Math.PI * 80 * 80) - 1)).toBeLessThan(0.05);
    for (const [measured, truth] of [
      [body.halfX, 80],
      [body.halfY, 80],
      [body.left, 90],
      [body.top, 150],
      [body.width, 160],
      [body.height, 160],
    ] as const)
      expect(Math.abs(measured - truth)).toBeLessThanOrEqual(8);
  });

  it('leaves out the shell of a table, apart or touching', () => {
    const alone = new BodyFinder().find(picture(disc(200, 180, 80)), tissue, air);
    for (const top of [259, 300]) {
      const body = new BodyFinder().find(
        picture(disc(200, 180, 80), bar(40, top, 360, top + 6)),
        tissue,
        air,
      );
      expect(Math.abs(body.centreY - alone.centreY)).toBeLessThan(2);
      expect(Math.abs(body.width - alone.width)).toBeLessThan(30);
    }
  });

  it('keeps both legs, and leaves out a small thing beside them', () => {
    const legs = new BodyFinder().find(
      picture(disc(120, 200, 50), disc(280, 200, 60), disc(200, 350, 15)),
      tissue,
      air,
    );
    expect(Math.abs(legs.left - 70)).toBeLessThanOrEqual(8);
    expect(Math.abs(legs.left + legs.width - 340)).toBeLessThanOrEqual(8);
    expect(legs.top + legs.height).toBeLessThan(300);
  });

  it('counts enclosed air as inside and air around as outside', () => {
    const lung = disc(200, 200, 30);
    const chest = disc(200, 200, 90);
    const body = new BodyFinder().find(
      picture((x, y) => chest(x, y) && !lung(x, y)),
      tissue,
      air,
    );
    const view = { width: 100, height: 100, left: 0, top: 0, stepX: 4, stepY: 4 };
    const pixels = new Float32Array(view.width * view.height).fill(1);
    clearOutside(body, view, air, pixels);
    expect(pixels[50 * 100 + 50]).toBe(1);
    expect(pixels[50 * 100 + 30]).toBe(1);
    expect(pixels[50 * 100 + 20]).toBe(air);
    expect(pixels[0]).toBe(air);
  });

  it('takes the whole slice where nothing is above the threshold', () => {
    const body = new BodyFinder().find(picture(), tissue, air);
    expect(body).toMatchObject({ area: 0, centreX: 200, centreY: 200, width: 400, height: 400 });
    // Standard deviation of a uniform stretch of 400 mm: 400 / sqrt(12).
    expect(body.halfX).toBeCloseTo((2 * 400) / Math.sqrt(12), 3);
    const pixels = Float32Array.of(3);
    clearOutside(body, { width: 1, height: 1, left: 0, top: 0, stepX: 4, stepY: 4 }, air, pixels);
    expect(pixels[0]).toBe(3);
  });

  it('finds a body thinner than its core, and one that fills the slice', () => {
    const finder = new BodyFinder();
    const wire = finder.find(picture(bar(100, 200, 300, 205)), tissue, air);
    expect(wire.area).toBeGreaterThan(0);
    const full = finder.find(picture(bar(0, 0, 400, 400)), tissue, air);
    expect(full.area).toBeCloseTo(160_000, -2);
  });

  it('gives the same answer after a larger slice', () => {
    const finder = new BodyFinder();
    const small = { ...picture(disc(60, 60, 40)), width: 100, height: 100 };
    const first = finder.find(small, tissue, air);
    const numbers = [first.centreX, first.area, first.inside.slice(0, 2500).join('')];
    finder.find(picture(disc(200, 200, 150)), tissue, air);
    const second = finder.find(small, tissue, air);
    expect([second.centreX, second.area, second.inside.slice(0, 2500).join('')]).toEqual(numbers);
  });
});
