import { patientAxisAcross } from '../../../src/volume/geometry.js';
import {
  clamp,
  extentMm,
  fractionOf,
  type Grid,
  type Plane,
  pointAt,
  type Vector3,
} from '../geometry/grid.js';

/** One large plane, three planes and the 3D picture, or that alone. */
export const layouts = ['axial', 'coronal', 'sagittal', 'planes', 'render'] as const;
export type Layout = (typeof layouts)[number];

/** Pixels of the screen, origin at the upper left. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Tile {
  readonly plane: Plane | 'render';
  /** The whole cell. */
  readonly cell: Rectangle;
  /** What the picture takes of it: as large as fits, in true proportions. */
  readonly picture: Rectangle;
}

/**
 * Patient axes along a row and down a column of a plane's picture, both towards their negative end, as
 * radiologists look: patient's right on the left (axial, coronal), nose to the left (sagittal), head up.
 */
const pictureAxes: Readonly<Record<Plane, { readonly x: 0 | 1 | 2; readonly y: 0 | 1 | 2 }>> = {
  axial: { x: 0, y: 1 },
  coronal: { x: 0, y: 2 },
  sagittal: { x: 1, y: 2 },
};

/** Letters at the edges of a plane's picture. */
export const edgeLetters: Readonly<
  Record<Plane, { left: string; right: string; top: string; bottom: string }>
> = {
  axial: { left: 'R', right: 'L', top: 'A', bottom: 'P' },
  coronal: { left: 'R', right: 'L', top: 'S', bottom: 'I' },
  sagittal: { left: 'A', right: 'P', top: 'S', bottom: 'I' },
};

const gap = 2;

/** @returns the tiles of a layout on a stage of so many pixels. */
export function tilesOf(grid: Grid, layout: Layout, width: number, height: number): Tile[] {
  if (layout !== 'planes') return [tile(grid, layout, { left: 0, top: 0, width, height })];
  const [w, h] = [(width - gap) / 2, (height - gap) / 2];
  const cell = (column: number, row: number): Rectangle => ({
    left: column * (w + gap),
    top: row * (h + gap),
    width: w,
    height: h,
  });
  return [
    tile(grid, 'axial', cell(0, 0)),
    tile(grid, 'sagittal', cell(1, 0)),
    tile(grid, 'coronal', cell(0, 1)),
    tile(grid, 'render', cell(1, 1)),
  ];
}

function tile(grid: Grid, plane: Plane | 'render', cell: Rectangle): Tile {
  if (plane === 'render') return { plane, cell, picture: cell };
  const extent = extentMm(grid);
  const { x, y } = pictureAxes[plane];
  const scale = Math.min(cell.width / extent[x], cell.height / extent[y]);
  const [width, height] = [extent[x] * scale, extent[y] * scale];
  const left = cell.left + (cell.width - width) / 2;
  const top = cell.top + (cell.height - height) / 2;
  return { plane, cell, picture: { left, top, width, height } };
}

/** A tile that shows a plane. */
export type PlaneTile = Tile & { readonly plane: Plane };

export function isPlaneTile(tile: Tile): tile is PlaneTile {
  return tile.plane !== 'render';
}

/** @returns the tile under a pixel, null where there is none. */
export function tileUnder(tiles: readonly Tile[], x: number, y: number): Tile | null {
  const holds = ({ cell }: Tile) =>
    x >= cell.left && x < cell.left + cell.width && y >= cell.top && y < cell.top + cell.height;
  return tiles.find(holds) ?? null;
}

/** @returns pixel of a point as it shows in a plane's tile. */
export function toScreen(
  grid: Grid,
  { plane, picture }: PlaneTile,
  point: Vector3,
): { x: number; y: number } {
  const fraction = fractionOf(grid, point);
  const axes = pictureAxes[plane];
  return {
    x: picture.left + (1 - fraction[axes.x]) * picture.width,
    y: picture.top + (1 - fraction[axes.y]) * picture.height,
  };
}

/** @returns the point under a pixel, in the slice that holds `current`; outside the picture, its nearest edge. */
export function fromScreen(
  grid: Grid,
  { plane, picture }: PlaneTile,
  current: Vector3,
  x: number,
  y: number,
): Vector3 {
  const axes = pictureAxes[plane];
  const fraction = [...fractionOf(grid, current)] as [number, number, number];
  fraction[axes.x] = 1 - clamp((x - picture.left) / picture.width, 0, 1);
  fraction[axes.y] = 1 - clamp((y - picture.top) / picture.height, 0, 1);
  return pointAt(grid, fraction);
}

/** Axes of the patient that a plane's picture shows, and the one across it. */
export function axesOf(plane: Plane): {
  readonly x: 0 | 1 | 2;
  readonly y: 0 | 1 | 2;
  readonly across: 0 | 1 | 2;
} {
  return { ...pictureAxes[plane], across: patientAxisAcross[plane] };
}
