import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../../tests/random.js';
import type { IntensityContext, SliceImage } from '../../volume/volume.js';
import { createDescriptorEncoder, descriptorName } from './descriptor.js';

const ct: IntensityContext = { modality: 'CT', percentiles: [-1024, 800] };
const mr: IntensityContext = { modality: 'MR', percentiles: [0, 1000] };

interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly a: number;
  readonly b: number;
  readonly value: number;
}

/** Positions and half axes in mm around the middle of the body, painted in this order, in HU. */
const anatomy = {
  chest: [
    { x: 0, y: 0, a: 170, b: 115, value: -90 },
    { x: 0, y: 0, a: 155, b: 100, value: 45 },
    { x: -72, y: -8, a: 58, b: 76, value: -840 },
    { x: 72, y: -8, a: 58, b: 76, value: -840 },
    { x: 18, y: -20, a: 46, b: 38, value: 110 },
    { x: 0, y: 68, a: 20, b: 18, value: 320 },
  ],
  abdomen: [
    { x: 0, y: 0, a: 165, b: 112, value: -90 },
    { x: 0, y: 0, a: 142, b: 90, value: 30 },
    { x: -62, y: -8, a: 72, b: 66, value: 115 },
    { x: 84, y: 12, a: 34, b: 42, value: 130 },
    { x: 30, y: -46, a: 34, b: 22, value: -900 },
    { x: 0, y: 54, a: 22, b: 19, value: 300 },
  ],
  head: [
    { x: 0, y: 0, a: 78, b: 97, value: 20 },
    { x: 0, y: 0, a: 73, b: 92, value: 900 },
    { x: 0, y: 0, a: 66, b: 85, value: 35 },
    { x: -9, y: 0, a: 5, b: 22, value: 5 },
    { x: 9, y: 0, a: 5, b: 22, value: 5 },
  ],
  thigh: [
    { x: 0, y: 0, a: 84, b: 78, value: -100 },
    { x: 0, y: 0, a: 70, b: 64, value: 55 },
    { x: 6, y: -8, a: 15, b: 15, value: 1000 },
    { x: 6, y: -8, a: 7, b: 7, value: -60 },
  ],
} satisfies Record<string, Ellipse[]>;

type BodyPart = keyof typeof anatomy;

interface Scan {
  /** mm per pixel. */
  readonly spacing?: number;
  readonly extent?: number;
  /** mm from the middle of the field of view. */
  readonly shift?: readonly [x: number, y: number];
  /** Standard deviation in HU. */
  readonly noise?: number;
  readonly table?: boolean;
  /** Size of the patient. */
  readonly scale?: number;
}

function scan(part: BodyPart, options: Scan = {}): SliceImage {
  const { spacing = 1, extent = 440, shift = [0, 0], noise = 0, table = false, scale = 1 } = options;
  const size = Math.round(extent / spacing);
  const random = randomNumbers(7);
  const pixels = new Float32Array(size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const x = ((column + 0.5) * spacing - extent / 2 - shift[0]) / scale;
      const y = ((row + 0.5) * spacing - extent / 2 - shift[1]) / scale;
      let value = -1000;
      // A plate of 6 mm, 12 mm below the back of the body.
      const underBody = y - anatomy[part][0]!.b;
      if (table && underBody > 12 && underBody < 18 && Math.abs(x) < 200) value = 300;
      for (const shape of anatomy[part])
        if ((x - shape.x) ** 2 / shape.a ** 2 + (y - shape.y) ** 2 / shape.b ** 2 <= 1) value = shape.value;
      // Twelve uniform numbers have a variance of 1.
      if (noise > 0) {
        let sum = -6;
        for (let i = 0; i < 12; i++) sum += random();
        value += noise * sum;
      }
      pixels[row * size + column] = value;
    }
  return { pixels, width: size, height: size, pixelSpacing: [spacing, spacing] };
}

/** The same anatomy as an MR might show it: monotone in nothing, fat bright, bone and air dark. */
function asMr(slice: SliceImage, fat: number, soft: number): SliceImage {
  const pixels = slice.pixels.map((value) =>
    value < -300 ? 5 : value < -20 ? fat : value < 200 ? soft + value : 40,
  );
  return { ...slice, pixels };
}

const encoder = createDescriptorEncoder();
const { dimension } = encoder.identity;

async function embedOne(slice: SliceImage, intensity = ct): Promise<Float32Array> {
  return encoder.embed([slice], intensity);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (const [i, value] of a.entries()) sum += value * b[i]!;
  return sum;
}

async function similarity(a: SliceImage, b: SliceImage, intensity = ct): Promise<number> {
  return dot(await embedOne(a, intensity), await embedOne(b, intensity));
}

const parts = Object.keys(anatomy) as BodyPart[];

/** Similarity of each body part to the most similar other one. */
async function nearestOther(part: BodyPart): Promise<number> {
  const others = await Promise.all(
    parts.filter((other) => other !== part).map((other) => similarity(scan(part), scan(other))),
  );
  return Math.max(...others);
}

describe('createDescriptorEncoder', () => {
  it('names itself, its parameters and its dimension', () => {
    expect(encoder.identity.name).toBe(descriptorName);
    expect(encoder.identity.weightsHash).toMatch(/^[0-9a-f]{64}$/);
    expect(dimension).toBeLessThanOrEqual(1000);
    const { preprocessing } = encoder.identity;
    expect(JSON.parse(JSON.stringify(preprocessing))).toEqual(preprocessing);
  });

  it('gives embeddings of norm 1, the same again and from another instance', async () => {
    const slices = parts.map((part) => scan(part, { noise: 20 }));
    const first = await encoder.embed(slices, ct);
    expect(first.length).toBe(slices.length * dimension);
    for (let i = 0; i < slices.length; i++) {
      const row = first.subarray(i * dimension, (i + 1) * dimension);
      expect(Math.sqrt(dot(row, row))).toBeCloseTo(1, 5);
    }
    expect(await encoder.embed(slices, ct)).toEqual(first);
    expect(await createDescriptorEncoder().embed(slices, ct)).toEqual(first);
  });

  it('gives a slice the same embedding whatever stands beside it', async () => {
    const large = scan('chest', { spacing: 0.6 });
    const small = scan('thigh', { extent: 160, spacing: 4 });
    const together = await encoder.embed([large, small, large], ct);
    expect(together.subarray(dimension, 2 * dimension)).toEqual(
      await createDescriptorEncoder().embed([small], ct),
    );
    expect(together.subarray(2 * dimension)).toEqual(together.subarray(0, dimension));
  });

  it('gives an empty batch no embeddings', async () => {
    expect((await encoder.embed([], ct)).length).toBe(0);
  });

  it.each([
    ['air', -1024, ct],
    ['water', 0, ct],
    ['metal', 30_000, ct],
    ['nothing in MR', 0, mr],
    ['an MR volume of one value', 7, { modality: 'MR', percentiles: [7, 7] }],
  ] as const)('gives a constant slice of %s a unit vector', async (_, value, intensity) => {
    for (const [width, height] of [
      [64, 64],
      [1, 1],
      [300, 2],
    ] as const) {
      const pixels = new Float32Array(width * height).fill(value);
      const embedding = await embedOne({ pixels, width, height, pixelSpacing: [0.8, 5] }, intensity);
      expect(dot(embedding, embedding)).toBeCloseTo(1, 5);
    }
  });

  it('refuses a slice with NaN', async () => {
    const slice = scan('head', { spacing: 2 });
    slice.pixels[slice.width * 110 + 110] = Number.NaN;
    await expect(encoder.embed([slice], ct)).rejects.toMatchObject({ code: 'ENCODER_OUTPUT_INVALID' });
  });

  it('stays finite for absurd spacings', async () => {
    for (const spacing of [1e-3, 1e3]) {
      const slice = { ...scan('head', { spacing: 4 }), pixelSpacing: [spacing, spacing] } as const;
      const embedding = await embedOne(slice);
      expect(dot(embedding, embedding)).toBeCloseTo(1, 5);
    }
  });
});

/*
 * What must not count has to leave the cosine above .95, and well above that of any other body part: at
 * least three quarters of the way from there to 1.
 */
describe.each(parts)('an embedding of a slice of the %s', (part) => {
  async function expectLikeness(slice: SliceImage): Promise<void> {
    const same = await similarity(scan(part), slice);
    const other = await nearestOther(part);
    expect(same).toBeGreaterThan(0.95);
    expect(same).toBeGreaterThan(1 - (1 - other) / 4);
  }

  it('hardly changes where the body lies elsewhere in the field of view', async () => {
    await expectLikeness(scan(part, { shift: [23.4, -31.7] }));
  });

  it('hardly changes with a larger field of view', async () => {
    await expectLikeness(scan(part, { extent: 620 }));
  });

  it.each([0.6, 1.9, 3.9])('hardly changes with pixels of %s mm', async (spacing) => {
    await expectLikeness(scan(part, { spacing }));
  });

  it('hardly changes with noise', async () => {
    await expectLikeness(scan(part, { noise: 30 }));
  });

  it('hardly changes with a bright table below the body', async () => {
    await expectLikeness(scan(part, { table: true }));
  });

  it('stays the most similar in a patient of another size', async () => {
    const larger = await embedOne(scan(part, { scale: 1.12 }));
    const similarities = await Promise.all(
      parts.map(async (other) => dot(larger, await embedOne(scan(other)))),
    );
    expect(parts[similarities.indexOf(Math.max(...similarities))]).toBe(part);
  });

  it('finds itself among body parts in MR of another contrast', async () => {
    const query = await embedOne(asMr(scan(part), 900, 300), mr);
    const similarities = await Promise.all(
      parts.map(async (other) => dot(query, await embedOne(asMr(scan(other), 500, 700), mr))),
    );
    expect(parts[similarities.indexOf(Math.max(...similarities))]).toBe(part);
  });
});

describe('an embedding', () => {
  it('reads MR relative to its volume', async () => {
    const slice = asMr(scan('abdomen'), 900, 300);
    const amplified = { ...slice, pixels: slice.pixels.map((value) => 3 * value + 100) };
    const embedding = await embedOne(slice, mr);
    const same = await embedOne(amplified, { modality: 'MR', percentiles: [100, 3100] });
    expect(dot(embedding, same)).toBeCloseTo(1, 4);
  });

  it('tells a crop of a thigh from a whole head', async () => {
    const crop = await embedOne(scan('thigh', { extent: 130 }));
    const whole = dot(crop, await embedOne(scan('thigh')));
    const head = dot(crop, await embedOne(scan('head')));
    expect(whole).toBeGreaterThan(head);
  });

  it('sees anisotropic pixels, as in coronal slices, in millimetres', async () => {
    const square = scan('chest', { spacing: 1 });
    const rows = Math.floor(square.height / 3);
    const pixels = new Float32Array(square.width * rows);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < square.width; column++)
        pixels[row * square.width + column] = square.pixels[(3 * row + 1) * square.width + column]!;
    const flat = { pixels, width: square.width, height: rows, pixelSpacing: [1, 3] } as const;
    expect(await similarity(square, flat)).toBeGreaterThan(0.97);
  });
});
