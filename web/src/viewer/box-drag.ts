import type { Box, Grid, Plane, Vector3 } from '../geometry/grid.js';
import { boxOf, clamp } from '../geometry/grid.js';
import { axesOf, type PlaneTile, toScreen } from './tiles.js';

/** Which sides of the box a drag moves, for the two axes of a picture; `move`: all of it. */
export interface Grip {
  readonly kind: 'draw' | 'resize' | 'move';
  /** For resize: 0 the low side, 1 the high side, null neither. */
  readonly x: 0 | 1 | null;
  readonly y: 0 | 1 | null;
}

/** Pixels around an edge that take hold of it. */
const reach = 6;
/** A new box is as deep as it is wide on average, but not flatter than this, mm. */
const leastDepthMm = 10;

/** The rectangle of a box in a plane's picture, pixels. */
export function boxOnScreen(grid: Grid, tile: PlaneTile, box: Box, at: Vector3) {
  const corner = (end: 0 | 1): Vector3 => {
    const point = [...at] as [number, number, number];
    const { x, y } = axesOf(tile.plane);
    point[x] = box[x][end];
    point[y] = box[y][end];
    return point;
  };
  const low = toScreen(grid, tile, corner(0));
  const high = toScreen(grid, tile, corner(1));
  return {
    left: Math.min(low.x, high.x),
    top: Math.min(low.y, high.y),
    width: Math.abs(high.x - low.x),
    height: Math.abs(high.y - low.y),
  };
}

/** What a press of the mouse at a pixel takes hold of. */
export function gripAt(
  grid: Grid,
  tile: PlaneTile,
  box: Box | null,
  at: Vector3,
  x: number,
  y: number,
): Grip {
  const nothing: Grip = { kind: 'draw', x: null, y: null };
  if (box === null) return nothing;
  const { left, top, width, height } = boxOnScreen(grid, tile, box, at);
  const near = (value: number, edge: number) => Math.abs(value - edge) <= reach;
  const within = (value: number, from: number, length: number) =>
    value >= from - reach && value <= from + length + reach;
  if (!within(x, left, width) || !within(y, top, height)) return nothing;
  // The axes run towards their negative end: the left and upper edges are the high sides.
  const sideX = near(x, left) ? 1 : near(x, left + width) ? 0 : null;
  const sideY = near(y, top) ? 1 : near(y, top + height) ? 0 : null;
  if (sideX === null && sideY === null) return { kind: 'move', x: null, y: null };
  return { kind: 'resize', x: sideX, y: sideY };
}

/**
 * The box after a drag, kept inside the volume.
 *
 * @param start box before the drag, null where there was none.
 * @param from, to points under the mouse when it was pressed and now, RAS+ mm.
 */
export function draggedBox(
  grid: Grid,
  plane: Plane,
  grip: Grip,
  start: Box | null,
  from: Vector3,
  to: Vector3,
): Box {
  const axes = axesOf(plane);
  const limits = boxOf(grid);
  const next = (start ?? limits).map(([low, high]) => [low, high]) as [number, number][];
  if (grip.kind === 'draw') {
    for (const axis of [axes.x, axes.y]) {
      next[axis] = [Math.min(from[axis], to[axis]), Math.max(from[axis], to[axis])];
    }
    if (start === null) {
      const [w, h] = [axes.x, axes.y].map((axis) => next[axis]![1] - next[axis]![0]) as [number, number];
      const half = Math.max(leastDepthMm, (w + h) / 2) / 2;
      next[axes.across] = [from[axes.across] - half, from[axes.across] + half];
    }
  } else {
    for (const [axis, side] of [
      [axes.x, grip.x],
      [axes.y, grip.y],
    ] as const) {
      const range = next[axis]!;
      const shift = to[axis] - from[axis];
      if (grip.kind === 'move') {
        const free = clamp(shift, limits[axis][0] - range[0], limits[axis][1] - range[1]);
        next[axis] = [range[0] + free, range[1] + free];
      } else if (side !== null) {
        range[side] += shift;
        next[axis] = [Math.min(...range), Math.max(...range)];
      }
    }
  }
  return next.map((range, axis) => {
    const [low, high] = limits[axis as 0 | 1 | 2];
    return [clamp(range[0], low, high), clamp(range[1], low, high)] as const;
  }) as unknown as Box;
}

/** @returns the box in whole tenths of a millimetre. */
export function roundedBox(box: Box): Box {
  return box.map(([low, high]) => [Math.round(low * 10) / 10, Math.round(high * 10) / 10]) as unknown as Box;
}
