import { describe, expect, it } from 'vitest';
import { evenlySpread, figureLayout, fitInto } from './layout.js';

describe('evenlySpread', () => {
  it('takes the middle of equal parts', () => {
    // Parts of 2.5: their middles are 1.25, 3.75, 6.25, 8.75.
    expect(evenlySpread(10, 4)).toEqual([1, 3, 6, 8]);
    expect(evenlySpread(9, 3)).toEqual([1, 4, 7]);
    expect(evenlySpread(100, 1)).toEqual([50]);
  });

  it('takes all where there is room, and none twice', () => {
    expect(evenlySpread(3, 8)).toEqual([0, 1, 2]);
    expect(evenlySpread(8, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(evenlySpread(9, 8)).size).toBe(8);
  });
});

describe('fitInto', () => {
  it('keeps proportions in millimetres and touches the box', () => {
    expect(fitInto(300, 150, 200)).toEqual([200, 100]);
    expect(fitInto(10, 40, 100)).toEqual([25, 100]);
    expect(fitInto(7, 7, 33)).toEqual([33, 33]);
  });

  it('leaves a sliver visible', () => {
    expect(fitInto(1000, 1, 100)).toEqual([100, 1]);
  });
});

describe('figureLayout', () => {
  it('fills the width with eight columns', () => {
    // Margins 2 x 20, words 190, gaps 14 + 16 + 7 x 6 = 302; (1200 - 302) / 9 = 99.8 for overview and tiles.
    const layout = figureLayout(8, 5, 0);
    expect(layout.tile).toBe(99);
    expect(layout.width).toBe(302 + 9 * 99);
    expect(layout.infoWidth).toBe(190);
    expect(layout.overviewX).toBe(20 + 190 + 14);
    expect(layout.columnX[0]).toBe(224 + 99 + 16);
    expect(layout.columnX[7]! + 99).toBe(layout.width - 20);
  });

  it('shows a single slice larger, and gives what is left of the width to the words', () => {
    const layout = figureLayout(1, 5, 0);
    expect(layout.tile).toBe(200);
    expect(layout.width).toBe(700);
    // 700 less margins 40, gaps 14 + 16, overview and tile 400.
    expect(layout.infoWidth).toBe(230);
    expect(layout.columnX).toEqual([480]);
  });

  it('never passes 2400 pixels, nor lets rows overlap', () => {
    for (let columns = 1; columns <= 10; columns++) {
      const layout = figureLayout(columns, 4, 2);
      expect(layout.width * 2).toBeLessThanOrEqual(2400);
      const tops = [layout.queryY, layout.ruleY, ...layout.hitY, layout.legendY];
      expect(layout.ruleY - layout.queryY).toBeGreaterThan(layout.tile + 20);
      expect(tops.slice(2).every((top, i) => i === 0 || top - tops[i + 1]! > layout.tile + 20)).toBe(true);
      expect(layout.height - layout.legendY).toBeGreaterThanOrEqual(2 * 15 + 40);
    }
  });

  it('has a figure for no hits', () => {
    const layout = figureLayout(2, 0, 0);
    expect(layout.hitY).toEqual([]);
    expect(layout.height).toBeGreaterThan(layout.legendY);
  });
});
