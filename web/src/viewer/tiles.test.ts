import { describe, expect, it } from 'vitest';
import type { Grid } from '../geometry/grid.js';
import { fromScreen, isPlaneTile, type PlaneTile, tilesOf, tileUnder, toScreen } from './tiles.js';

/** 200 x 100 x 50 mm, origin in a corner. */
const grid: Grid = { size: [100, 50, 50], affine: [2, 0, 0, 1, 0, 2, 0, 1, 0, 0, 1, 0.5, 0, 0, 0, 1] };

function only(layout: 'axial' | 'coronal' | 'sagittal', width: number, height: number): PlaneTile {
  const tile = tilesOf(grid, layout, width, height)[0]!;
  if (!isPlaneTile(tile)) throw new Error('no plane');
  return tile;
}

describe('tilesOf', () => {
  it('fits a picture into its stage in true proportions', () => {
    expect(only('axial', 400, 400).picture).toEqual({ left: 0, top: 100, width: 400, height: 200 });
    expect(only('sagittal', 400, 100).picture).toEqual({ left: 100, top: 0, width: 200, height: 100 });
  });

  it('lays three planes and 3D out without overlap', () => {
    const tiles = tilesOf(grid, 'planes', 402, 302);
    expect(tiles.map(({ plane }) => plane)).toEqual(['axial', 'sagittal', 'coronal', 'render']);
    expect(tiles.map(({ cell }) => [cell.left, cell.top, cell.width, cell.height])).toEqual([
      [0, 0, 200, 150],
      [202, 0, 200, 150],
      [0, 152, 200, 150],
      [202, 152, 200, 150],
    ]);
    expect(tileUnder(tiles, 250, 10)?.plane).toBe('sagittal');
    expect(tileUnder(tiles, 201, 10)).toBeNull();
  });
});

describe('the place of a point on the screen', () => {
  it('shows the patient as radiologists look: right on the left, front and head up, nose to the left', () => {
    const axial = only('axial', 400, 200);
    expect(toScreen(grid, axial, [200, 100, 25])).toEqual({ x: 0, y: 0 });
    expect(toScreen(grid, axial, [0, 0, 25])).toEqual({ x: 400, y: 200 });
    const sagittal = only('sagittal', 200, 100);
    expect(toScreen(grid, sagittal, [50, 100, 50])).toEqual({ x: 0, y: 0 });
    const coronal = only('coronal', 400, 100);
    expect(toScreen(grid, coronal, [150, 3, 50])).toEqual({ x: 100, y: 0 });
  });

  it('is found again from the screen, in the slice that is shown', () => {
    const coronal = only('coronal', 400, 100);
    expect(fromScreen(grid, coronal, [1, 33, 7], 100, 50)).toEqual(
      [150, 33, 25].map((mm) => expect.closeTo(mm)),
    );
  });

  it('stays inside of the volume', () => {
    const axial = only('axial', 400, 400);
    expect(fromScreen(grid, axial, [0, 0, 10], -50, 10)).toEqual(
      [200, 100, 10].map((mm) => expect.closeTo(mm)),
    );
  });
});
