import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithDicomTools } from '../../../../tests/dicom-files.js';
import {
  deflatedImageFrame,
  deflatedLittleEndian,
  instanceInMemory,
  type SegmentationFixture,
  segmentationBytes,
} from '../../../../tests/dicom-masks.js';
import { errorOf } from '../../../../tests/error-of.js';
import { randomNumbers } from '../../../../tests/random.js';
import { temporaryFolder, writeFixture } from '../../../../tests/volume-fixtures.js';
import { fileBytes } from '../instance-bytes.js';
import { readInstance } from '../read-instance.js';
import type { Grid } from './plane-on-grid.js';
import { openSegmentation } from './segmentation.js';

/** 7 x 5 pixels a slice: 35 bits, so that no frame but the first begins at a byte. 2 x 3 x 4 mm. */
const ni = 7;
const nj = 5;
const nk = 6;
const grid: Grid = {
  size: [ni, nj, nk],
  affine: [-2, 0, 0, 10, 0, -3, 0, 20, 0, 0, 4, -100, 0, 0, 0, 1],
};
/** LPS position of the first pixel of slice k. */
const origin = (k: number) => [-10, -20, -100 + 4 * k] as const;

const random = randomNumbers(11);
const randomPixels = () => Array.from({ length: ni * nj }, () => (random() < 0.4 ? 1 : 0));

const base = { rows: nj, columns: ni, spacing: [3, 2] } as const;

async function open(fixture: SegmentationFixture) {
  return openSegmentation(await instanceInMemory(segmentationBytes(fixture), 'seg.dcm'), grid);
}

async function drawAll(fixture: SegmentationFixture) {
  const { structures } = await open(fixture);
  return Object.fromEntries(
    structures.map(({ name, draw }) => [
      name,
      Object.fromEntries([...draw().slices].map(([k, slice]) => [k, [...slice]])),
    ]),
  );
}

describe('a binary segmentation', () => {
  const [a1, a3, b3, b4] = [randomPixels(), randomPixels(), randomPixels(), randomPixels()];
  const planes = [
    { position: origin(3), segment: 2, pixels: b3! },
    { position: origin(1), segment: 1, pixels: a1! },
    { position: origin(4), segment: 2, pixels: b4! },
    { position: origin(3), segment: 1, pixels: a3! },
  ];
  const expected = { Liver: { 1: a1, 3: a3 }, Tumour: { 3: b3, 4: b4 } };

  it.each([
    ['explicit', undefined],
    ['deflated', deflatedLittleEndian],
    ['deflated frame by frame', deflatedImageFrame],
  ])('is placed by position, segment by segment, also where they overlap (%s)', async (_, transferSyntax) => {
    const fixture = { ...base, labels: [' Liver ', 'Tumour'], planes };
    expect(await drawAll({ ...fixture, ...(transferSyntax && { transferSyntax }) })).toEqual(expected);
  });

  it('names segments without a label by their number', async () => {
    const { structures } = await open({ ...base, labels: ['', 'Tumour'], planes });
    expect(structures.map(({ name }) => name)).toEqual(['segment_1', 'Tumour']);
  });

  it('may be larger or smaller than the image, in the same pixels', async () => {
    const pixels = Array.from({ length: 4 * 9 }, () => (random() < 0.5 ? 1 : 0));
    // One row less at the top, 9 columns that begin 3 voxels before the image.
    const fixture = {
      ...base,
      rows: 4,
      columns: 9,
      labels: ['a'],
      planes: [{ position: [-10 - 3 * 2, -20 + 3, -92] as const, segment: 1, pixels }],
    };
    const inside = new Array<number>(ni * nj).fill(0);
    for (let r = 0; r < 4; r++)
      for (let c = 3; c < 9; c++) inside[(r + 1) * ni + (c - 3)] = pixels[r * 9 + c]!;
    expect(await drawAll(fixture)).toEqual({ a: { 2: inside } });
  });

  it('may run along the rows of the image in the other direction', async () => {
    const pixels = randomPixels();
    const fixture = {
      ...base,
      orientation: [-1, 0, 0, 0, 1, 0],
      labels: ['a'],
      planes: [{ position: [-10 + 2 * (ni - 1), -20, -100] as const, segment: 1, pixels }],
    };
    const mirrored = pixels.map((_, p) => pixels[p - (p % ni) + (ni - 1 - (p % ni))]!);
    expect(await drawAll(fixture)).toEqual({ a: { 0: mirrored } });
  });

  it('with pixels of half the size gives each voxel the nearest of them', async () => {
    const pixels = Array.from({ length: 4 * ni * nj }, (_, p) => (p % 3 === 0 ? 1 : 0));
    const fixture = {
      ...base,
      rows: 2 * nj,
      columns: 2 * ni,
      spacing: [1.5, 1] as const,
      labels: ['a'],
      // Moved so that the voxel centres lie a quarter of a pixel beside every second pixel.
      planes: [{ position: [-10.25, -20.3, -100] as const, segment: 1, pixels }],
    };
    const inside = Array.from(
      { length: ni * nj },
      (_, v) => pixels[2 * Math.floor(v / ni) * 2 * ni + 2 * (v % ni)]!,
    );
    expect(await drawAll(fixture)).toEqual({ a: { 0: inside } });
  });

  it('goes to the nearest slice within half a spacing; planes beyond the image are counted', async () => {
    const pixels = randomPixels();
    const { structures } = await open({
      ...base,
      labels: ['a'],
      planes: [-3, 1.8, 5.9, 17.9, 23].map((z) => ({
        position: [-10, -20, -100 + z] as const,
        segment: 1,
        pixels,
      })),
    });
    const drawn = structures[0]!.draw();
    expect([...drawn.slices.keys()]).toEqual([0, 1, 4]);
    expect(drawn).toMatchObject({ planes: 5, outside: 2, notParallel: 0 });
  });

  it('counts no empty planes beyond the image', async () => {
    const { structures } = await open({
      ...base,
      labels: ['a'],
      planes: [
        { position: origin(-4), segment: 1, pixels: new Array<number>(ni * nj).fill(0) },
        { position: origin(2), segment: 1, pixels: randomPixels() },
      ],
    });
    expect(structures[0]!.draw()).toMatchObject({ outside: 0 });
  });

  it('in planes across the slices is told to be not parallel', async () => {
    const { structures } = await open({
      ...base,
      orientation: [1, 0, 0, 0, 0, 1],
      labels: ['a'],
      planes: [{ position: origin(2), segment: 1, pixels: randomPixels() }],
    });
    expect(structures[0]!.draw()).toMatchObject({ planes: 1, notParallel: 1, slices: new Map() });
  });
});

describe('other kinds of segmentation', () => {
  it('fractional: inside is what has at least half of the maximum, and it is said', async () => {
    const stored = Array.from({ length: ni * nj }, (_, p) => (p * 7) % 201);
    const fixture = {
      ...base,
      type: 'FRACTIONAL' as const,
      labels: ['a'],
      planes: [{ position: origin(0), segment: 1, pixels: stored }],
    };
    // 100 of 200 is half.
    expect(await drawAll(fixture)).toEqual({ a: { 0: stored.map((value) => (value >= 100 ? 1 : 0)) } });
    expect((await open(fixture)).warnings).toEqual([
      'The segments are fractional (probability): a voxel with at least half of the maximum is inside.',
    ]);
  });

  it.each([{}, { PhotometricInterpretation: 'PALETTE COLOR' }])('label maps %j', async (attributes) => {
    const numbers = Array.from({ length: ni * nj }, (_, p) => (p * 5) % 3);
    const fixture = {
      ...base,
      type: 'LABELMAP' as const,
      labels: ['one', 'two'],
      planes: [
        { position: origin(5), pixels: numbers },
        { position: origin(0), pixels: numbers.map((number) => (number === 2 ? 0 : number)) },
      ],
      attributes,
    };
    const of = (wanted: number) => numbers.map((number) => (number === wanted ? 1 : 0));
    expect(await drawAll(fixture)).toEqual({
      one: { 0: of(1), 5: of(1) },
      two: { 5: of(2) },
    });
  });
});

describeWithDicomTools('segmentations that other programs compressed', (runTool) => {
  const folder = temporaryFolder();
  it.each([
    ['dcmcrle', 'RLE'],
    ['dcmconv', 'Implicit VR', '+ti'],
    ['dcmconv', 'Deflated', '+td'],
  ] as const)('%s: %s', async (program, syntax, ...options) => {
    const stored = Array.from({ length: ni * nj }, (_, p) => (p * 7) % 201);
    const bytes = segmentationBytes({
      ...base,
      type: 'FRACTIONAL',
      labels: ['a'],
      planes: [
        { position: origin(2), segment: 1, pixels: stored },
        { position: origin(1), segment: 1, pixels: stored.map((value) => 200 - value) },
      ],
    });
    const from = writeFixture(folder, `${syntax}-in.dcm`, bytes);
    const to = join(folder, `${syntax}-out.dcm`);
    runTool(program, ...options, from, to);
    const instance = await readInstance(fileBytes(to));
    expect(instance.transferSyntaxUid).not.toBe('1.2.840.10008.1.2.1');
    const { structures } = await openSegmentation(instance, grid);
    const inside = (value: number) => (value >= 100 ? 1 : 0);
    expect([...structures[0]!.draw().slices].map(([k, slice]) => [k, [...slice]])).toEqual([
      [2, stored.map(inside)],
      [1, stored.map((value) => inside(200 - value))],
    ]);
  });
});

describe('a segmentation that cannot be used', () => {
  const planes = [{ position: origin(0), segment: 1, pixels: randomPixels() }];
  const fixture = { ...base, labels: ['a'], planes };

  it.each([
    ['MASK_INVALID', 'has a kind that is not known', { SegmentationType: 'SURFACE' }],
    [
      'MASK_INVALID',
      'does not say which segment a frame shows',
      {
        PerFrameFunctionalGroupsSequence: [
          { PlanePositionSequence: [{ ImagePositionPatient: ['0', '0', '0'] }] },
        ],
      },
    ],
    [
      'MASK_INVALID',
      'does not say where a frame lies',
      {
        PerFrameFunctionalGroupsSequence: [
          { SegmentIdentificationSequence: [{ ReferencedSegmentNumber: 1 }] },
        ],
      },
    ],
    ['DICOM_INVALID', 'has fewer pixels than frames', { PixelData: [new ArrayBuffer(2)] }],
  ])('%s: it %s', async (code, _, attributes) => {
    const error = await errorOf(open({ ...fixture, attributes }));
    expect(error).toMatchObject({ code, subject: 'seg.dcm' });
    expect(error.message).not.toMatch(/secret/i);
  });

  it('is cut off', async () => {
    const bytes = segmentationBytes(fixture);
    const instance = await instanceInMemory(bytes, 'seg.dcm');
    const cut = await instanceInMemory(bytes.subarray(0, bytes.length - 3), 'seg.dcm');
    expect(instance.pixels).toEqual(cut.pixels);
    await expect(openSegmentation(cut, grid)).rejects.toMatchObject({
      code: 'DICOM_INVALID',
      subject: 'seg.dcm',
    });
  });

  it('has one-bit pixels in a compression that is not read', async () => {
    const rle = { ...fixture, transferSyntax: '1.2.840.10008.1.2.5' };
    await expect(open(rle)).rejects.toMatchObject({
      code: 'TRANSFER_SYNTAX_UNSUPPORTED',
      subject: 'seg.dcm',
    });
  });
});
