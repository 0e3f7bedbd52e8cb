import { writeFile } from 'node:fs/promises';
import { renderAsync } from '@resvg/resvg-js';
import { openArchivedImage } from '../../archive/archived-image.js';
import { VoxseekError } from '../../errors.js';
import { writeWhole } from '../../write-whole.js';
import type { Answer, Hit } from '../answer.js';
import { hitRow, queryRow } from './content.js';
import { fontFamily, fontFiles } from './font.js';
import { drawHeader, drawLegend } from './frame.js';
import { evenlySpread, figureLayout, margin, pixelsPerUnit } from './layout.js';
import { drawRow } from './row.js';
import { similarityScale } from './scale.js';
import { palette, rectangle, svgDocument } from './svg.js';
import { drawVolume, type VolumePictures } from './volume.js';

export interface FigureOptions {
  /** At most so many query slices, evenly spread over the query; 1 to 10, default 8. */
  readonly queries?: number;
  /** At most so many of the best hits; 1 to 100, default 5. */
  readonly hits?: number;
}

/**
 * The picture of a search, from which a person sees why each volume was found: slices of the query in the
 * first row, and for each hit below a row with the slices that matched them, column by column. Beside every
 * row stands an overview of its volume, as on the scout image of a scanner, with lines where the slices lie
 * and a band over the localized range.
 *
 * CT is shown in the soft tissue window (-160 to 240 HU), or in the lung window (-1350 to 150 HU) where a
 * query slice is mostly lung; a column has one window. MR is shown between the 0.5th and 99.5th percentile of
 * its volume. All tiles of a row have one scale: that at which the body, over the slices that are shown, fills
 * a tile. Reads the image files of the query and of the hits, one at a time; one that cannot be read is shown
 * as empty frames with the reason.
 *
 * @returns a PNG, at most 2400 pixels wide.
 * @throws VoxseekError USAGE where an option is not a whole number in its range
 */
export async function renderFigure(answer: Answer, options: FigureOptions = {}): Promise<Uint8Array> {
  const { queries = 8, hits: rows = 5 } = options;
  assertWithin('queries', queries, 10);
  assertWithin('hits', rows, 100);
  const hits = answer.hits.slice(0, rows);
  const spread = evenlySpread(answer.query.slices.length, queries);
  const layout = figureLayout(spread.length, hits.length, answer.warnings.length);
  const tilePixels = layout.tile * pixelsPerUnit;

  const { plane, modality, openImage } = answer.query;
  const slices = spread.map((place) => ({ index: answer.query.slices[place]! }));
  const drawn = await drawVolume({ openImage, modality, plane, slices }, tilePixels);
  // From the head down, from the front back, from the right to the left: as the lines lie in the overviews.
  const isAscending = typeof drawn !== 'string' && drawn.positionsMm[0]! < drawn.positionsMm.at(-1)!;
  const columns = isAscending ? spread.toReversed() : spread;
  const query = isAscending ? { ...drawn, slices: drawn.slices.toReversed() } : drawn;
  const found = await drawHits(answer, hits, columns, query, tilePixels);

  const scale = similarityScale(
    hits.flatMap((hit) => columns.map((column) => hit.matches[column]!.similarity)),
  );
  const svg = svgDocument(layout.width, layout.height, [
    ...drawHeader(answer, columns.length, layout.width),
    rectangle(margin, layout.ruleY, layout.width - 2 * margin, 1, { fill: palette.rule }),
    ...drawRow(queryRow(answer, columns, query), layout.queryY, layout, scale),
    ...hits.flatMap((hit, place) =>
      drawRow(hitRow(answer, hit, columns, found[place]!), layout.hitY[place]!, layout, scale),
    ),
    ...drawLegend(layout, scale, answer),
  ]);
  const image = await renderAsync(svg, {
    fitTo: { mode: 'zoom', value: pixelsPerUnit },
    font: { loadSystemFonts: false, fontFiles: fontFiles(), defaultFontFamily: fontFamily },
  });
  return image.asPng();
}

/**
 * Writes {@link renderFigure}'s PNG. The file appears under its name only when it is whole.
 *
 * @throws VoxseekError USAGE, FILE_NOT_FOUND (no such folder), STORAGE_FULL, STORAGE_NOT_WRITABLE
 */
export async function writeFigure(path: string, answer: Answer, options: FigureOptions = {}): Promise<void> {
  const png = await renderFigure(answer, options);
  await writeWhole(path, (temporary) => writeFile(temporary, png, { flag: 'wx' }));
}

function assertWithin(option: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new VoxseekError('USAGE', `${value} is not a whole number from 1 to ${most}`, {
    subject: option,
  });
}

/**
 * The pictures of every hit. Hits of one volume (a slice query may find several slices of it) share one
 * reading of its file.
 */
async function drawHits(
  { query: { plane } }: Answer,
  hits: readonly Hit[],
  columns: readonly number[],
  query: VolumePictures | string,
  tilePixels: number,
): Promise<(VolumePictures | string)[]> {
  const windows = typeof query === 'string' ? [] : query.slices.map(({ window }) => window);
  const found: (VolumePictures | string)[] = [];
  for (const [place, { volume }] of hits.entries()) {
    if (found[place] !== undefined) continue;
    const { modality, percentiles, size } = volume;
    const openImage = () => openArchivedImage(volume);
    const sharing = [...hits.keys()].filter((other) => hits[other]!.volume.id === volume.id);
    const slices = sharing.flatMap((other) =>
      columns.map((column, cell) => {
        const window = windows[cell];
        const ctWindow = window?.name === 'MR' ? undefined : window;
        return { index: hits[other]!.matches[column]!.slice, ctWindow };
      }),
    );
    const pictures = await drawVolume({ openImage, modality, plane, percentiles, size, slices }, tilePixels);
    sharing.forEach((other, part) => {
      const from = part * columns.length;
      found[other] =
        typeof pictures === 'string'
          ? pictures
          : { ...pictures, slices: pictures.slices.slice(from, from + columns.length) };
    });
  }
  return found;
}
