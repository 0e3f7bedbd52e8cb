import { describe, expect, it } from 'vitest';
import type { IntensityContext, SliceImage } from '../volume/volume.js';
import { describePreprocessing, type Preprocessing, placeSlice, preprocessSlice } from './preprocess.js';

const ct: IntensityContext = { modality: 'CT', percentiles: [-1000, 400] };

const settings: Preprocessing = {
  inputSize: [4, 4],
  channels: 3,
  windows: [{ low: -1000, high: 1000 }],
  interpolation: 'bilinear',
  rescale: 1,
  mean: [0.5, 0.25, 0],
  std: [0.5, 0.25, 2],
};

function constantSlice(
  value: number,
  width: number,
  height: number,
  pixelSpacing: [number, number],
): SliceImage {
  return { pixels: new Float32Array(width * height).fill(value), width, height, pixelSpacing };
}

function tensorOf(slice: SliceImage, intensity: IntensityContext, changed: Partial<Preprocessing> = {}) {
  const used = { ...settings, ...changed };
  const tensor = new Float32Array(used.channels * used.inputSize[0] * used.inputSize[1]).fill(Number.NaN);
  preprocessSlice(slice, intensity, used, tensor, 0);
  return tensor;
}

describe('placeSlice', () => {
  it('keeps the aspect ratio in millimetres, not in pixels', () => {
    // 100 x 50 pixels of 1 x 2 mm are a square of 100 mm.
    expect(placeSlice(constantSlice(0, 100, 50, [1, 2]), [224, 224])).toEqual({
      width: 224,
      height: 224,
      left: 0,
      top: 0,
    });
    // 100 x 100 pixels of 1 x 2 mm are twice as high as wide.
    expect(placeSlice(constantSlice(0, 100, 100, [1, 2]), [224, 224])).toEqual({
      width: 112,
      height: 224,
      left: 56,
      top: 0,
    });
  });

  it('fits an input that is not square, and centres with the odd rest behind', () => {
    expect(placeSlice(constantSlice(0, 10, 10, [1, 1]), [7, 12])).toEqual({
      width: 7,
      height: 7,
      left: 2,
      top: 0,
    });
  });

  it('leaves a very long slice at least one pixel', () => {
    expect(placeSlice(constantSlice(0, 1000, 1, [1, 1]), [8, 8])).toMatchObject({ width: 8, height: 1 });
  });
});

describe('preprocessSlice', () => {
  it('windows CT, normalises each channel, and pads with air', () => {
    // Half as high as wide: rows 1 and 2 of 4 hold the slice. 500 HU is 0.75 of the window.
    const tensor = tensorOf(constantSlice(500, 8, 4, [1, 1]), ct);
    const row = (value: number) => [value, value, value, value];
    const channel = (air: number, inside: number) => [
      ...row(air),
      ...row(inside),
      ...row(inside),
      ...row(air),
    ];
    expect([...tensor]).toEqual([...channel(-1, 0.5), ...channel(-1, 2), ...channel(0, 0.375)]);
  });

  it('makes each of three windows a channel', () => {
    const windows = [
      { low: 0, high: 100 },
      { low: 0, high: 400 },
      { low: 100, high: 200 },
    ];
    const tensor = tensorOf(constantSlice(50, 4, 4, [1, 1]), ct, {
      windows,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
    expect(tensor[0]).toBe(0.5);
    expect(tensor[16]).toBe(0.125);
    expect(tensor[32]).toBe(0);
  });

  it('windows before it resizes: a pixel far above the window weighs no more than one at its top', () => {
    const slice: SliceImage = {
      pixels: Float32Array.of(100_000, -1000, -1000, -1000),
      width: 2,
      height: 2,
      pixelSpacing: [1, 1],
    };
    const tensor = tensorOf(slice, ct, { inputSize: [1, 1], mean: [0, 0, 0], std: [1, 1, 1] });
    expect(tensor[0]).toBe(0.25);
  });

  it('scales MR by the percentiles of its volume, whatever the windows say', () => {
    const mr: IntensityContext = { modality: 'MR', percentiles: [100, 500] };
    const tensor = tensorOf(constantSlice(200, 4, 4, [1, 1]), mr, {
      windows: [
        { low: 0, high: 1 },
        { low: 0, high: 2 },
        { low: 0, high: 3 },
      ],
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
    expect([...tensor]).toEqual(new Array(48).fill(0.25));
  });

  it('multiplies by rescale before it subtracts the mean', () => {
    const tensor = tensorOf(constantSlice(0, 4, 4, [1, 1]), ct, {
      rescale: 255,
      mean: [127, 0, 0],
      std: [1, 255, 1],
    });
    expect(tensor[0]).toBe(0.5);
    expect(tensor[16]).toBe(0.5);
    expect(tensor[32]).toBe(127.5);
  });

  it('clips what a bicubic filter overshoots', () => {
    const pixels = Float32Array.from({ length: 64 }, (_, index) => (index % 8 < 4 ? -1000 : 1000));
    const slice: SliceImage = { pixels, width: 8, height: 8, pixelSpacing: [1, 1] };
    const plain = { mean: [0, 0, 0], std: [1, 1, 1], interpolation: 'bicubic', inputSize: [16, 16] } as const;
    const tensor = tensorOf(slice, ct, plain);
    expect(Math.min(...tensor)).toBe(0);
    expect(Math.max(...tensor)).toBe(1);
  });

  it('writes at its offset and nowhere else', () => {
    const tensor = new Float32Array(3 * 48).fill(9);
    preprocessSlice(constantSlice(0, 4, 4, [1, 1]), ct, settings, tensor, 48);
    expect(new Set(tensor.subarray(0, 48))).toEqual(new Set([9]));
    expect(new Set(tensor.subarray(96))).toEqual(new Set([9]));
    expect(tensor[48]).toBe(0);
  });
});

describe('describePreprocessing', () => {
  it('gives the same text for the same settings in another order, and survives JSON', () => {
    const reordered = Object.fromEntries(Object.entries(settings).reverse()) as unknown as Preprocessing;
    const text = JSON.stringify(describePreprocessing(settings));
    expect(JSON.stringify(describePreprocessing(reordered))).toBe(text);
    expect(JSON.parse(text)).toEqual(describePreprocessing(settings));
  });

  it.each([
    { windows: [{ low: -1000, high: 1001 }] },
    { interpolation: 'bicubic' },
    { rescale: 255 },
    { mean: [0.5, 0.25, 0.1] },
    { std: [0.5, 0.25, 1] },
    { inputSize: [4, 5] },
  ] as Partial<Preprocessing>[])('tells a change of %j', (changed) => {
    const other = describePreprocessing({ ...settings, ...changed });
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(describePreprocessing(settings)));
  });
});
