import { describe, expect, it } from 'vitest';
import type { Alignment } from '../api/alignment.js';
import { heatMapAxes, heatMapPixels, heatMapRange, nearest } from './heat-map.js';

/** Two query slices, the first nearer to the head; three slices of the hit from feet to head. */
const alignment: Alignment = {
  queryIndices: Int32Array.of(4, 5),
  hitIndices: Int32Array.of(0, 1, 2),
  hitPositionsMm: Float32Array.of(-10, 0, 10),
  similarities: Float32Array.of(0.1, 0.2, 1, 0, 0.9, 0.3),
};

describe('heatMapAxes', () => {
  it('puts the feet of the query left and the head of the hit at the top', () => {
    expect(heatMapAxes(alignment, [50, 45])).toEqual({ columns: [1, 0], rows: [2, 1, 0] });
  });
});

describe('heatMapPixels', () => {
  it('colours each pair, the most similar bright yellow, the least dark', () => {
    const axes = heatMapAxes(alignment, [50, 45]);
    const pixels = heatMapPixels(alignment, axes, { low: 0, high: 1 });
    expect(pixels).toHaveLength(2 * 3 * 4);
    const at = (x: number, y: number) => [...pixels.subarray(4 * (2 * y + x), 4 * (2 * y + x) + 4)];
    // Query slice 4 (right column) with the hit's uppermost slice: similarity 1, the end of viridis.
    expect(at(1, 0)).toEqual([0xfd, 0xe7, 0x25, 255]);
    // Query slice 5 with the lowest slice: 0.
    expect(at(0, 2)).toEqual([0x41, 0x44, 0x87, 255]);
  });
});

describe('heatMapRange', () => {
  it('leaves the few lowest out', () => {
    const similarities = Float32Array.from({ length: 1000 }, (_, i) => (i < 5 ? -1 : 0.5 + i / 2000));
    const { low, high } = heatMapRange({ ...alignment, similarities });
    expect(low).toBeCloseTo(0.51, 2);
    expect(high).toBeCloseTo(0.998, 2);
  });

  it('is never empty', () => {
    expect(heatMapRange({ ...alignment, similarities: Float32Array.of(0.5, 0.5) })).toEqual({
      low: 0,
      high: 1,
    });
  });
});

describe('nearest', () => {
  it('finds the place of the nearest value', () => {
    expect(nearest([10, 20, 30], 24)).toBe(1);
    expect(nearest([10], 99)).toBe(0);
  });
});
