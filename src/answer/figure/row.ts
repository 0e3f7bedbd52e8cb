import type { Plane } from '../../volume/volume.js';
import { shorten, textWidth } from './font.js';
import { captionHeight, type FigureLayout, pixelsPerUnit } from './layout.js';
import { overviewOf, placeInStack } from './overview.js';
import type { Picture } from './picture.js';
import { type SimilarityScale, scaleColour, shareOfScale } from './scale.js';
import { imageElement, palette, type RectangleStyle, rectangle, textElement } from './svg.js';
import type { VolumePictures } from './volume.js';

/** One tile of a row. */
export interface Cell {
  /** Index along the file's own axis. */
  readonly slice: number;
  /** Undefined for the query's own slices. */
  readonly similarity: number | undefined;
  /** Below the tile, at its left. */
  readonly caption: string;
  /** Below the tile, at its right: the first of these that fits. */
  readonly place: readonly string[];
}

/** The query, or one hit: words, the overview of the volume, tiles. */
export interface Row {
  readonly plane: Plane;
  /** Large, before the words; undefined for the query. */
  readonly rank: number | undefined;
  readonly title: string;
  readonly lines: readonly string[];
  /** The pictures, with a slice for each cell; or why there are none. */
  readonly pictures: VolumePictures | string;
  readonly cells: readonly Cell[];
  /** All slices that matched, or all of the query; those of the cells are among them. */
  readonly slices: readonly number[];
  /** Localized range: slice indices, both inclusive. */
  readonly range: readonly [from: number, to: number] | undefined;
}

const titleSize = 10.5;
const lineSize = 9.5;
const lineHeight = 13.5;
const captionSize = 8.5;
const letterSize = 7.5;
const markWidth = 22;

/** Patient sides at the left and at the upper edge of a slice in display orientation. */
const edgeLetters: Readonly<
  Record<Plane, readonly [left: string, right: string, top: string, bottom: string]>
> = {
  axial: ['R', 'L', 'A', 'P'],
  coronal: ['R', 'L', 'S', 'I'],
  sagittal: ['A', 'P', 'S', 'I'],
};

/** @returns SVG elements. */
export function drawRow(row: Row, y: number, layout: FigureLayout, scale: SimilarityScale): string[] {
  const { pictures, cells } = row;
  return [
    ...drawInfo(row, y, layout),
    ...(typeof pictures === 'string'
      ? drawProblem(pictures, cells.length, y, layout)
      : [...drawOverviewTile(row, pictures, y, layout, scale), ...drawTiles(row, pictures, y, layout)]),
    ...cells.flatMap((cell, column) => drawCaption(cell, layout.columnX[column]!, y, layout.tile, scale)),
  ];
}

function drawInfo({ rank, title, lines }: Row, y: number, { infoX, infoWidth }: FigureLayout): string[] {
  const x = rank === undefined ? infoX : infoX + markWidth;
  const width = infoX + infoWidth - x;
  return [
    ...(rank === undefined
      ? []
      : [textElement(infoX, y + 14, String(rank), { size: 17, weight: 'bold', fill: palette.secondary })]),
    textElement(x, y + 13, shorten(title, width, titleSize, 'bold'), {
      size: titleSize,
      weight: 'bold',
      fill: rank === undefined ? palette.query : palette.text,
    }),
    ...lines.map((line, place) =>
      textElement(x, y + 15 + lineHeight * (place + 1), shorten(line, width, lineSize), {
        size: lineSize,
        fill: palette.secondary,
      }),
    ),
  ];
}

/** Empty frames, and across them the reason. */
function drawProblem(
  reason: string,
  cells: number,
  y: number,
  { overviewX, columnX, tile, width }: FigureLayout,
): string[] {
  const frames = [overviewX, ...columnX.slice(0, cells)].map((x) =>
    rectangle(x, y, tile, tile, { fill: palette.tile, stroke: palette.frame, dashes: '3 3' }),
  );
  const room = width - overviewX - 40;
  const message = shorten(`no picture: ${reason}`, room, lineSize);
  const messageWidth = textWidth(message, lineSize);
  return [
    ...frames,
    rectangle(overviewX + 8, y + tile / 2 - 11, messageWidth + 16, 18, { fill: palette.tile }),
    textElement(overviewX + 16, y + tile / 2 + 2, message, { size: lineSize, fill: palette.problem }),
  ];
}

/** Puts a picture into the middle of its square; on whole pixels, so that it stays sharp. */
function placePicture(picture: Picture, x: number, y: number, tile: number) {
  const box = tile * pixelsPerUnit;
  const left = x + Math.floor((box - picture.width) / 2) / pixelsPerUnit;
  const top = y + Math.floor((box - picture.height) / 2) / pixelsPerUnit;
  const [width, height] = [picture.width / pixelsPerUnit, picture.height / pixelsPerUnit];
  return { left, top, width, height, element: imageElement(left, top, width, height, picture.png) };
}

function drawOverviewTile(
  { plane, range, slices, cells }: Row,
  pictures: VolumePictures,
  y: number,
  { overviewX: x, tile }: FigureLayout,
  scale: SimilarityScale,
): string[] {
  const { left, top, width, height, element } = placePicture(pictures.overview, x, y, tile);
  const isHorizontal = overviewOf[plane].lines === 'horizontal';
  const length = isHorizontal ? height : width;
  /**
   * A rectangle given along the stack as shares of it, and across it in units from the overview's left (or
   * lower) edge; one that begins at -5 stands out by 5.
   */
  const stripe = (from: number, to: number, begin: number, end: number, style: RectangleStyle) =>
    isHorizontal
      ? rectangle(left + begin, top + from * height, end - begin, (to - from) * height, style)
      : rectangle(left + from * width, top + height - end, (to - from) * width, end - begin, style);
  const across = isHorizontal ? width : height;
  const line = (index: number, thickness: number, begin: number, end: number, fill: string) => {
    const [from, to] = placeInStack(pictures, plane, index);
    const middle = (from + to) / 2;
    const half = thickness / length / 2;
    return stripe(middle - half, middle + half, begin, end, { fill });
  };
  const elements = [rectangle(x, y, tile, tile, { fill: palette.tile }), element];
  if (range) {
    const ends = range.flatMap((index) => placeInStack(pictures, plane, index));
    const [from, to] = [Math.min(...ends), Math.max(...ends)];
    elements.push(
      stripe(from, to, 0, across, { fill: palette.range, fillOpacity: 0.12 }),
      stripe(from, to, across + 2, across + 5, { fill: palette.range }),
    );
  }
  for (const index of new Set(slices)) elements.push(line(index, 0.75, -5, -1, palette.secondary));
  for (const { slice, similarity } of cells) {
    const colour = similarity === undefined ? palette.query : scaleColour(shareOfScale(scale, similarity));
    elements.push(line(slice, 1, -5, across, colour));
  }
  return elements;
}

function drawTiles(row: Row, pictures: VolumePictures, y: number, { columnX, tile }: FigureLayout): string[] {
  return row.cells.flatMap((_, column) => {
    const x = columnX[column]!;
    const picture = pictures.slices[column]!;
    return [
      rectangle(x, y, tile, tile, { fill: palette.tile }),
      placePicture(picture, x, y, tile).element,
      ...drawLetters(row.plane, x, y, tile),
      ...(column === 0 ? drawRuler(picture, x, y, tile) : []),
      ...(picture.window.name === 'lung' ? [drawWindowName('lung window', x, y, tile)] : []),
    ];
  });
}

function drawLetters(plane: Plane, x: number, y: number, tile: number): string[] {
  const [left, , top] = edgeLetters[plane];
  const style = { size: letterSize, fill: palette.secondary, outlined: true } as const;
  return [
    textElement(x + 2.5, y + tile / 2 + letterSize / 3, left, style),
    textElement(x + tile / 2, y + letterSize + 1, top, { ...style, anchor: 'middle' }),
  ];
}

/** Said of the tiles whose window is not the one a reader expects. */
function drawWindowName(name: string, x: number, y: number, tile: number): string {
  return textElement(x + tile - 3, y + tile - 4, name, {
    size: letterSize,
    fill: palette.secondary,
    anchor: 'end',
    outlined: true,
  });
}

const rulerLengthsMm = [200, 100, 50, 20, 10, 5];
const rulerShare = 0.4;

/** A scale bar at the lower left of the first tile; it holds for all tiles of the row. */
function drawRuler({ millimetresPerPixel }: Picture, x: number, y: number, tile: number): string[] {
  const tileMm = tile * pixelsPerUnit * millimetresPerPixel;
  const lengthMm = rulerLengthsMm.find((mm) => mm <= rulerShare * tileMm);
  if (lengthMm === undefined) return [];
  const length = lengthMm / millimetresPerPixel / pixelsPerUnit;
  const bottom = y + tile - 4;
  const label = lengthMm >= 10 ? `${lengthMm / 10} cm` : `${lengthMm} mm`;
  return [
    rectangle(x + 4, bottom - 1.5, length, 1.5, { fill: palette.text, stroke: '#000', strokeWidth: 0.5 }),
    textElement(x + 4, bottom - 4, label, { size: letterSize, fill: palette.text, outlined: true }),
  ];
}

function drawCaption(
  { similarity, caption, place }: Cell,
  x: number,
  y: number,
  tile: number,
  scale: SimilarityScale,
): string[] {
  const barY = y + tile + 2;
  const elements: string[] = [];
  if (similarity === undefined) {
    elements.push(rectangle(x, barY, tile, 3, { fill: palette.query }));
  } else {
    const share = shareOfScale(scale, similarity);
    elements.push(
      rectangle(x, barY, tile, 3, { fill: palette.rule }),
      rectangle(x, barY, Math.max(1, share * tile), 3, { fill: scaleColour(share) }),
    );
  }
  const baseline = y + tile + captionHeight - 4;
  const room = tile - textWidth(caption, captionSize, 'bold') - 4;
  const fitting = place.find((content) => textWidth(content, captionSize) <= room);
  return [
    ...elements,
    textElement(x, baseline, caption, { size: captionSize, weight: 'bold' }),
    ...(fitting === undefined
      ? []
      : [
          textElement(x + tile, baseline, fitting, {
            size: captionSize,
            fill: palette.secondary,
            anchor: 'end',
          }),
        ]),
  ];
}
