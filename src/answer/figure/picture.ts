import { encode } from 'fast-png';
import { resize } from '../../encoder/resize.js';
import { scaleToUnit } from '../../encoder/window.js';
import type { PixelRectangle } from '../../volume/slice.js';
import type { SliceImage } from '../../volume/volume.js';
import { fitInto } from './layout.js';

/** A grey picture of pixels that are square in millimetres. */
export interface Picture {
  readonly png: Uint8Array;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  readonly millimetresPerPixel: number;
}

/**
 * Draws a slice into a square box, as large as it fits, in true proportions: windowed, then scaled with
 * antialiasing, bicubic, because coarse voxels that are made larger would show as blocks.
 *
 * @param box side of the box in pixels.
 */
export function drawSlice(
  slice: SliceImage,
  [low, high]: readonly [black: number, white: number],
  box: number,
): Picture {
  const widthMm = slice.width * slice.pixelSpacing[0];
  const heightMm = slice.height * slice.pixelSpacing[1];
  const [width, height] = fitInto(widthMm, heightMm, box);
  const grey = { ...slice, pixels: scaleToUnit(slice.pixels, low, high) };
  const scaled = resize(grey, width, height, 'bicubic');
  const data = Uint8ClampedArray.from(scaled, (value) => 255 * value);
  const png = encode({ width, height, data, channels: 1, depth: 8 });
  return { png, width, height, millimetresPerPixel: Math.max(widthMm, heightMm) / box };
}

/** A row or column of pixels belongs to the body where so large a share of it is brighter than air. */
const leastBodyShare = 0.02;
/** Around the body, as a share of its extent. */
const bodyMargin = 0.03;

/**
 * The rectangle of pixels that the body takes in slices of one size, so that tiles are filled and yet have one
 * scale. All of the slice where nothing is above the threshold.
 *
 * @param airBelow in the units of the slices.
 */
export function bodyRectangle(slices: readonly SliceImage[], airBelow: number): PixelRectangle {
  const { width, height } = slices[0]!;
  const [columns, rows] = [new Uint8Array(width), new Uint8Array(height)];
  for (const { pixels } of slices) {
    const [inColumn, inRow] = [new Uint32Array(width), new Uint32Array(height)];
    for (let y = 0, place = 0; y < height; y++) {
      for (let x = 0; x < width; x++, place++) {
        if (pixels[place]! <= airBelow) continue;
        inColumn[x]!++;
        inRow[y]!++;
      }
    }
    inColumn.forEach((count, x) => {
      if (count >= leastBodyShare * height) columns[x] = 1;
    });
    inRow.forEach((count, y) => {
      if (count >= leastBodyShare * width) rows[y] = 1;
    });
  }
  const [x0, x1] = withMargin(columns);
  const [y0, y1] = withMargin(rows);
  return { x0, x1, y0, y1 };
}

/** @returns first and one past the last of the marked places, with the margin. */
function withMargin(marks: Uint8Array): [from: number, to: number] {
  const [first, last] = [marks.indexOf(1), marks.lastIndexOf(1)];
  if (first < 0) return [0, marks.length];
  const gap = Math.ceil(bodyMargin * (last - first + 1));
  return [Math.max(0, first - gap), Math.min(marks.length, last + 1 + gap)];
}

/** Scraps of tissue in an empty slice are not magnified to fill a tile. */
const leastShareOfSlice = 0.4;

/**
 * The rectangle grown to a square in millimetres about its middle, as far as the slice has pixels: what stands
 * beside the body fills a tile better than nothing. At least two fifths of the slice's longer side.
 */
export function growToSquare(slice: SliceImage, { x0, x1, y0, y1 }: PixelRectangle): PixelRectangle {
  const [mmX, mmY] = slice.pixelSpacing;
  const longer = Math.max(slice.width * mmX, slice.height * mmY);
  const side = Math.max((x1 - x0) * mmX, (y1 - y0) * mmY, leastShareOfSlice * longer);
  const [left, right] = grow(x0, x1, Math.round(side / mmX), slice.width);
  const [top, bottom] = grow(y0, y1, Math.round(side / mmY), slice.height);
  return { x0: left, x1: right, y0: top, y1: bottom };
}

function grow(from: number, to: number, length: number, limit: number): [from: number, to: number] {
  const wanted = Math.min(limit, Math.max(to - from, length));
  const start = Math.min(limit - wanted, Math.max(0, from - Math.floor((wanted - (to - from)) / 2)));
  return [start, start + wanted];
}
