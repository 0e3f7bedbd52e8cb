import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../../tests/random.js';
import { boxOverlap } from './box-overlap.js';
import { rangeOverlap } from './range-overlap.js';

describe('rangeOverlap', () => {
  it.each([
    // Slices 3, 4, 5 and 5, 6, 7, 8 share one of six.
    [{ from: 3, to: 5 }, { from: 5, to: 8 }, 1 / 6],
    [{ from: 3, to: 5 }, { from: 3, to: 5 }, 1],
    [{ from: 0, to: 9 }, { from: 2, to: 2 }, 1 / 10],
    // Neighbours touch, but have nothing in common.
    [{ from: 0, to: 4 }, { from: 5, to: 9 }, 0],
    [{ from: 0, to: 1 }, { from: 7, to: 9 }, 0],
  ])('of %o and %o', (range, extent, expected) => {
    expect(rangeOverlap(range, extent)).toBe(expected);
    expect(rangeOverlap(extent, range)).toBe(expected);
  });

  it('is 0 where there is no range, or nothing to be found', () => {
    expect(rangeOverlap(undefined, { from: 1, to: 2 })).toBe(0);
    expect(rangeOverlap({ from: 1, to: 2 }, undefined)).toBe(0);
  });
});

describe('boxOverlap', () => {
  it('is the common volume over the joint one', () => {
    const box = { x: [0, 2], y: [0, 2], z: [0, 2] } as const;
    expect(boxOverlap(box, box)).toBe(1);
    // 1 x 2 x 2 of 8 + 8 - 4.
    expect(boxOverlap(box, { ...box, x: [1, 3] })).toBe(4 / 12);
    expect(boxOverlap(box, { x: [-1, 1], y: [1, 3], z: [1.5, 2] })).toBe(0.5 / (8 + 2 - 0.5));
    expect(boxOverlap(box, { ...box, z: [2, 3] })).toBe(0);
    expect(boxOverlap(box, undefined)).toBe(0);
  });

  it('is the share of points of a grid that lie in both', () => {
    const random = randomNumbers(5);
    const interval = () => {
      const low = Math.floor(random() * 8);
      return [low, low + 1 + Math.floor(random() * 6)] as const;
    };
    for (let round = 0; round < 50; round++) {
      const [a, b] = [0, 1].map(() => ({ x: interval(), y: interval(), z: interval() }));
      let [both, either] = [0, 0];
      for (let point = 0; point < 16 ** 3; point++) {
        const at = [point % 16, Math.floor(point / 16) % 16, Math.floor(point / 256)].map((n) => n + 0.5);
        const isIn = ({ x, y, z }: typeof a & object) =>
          [x, y, z].every(([low, high], axis) => at[axis]! > low && at[axis]! < high);
        both += Number(isIn(a!) && isIn(b!));
        either += Number(isIn(a!) || isIn(b!));
      }
      expect(boxOverlap(a!, b!)).toBeCloseTo(both / either, 12);
    }
  });
});
