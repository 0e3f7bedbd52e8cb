import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DecodedPng, decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { fillVoxels, niftiBytes, temporaryFolder, writeFixture } from '../../../tests/volume-fixtures.js';
import type { VolumeRecord } from '../../archive/records.js';
import { fileImage } from '../../volume/image-source.js';
import type { Modality } from '../../volume/volume.js';
import type { Answer, Hit } from '../answer.js';
import { renderFigure, writeFigure } from './figure.js';
import { figureLayout } from './layout.js';

const folder = temporaryFolder();
const side = 12;
const depth = 9;

/** A volume of 12 x 12 x 9 voxels, 1 mm: all of slice k has the value base + step * k. */
function volumeFile(name: string, base: number, step: number): string {
  const values = fillVoxels([side, side, depth], (_i, _j, k) => base + step * k);
  return writeFixture(folder, name, niftiBytes({ size: [side, side, depth], values }));
}

/** In the soft tissue window (-160 to 240 HU) slice k is (step * k) / 400 of white. */
const queryPath = volumeFile('query.nii', -160, 40);
const hitPath = volumeFile('hit.nii', -160, 20);
const mrPath = volumeFile('mr.nii', 0, 100);

function record(id: string, imagePath: string, modality: Modality = 'CT'): VolumeRecord {
  return {
    id,
    revision: id,
    patient: null,
    split: null,
    modality,
    region: null,
    labels: [],
    annotated: null,
    imagePath,
    maskPath: null,
    labelTablePath: null,
    imageHash: '',
    contentHash: '',
    size: [side, side, depth],
    spacing: [1, 1, 1],
    affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    percentiles: [0, 1000],
    sliceCount: depth,
    airSlices: 0,
    voxseekVersion: '0',
    ingestedAt: '',
    dicom: null,
  };
}

/** The query slice k is answered by slice 8 - k. */
function hitOf(rank: number, volume: VolumeRecord, querySlices: readonly number[]): Hit {
  return {
    rank,
    volume,
    score: 0.9 * querySlices.length,
    meanSimilarity: 0.9,
    range: { from: 2, to: 6, fromMm: 2, toMm: 6, similarity: 0.9 },
    matches: querySlices.map((k) => ({
      querySlice: k,
      slice: 8 - k,
      positionMm: 8 - k,
      similarity: 0.9,
      dicomImage: null,
    })),
  };
}

function answerOf(
  volumes: readonly VolumeRecord[],
  slices: readonly number[],
  imagePath = queryPath,
): Answer {
  return {
    query: {
      imagePath,
      openImage: async () => fileImage(imagePath),
      series: null,
      dicomImages: slices.map(() => null),
      id: 'query',
      mode: 'volume',
      label: undefined,
      modality: 'CT',
      plane: 'axial',
      slices,
      encoder: 'e',
    },
    ranking: 'late-interaction',
    hits: volumes.map((volume, place) => hitOf(place + 1, volume, slices)),
    warnings: [],
    timings: { read: 0, encode: 0, load: 0, search: 0, rerank: 0, explain: 0, total: 0 },
  };
}

/** The figure, decoded. */
async function drawn(...parameters: Parameters<typeof renderFigure>): Promise<DecodedPng> {
  return decode(await renderFigure(...parameters));
}

/**
 * The grey of a tile's pixel at its middle, three tenths from the top, where no letter stands; NaN for a colour.
 */
function greyOf({ data, width, channels }: DecodedPng, x: number, y: number, tile: number): number {
  const place = Math.round(2 * (y + 0.3 * tile)) * width + Math.round(2 * (x + 0.5 * tile));
  const [red, green, blue] = data.subarray(channels * place, channels * place + 3);
  return red === green && green === blue ? red! : Number.NaN;
}

/** A share of white is met to half a grey level, rounded either way. */
function expectGrey(value: number, share: number): void {
  expect(Math.abs(value - 255 * share)).toBeLessThanOrEqual(0.51);
}

describe('renderFigure', () => {
  it('shows under each query slice the slice that matched it, windowed, from the head down', async () => {
    const slices = [1, 4, 7];
    const answer = answerOf([record('a', hitPath), record('b', mrPath, 'MR')], slices);
    const png = await drawn(answer);
    const layout = figureLayout(3, 2, 0);
    expect([png.width, png.height]).toEqual([2 * layout.width, 2 * layout.height]);

    for (const [column, k] of [7, 4, 1].entries()) {
      const x = layout.columnX[column]!;
      const at = (y: number) => greyOf(png, x, y, layout.tile);
      expectGrey(at(layout.queryY), (40 * k) / 400);
      expectGrey(at(layout.hitY[0]!), (20 * (8 - k)) / 400);
      // MR, between its percentiles 0 and 1000.
      expectGrey(at(layout.hitY[1]!), (100 * (8 - k)) / 1000);
    }
  });

  it('spreads the slices that it shows over the query', async () => {
    const answer = answerOf([record('a', hitPath)], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const png = await drawn(answer, { queries: 3 });
    const layout = figureLayout(3, 1, 0);
    for (const [column, k] of [7, 4, 1].entries()) {
      expectGrey(greyOf(png, layout.columnX[column]!, layout.queryY, layout.tile), (40 * k) / 400);
    }
  });

  it('shows the best hits only, as many as asked for', async () => {
    const answer = answerOf([record('a', hitPath), record('b', hitPath), record('c', hitPath)], [4]);
    expect((await drawn(answer, { hits: 2 })).height).toBe(2 * figureLayout(1, 2, 0).height);
  });

  it('marks the matched slices and the localized range in the overview', async () => {
    const png = await drawn(answerOf([record('a', hitPath)], [4]));
    const { overviewX, hitY, tile } = figureLayout(1, 1, 0);
    const { data, width, channels } = png;
    /** Rows of the overview, in pixels from its top, in which one column of it has a colour. */
    const rows = (shareX: number, isWanted: (r: number, g: number, b: number) => boolean) =>
      Array.from({ length: 2 * tile }, (_, row) => row).filter((row) => {
        const place = (2 * hitY[0]! + row) * width + Math.round(2 * (overviewX + shareX * tile));
        const [r, g, b] = data.subarray(channels * place, channels * place + 3);
        return isWanted(r!, g!, b!);
      });
    const overview = (2 * tile - 24) * (depth / side);
    const top = (2 * tile - overview) / 2;
    // Slice 4 of 0..8 is the middle of the stack; similarity 0.9 is the low end of the scale, #414487.
    const line = rows(0.3, (r, g, b) => r === 0x41 && g === 0x44 && b === 0x87);
    expect(line.length).toBeGreaterThan(0);
    expect(Math.abs(line[0]! - tile)).toBeLessThanOrEqual(2);
    // Slices 2..6 of 0..8: from 2/9 to 7/9 of the stack, counted from the top as from the bottom.
    const band = rows(1 - 2.5 / tile, (r, _g, b) => r === 0xff && b === 0x43);
    expect(Math.abs(band[0]! - (top + (2 / 9) * overview))).toBeLessThanOrEqual(2);
    expect(Math.abs(band.at(-1)! - (top + (7 / 9) * overview))).toBeLessThanOrEqual(2);
  });

  it('chooses the lung window by the query slice and shows the matches in it', async () => {
    // 48 x 48 mm, two thirds of them lung.
    const values = fillVoxels([side, side, depth], (i) => (i < 8 ? -800 : 40));
    const lungs = writeFixture(
      folder,
      'lungs.nii',
      niftiBytes({ size: [side, side, depth], spacing: [4, 4, 4], values }),
    );
    const flat = volumeFile('flat.nii', 40, 0);
    const answer = answerOf([record('a', flat)], [4], lungs);
    const png = await drawn(answer);
    const layout = figureLayout(1, 1, 0);
    expectGrey(greyOf(png, layout.columnX[0]!, layout.hitY[0]!, layout.tile), (40 + 1350) / 1500);
  });

  it('shows several hits of one volume, each with its own slice', async () => {
    const volume = record('a', hitPath);
    const base = answerOf([volume, volume], [4]);
    const hits = base.hits.map((hit, place) => ({
      ...hit,
      matches: [{ querySlice: 4, slice: 2 + 4 * place, positionMm: 0, similarity: 0.8, dicomImage: null }],
    }));
    const png = await drawn({ ...base, query: { ...base.query, mode: 'slice' }, hits });
    const layout = figureLayout(1, 2, 0);
    const at = (row: number) => greyOf(png, layout.columnX[0]!, layout.hitY[row]!, layout.tile);
    expectGrey(at(0), (20 * 2) / 400);
    expectGrey(at(1), (20 * 6) / 400);
  });

  it('draws empty frames for a hit whose file is gone, broken or another one, and all others', async () => {
    const broken = writeFixture(folder, 'broken.nii.gz', 'no volume');
    const volumes = [
      record('gone', join(folder, 'gone.nii.gz')),
      record('broken', broken),
      { ...record('changed', hitPath), size: [side, side, depth + 1] as const },
      record('there', hitPath),
    ];
    const png = await drawn(answerOf(volumes, [4, 5]));
    const layout = figureLayout(2, 4, 0);
    const at = (row: number) => greyOf(png, layout.columnX[0]!, layout.hitY[row]!, layout.tile);
    expect([at(0), at(1), at(2)]).toEqual([0, 0, 0]);
    expectGrey(at(3), (20 * 3) / 400);
    // The reason stands across the frames in red.
    const { data, width, channels } = png;
    const reddish = (row: number) => {
      let count = 0;
      for (let y = 2 * layout.hitY[row]!; y < 2 * (layout.hitY[row]! + layout.tile); y++) {
        for (let x = 2 * layout.overviewX; x < width; x++) {
          const [r, , b] = data.subarray(channels * (y * width + x), channels * (y * width + x) + 3);
          if (r! > 150 && r! - b! > 50) count++;
        }
      }
      return count;
    };
    for (const row of [0, 1, 2]) expect(reddish(row)).toBeGreaterThan(50);
  });

  it('shows the hits where the file of the query is gone', async () => {
    const png = await drawn(answerOf([record('a', hitPath)], [1, 7], join(folder, 'gone.nii')));
    const layout = figureLayout(2, 1, 0);
    expect(greyOf(png, layout.columnX[0]!, layout.queryY, layout.tile)).toBe(0);
    expectGrey(greyOf(png, layout.columnX[0]!, layout.hitY[0]!, layout.tile), (20 * 7) / 400);
  });

  it('draws any text, and a search without hits', async () => {
    const volume = { ...record(`<&"'>${'x'.repeat(300)}\u0000`, hitPath), region: '</text>', patient: '&' };
    const answer = { ...answerOf([volume], [4]), warnings: ['a < b & c', `long ${'word '.repeat(200)}`] };
    expect((await drawn(answer)).height).toBe(2 * figureLayout(1, 1, 2).height);
    expect((await drawn(answerOf([], [4]))).height).toBe(2 * figureLayout(1, 0, 0).height);
  });

  it.each([{ queries: 0 }, { queries: 11 }, { queries: 2.5 }, { hits: 0 }, { hits: 101 }])(
    'refuses %o',
    async (options) => {
      await expect(renderFigure(answerOf([], [4]), options)).rejects.toMatchObject({ code: 'USAGE' });
    },
  );
});

describe('writeFigure', () => {
  const answer = answerOf([record('a', hitPath)], [4]);

  it('writes a PNG, over an older one, and leaves nothing else', async () => {
    const target = join(folder, 'out');
    mkdirSync(target);
    const path = writeFixture(target, 'figure.png', 'older');
    await writeFigure(path, answer);
    expect(decode(readFileSync(path)).width).toBe(2 * figureLayout(1, 1, 0).width);
    expect(readdirSync(target)).toEqual(['figure.png']);
  });

  it('says which folder is missing', async () => {
    const path = join(folder, 'nowhere', 'figure.png');
    await expect(writeFigure(path, answer)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', subject: path });
  });

  it('does not replace a folder, and cleans up', async () => {
    const target = join(folder, 'occupied');
    mkdirSync(join(target, 'figure.png'), { recursive: true });
    await expect(writeFigure(join(target, 'figure.png'), answer)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    expect(readdirSync(target)).toEqual(['figure.png']);
  });
});
