import { describe, expect, it } from 'vitest';
import { nearestPlanes, planeSpacing } from './nearest-planes.js';

const asObject = (positions: readonly number[], slices = 10) => {
  const { ofSlice, outside } = nearestPlanes(positions, slices, planeSpacing(positions));
  return { slices: Object.fromEntries(ofSlice), outside };
};

describe('the planes of each slice', () => {
  it('are those at its position, in whatever order they come', () => {
    expect(asObject([3, 1, 2.001, 3])).toEqual({ slices: { 1: [1], 2: [2], 3: [0, 3] }, outside: [] });
  });

  it('are the nearest ones within half a spacing', () => {
    expect(asObject([0.4, 1.6, 4.4])).toEqual({ slices: { 0: [0], 2: [1], 4: [2] }, outside: [] });
    expect(asObject([2.3, 1.8, 4])).toMatchObject({ slices: { 2: [1], 4: [2] } });
    expect(asObject([1.8, 2.3, 4])).toMatchObject({ slices: { 2: [0], 4: [2] } });
  });

  it('are not mixed where planes lie closer than slices', () => {
    // Planes at every fifth of a slice from 1.4 to 3.2; those of the slices 2 and 3 are there.
    const planes = Array.from({ length: 10 }, (_, n) => 1.4 + n / 5);
    expect(asObject(planes).slices).toEqual({ 2: [3], 3: [8] });
  });

  it('are told to lie outside beyond half a slice before the first or behind the last', () => {
    const { ofSlice, outside } = nearestPlanes([-0.5, -0.6, 9.4, 9.6, 40], 10, 1);
    expect(Object.fromEntries(ofSlice)).toEqual({ 0: [0], 9: [2] });
    expect(outside).toEqual([1, 3, 4]);
  });
});

describe('the spacing of planes', () => {
  it('is that of most neighbours, not of equal or missing ones', () => {
    expect(planeSpacing([0, 0.001, 1, 2, 2.001, 3, 7, 8])).toBeCloseTo(1, 2);
    expect(planeSpacing([5, 5, 5])).toBe(1);
    expect(planeSpacing([])).toBe(1);
  });
});
