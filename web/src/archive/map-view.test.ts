import { describe, expect, it } from 'vitest';
import { fittedView, laidOut, panned, pixelOf, placeAt, zoomed } from './map-view.js';

const size = { width: 448, height: 272 };
const places = [
  { x: -1, y: 0.5 },
  { x: 1, y: -0.5 },
  { x: 0, y: 0 },
];

describe('fittedView', () => {
  it('shows all places inside a margin, in true proportions, y upwards', () => {
    const view = fittedView(places, size);
    // 448 - 48 pixels across for 2 units, 272 - 24 - 48 up for 1: both give 200 pixels a unit.
    expect(view.scale).toBe(200);
    expect(pixelOf(view, places[0]!)).toEqual([24, 24]);
    expect(pixelOf(view, places[1]!)).toEqual([424, 224]);
  });

  it('puts one place, or several at the same, in the middle', () => {
    const only = { x: 0.3, y: -7 };
    for (const some of [[only], [only, { ...only }]]) {
      const [x, y] = pixelOf(fittedView(some, size), only);
      expect(x).toBeCloseTo(224, 9);
      expect(y).toBeCloseTo(124, 9);
    }
  });

  it('takes no places, and a panel that has no room yet', () => {
    expect(Number.isFinite(fittedView([], size).scale)).toBe(true);
    expect(fittedView(places, { width: 0, height: 0 }).scale).toBeGreaterThan(0);
  });
});

describe('laidOut', () => {
  it('turns a map by a quarter where it fits better, and keeps distances', () => {
    const high = [
      { x: 0, y: 0, id: 'a' },
      { x: 1, y: 3, id: 'b' },
    ];
    expect(laidOut(high, size)).toEqual([
      { x: 0, y: -0, id: 'a' },
      { x: 3, y: -1, id: 'b' },
    ]);
    expect(laidOut(high, { width: 100, height: 300 })).toBe(high);
    expect(laidOut(places, size)).toBe(places);
  });
});

describe('zoomed and panned', () => {
  const fitted = fittedView(places, size);

  it('keep what is under the mouse where it is', () => {
    const at = pixelOf(fitted, places[1]!);
    const closer = zoomed(fitted, fitted, 3, at);
    expect(closer.scale).toBe(600);
    expect(pixelOf(closer, places[1]!)[0]).toBeCloseTo(at[0], 9);
    expect(pixelOf(closer, places[1]!)[1]).toBeCloseTo(at[1], 9);
  });

  it('go neither in nor out without end', () => {
    expect(zoomed(fitted, fitted, 1e9, [0, 0]).scale).toBe(200 * 60);
    expect(zoomed(fitted, fitted, 1e-9, [0, 0]).scale).toBe(100);
  });

  it('move by pixels', () => {
    expect(pixelOf(panned(fitted, 10, -5), places[2]!)).toEqual([234, 119]);
  });
});

describe('placeAt', () => {
  const view = fittedView(places, size);

  it('finds the nearest within reach', () => {
    expect(placeAt(places, view, [224, 124], 10)).toBe(2);
    expect(placeAt(places, view, [230, 128], 10)).toBe(2);
    expect(placeAt(places, view, [235, 124], 10)).toBeNull();
    expect(placeAt(places, view, [100, 70], 1000)).toBe(0);
  });
});
