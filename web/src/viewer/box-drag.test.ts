import { describe, expect, it } from 'vitest';
import type { Box, Grid } from '../geometry/grid.js';
import { draggedBox, gripAt, roundedBox } from './box-drag.js';
import { isPlaneTile, tilesOf } from './tiles.js';

/** 100 mm along each axis from 0 to 100; one pixel is one millimetre below. */
const grid: Grid = { size: [50, 50, 50], affine: [2, 0, 0, 1, 0, 2, 0, 1, 0, 0, 2, 1, 0, 0, 0, 1] };
const axial = tilesOf(grid, 'axial', 100, 100).filter(isPlaneTile)[0]!;
const draw = { kind: 'draw', x: null, y: null } as const;
const box: Box = [
  [20, 60],
  [30, 70],
  [40, 50],
];

describe('drawing a box', () => {
  it('spans the plane from corner to corner and is as deep as wide', () => {
    expect(draggedBox(grid, 'axial', draw, null, [60, 70, 50], [40, 40, 50])).toEqual([
      [40, 60],
      [40, 70],
      [37.5, 62.5],
    ]);
  });

  it('is not flat where little was drawn', () => {
    const drawn = draggedBox(grid, 'axial', draw, null, [50, 50, 50], [52, 52, 50]);
    expect(drawn[2]).toEqual([45, 55]);
  });

  it('keeps its depth when it is drawn anew', () => {
    expect(draggedBox(grid, 'axial', draw, box, [10, 10, 45], [20, 30, 45])).toEqual([
      [10, 20],
      [10, 30],
      [40, 50],
    ]);
  });

  it('ends at the volume', () => {
    const drawn = draggedBox(grid, 'axial', draw, null, [90, 90, 95], [100, 30, 95]);
    expect(drawn[2]).toEqual([77.5, 100]);
  });
});

describe('changing a box', () => {
  it('is moved where it is held inside, and stops at the volume', () => {
    const move = { kind: 'move', x: null, y: null } as const;
    expect(draggedBox(grid, 'axial', move, box, [40, 50, 45], [45, 40, 45])).toEqual([
      [25, 65],
      [20, 60],
      [40, 50],
    ]);
    expect(draggedBox(grid, 'axial', move, box, [40, 50, 45], [0, 50, 45])[0]).toEqual([0, 40]);
  });

  it('moves the side that is held, also beyond the other', () => {
    const right = { kind: 'resize', x: 1, y: null } as const;
    expect(draggedBox(grid, 'axial', right, box, [60, 50, 45], [65, 99, 45])).toEqual([
      [20, 65],
      [30, 70],
      [40, 50],
    ]);
    expect(draggedBox(grid, 'axial', right, box, [60, 50, 45], [10, 50, 45])[0]).toEqual([10, 20]);
  });

  it('is held by the side under the mouse: left on the screen is right in the patient', () => {
    // The patient's right end (60 mm) shows at pixel 40, the front (70 mm) at pixel 30.
    expect(gripAt(grid, axial, box, [0, 0, 45], 40, 50)).toEqual({ kind: 'resize', x: 1, y: null });
    expect(gripAt(grid, axial, box, [0, 0, 45], 81, 31)).toEqual({ kind: 'resize', x: 0, y: 1 });
    expect(gripAt(grid, axial, box, [0, 0, 45], 60, 50)).toEqual({ kind: 'move', x: null, y: null });
    expect(gripAt(grid, axial, box, [0, 0, 45], 5, 50)).toEqual(draw);
  });
});

describe('roundedBox', () => {
  it('keeps tenths of a millimetre', () => {
    expect(roundedBox([[1.26, 2.04], box[1], box[2]])).toEqual([[1.3, 2], box[1], box[2]]);
  });
});
