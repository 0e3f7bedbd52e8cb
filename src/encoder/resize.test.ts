import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type GrayImage, type Interpolation, resize } from './resize.js';

/** Reproducible values between -1 and 1 without any structure that a filter could hide behind. */
function noise(width: number, height: number): GrayImage {
  let state = 12345;
  const pixels = Float32Array.from({ length: width * height }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x40000000 - 1;
  });
  return { pixels, width, height };
}

/** The filters in their textbook form (Keys 1981, a = -1/2). */
const kernels: Record<Interpolation, { radius: number; at: (x: number) => number }> = {
  bilinear: { radius: 1, at: (x) => (Math.abs(x) < 1 ? 1 - Math.abs(x) : 0) },
  bicubic: {
    radius: 2,
    at: (x) => {
      const t = Math.abs(x);
      const a = -0.5;
      if (t <= 1) return (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1;
      return t < 2 ? a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a : 0;
    },
  },
};

/** One output pixel as the plain double sum over the whole input image. */
function pixelByFormula(
  image: GrayImage,
  output: { width: number; height: number },
  interpolation: Interpolation,
  x: number,
  y: number,
): number {
  const kernel = kernels[interpolation];
  const weight = (input: number, at: number, inputSize: number, outputSize: number): number => {
    const scale = inputSize / outputSize;
    return kernel.at((input + 0.5 - (at + 0.5) * scale) / Math.max(1, scale));
  };
  let sum = 0;
  let weights = 0;
  for (let row = 0; row < image.height; row++) {
    for (let column = 0; column < image.width; column++) {
      const product =
        weight(row, y, image.height, output.height) * weight(column, x, image.width, output.width);
      sum += product * image.pixels[row * image.width + column]!;
      weights += product;
    }
  }
  return sum / weights;
}

const cases: [input: [number, number], output: [number, number]][] = [
  [
    [31, 17],
    [12, 9],
  ],
  [
    [13, 40],
    [13, 7],
  ],
  [
    [9, 11],
    [20, 25],
  ],
  [
    [40, 6],
    [7, 15],
  ],
  [
    [5, 5],
    [1, 1],
  ],
];

describe.each(['bilinear', 'bicubic'] as const)('resize, %s', (interpolation) => {
  it.each(cases)('equals the defining sum from %j to %j', ([width, height], [outputWidth, outputHeight]) => {
    const image = noise(width, height);
    const resized = resize(image, outputWidth, outputHeight, interpolation);
    expect(resized).toHaveLength(outputWidth * outputHeight);
    for (let y = 0; y < outputHeight; y++) {
      for (let x = 0; x < outputWidth; x++) {
        const expected = pixelByFormula(
          image,
          { width: outputWidth, height: outputHeight },
          interpolation,
          x,
          y,
        );
        expect(resized[y * outputWidth + x]).toBeCloseTo(expected, 6);
      }
    }
  });

  it('keeps a constant image constant up to its borders', () => {
    const image = { pixels: new Float32Array(30 * 20).fill(7), width: 30, height: 20 };
    for (const value of resize(image, 11, 33, interpolation)) expect(value).toBeCloseTo(7, 5);
  });

  it('gives the image itself at its own size', () => {
    const image = noise(8, 6);
    expect([...resize(image, 8, 6, interpolation)]).toEqual([...image.pixels]);
  });
});

describe('resize', () => {
  it('averages pairs as worked out by hand: 4 to 2 pixels, triangle of half-width 2', () => {
    // Centres 1 and 3; weights of 0.5, 1.5, 2.5, (3.5) around 1: 3/4, 3/4, 1/4, 0, over their sum 7/4.
    const image = { pixels: Float32Array.of(7, 14, 21, 28), width: 4, height: 1 };
    expect([...resize(image, 2, 1, 'bilinear')]).toEqual([
      (3 * 7 + 3 * 14 + 1 * 21) / 7,
      (1 * 14 + 3 * 21 + 3 * 28) / 7,
    ]);
  });

  it('lets no detail alias: one bright column of many is spread, not lost', () => {
    const image = noise(256, 4);
    const shrunk = resize(image, 8, 4, 'bilinear');
    const deviation = Math.sqrt(shrunk.reduce((sum, value) => sum + value * value, 0) / shrunk.length);
    // Uniform noise has 0.577; a mean over about 43 samples (triangle of 64) brings it to about 0.08.
    expect(deviation).toBeLessThan(0.2);
  });
});

const python = '/usr/bin/python3';
const havePil = spawnSync(python, ['-c', 'import PIL, numpy']).status === 0;
const pilScript = `
import json, sys, numpy
from PIL import Image
job = json.load(sys.stdin)
image = Image.fromarray(numpy.array(job["pixels"], dtype="float32").reshape(job["height"], job["width"]))
resample = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}[job["interpolation"]]
json.dump(numpy.asarray(image.resize(tuple(job["size"]), resample)).astype(float).ravel().tolist(), sys.stdout)
`;

describe.skipIf(!havePil)(
  havePil ? 'resize against PIL' : 'resize against PIL [skipped: no python3 with PIL and numpy]',
  () => {
    it.each([
      ['bilinear', [96, 70], [33, 41]],
      ['bicubic', [96, 70], [33, 41]],
      ['bilinear', [20, 31], [64, 50]],
      ['bicubic', [20, 31], [64, 12]],
    ] as const)('%s from %j to %j', (interpolation, [width, height], size) => {
      const image = noise(width, height);
      const input = JSON.stringify({ pixels: [...image.pixels], width, height, size, interpolation });
      const expected = JSON.parse(
        execFileSync(python, ['-c', pilScript], { input, encoding: 'utf8' }),
      ) as number[];
      const resized = resize(image, size[0], size[1], interpolation);
      expect(expected).toHaveLength(resized.length);
      expected.forEach((value, index) => {
        expect(resized[index]).toBeCloseTo(value, 5);
      });
    });
  },
);
