import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../../tests/error-of.js';
import { type Model, writeOnnxModel } from '../../../tests/onnx-model.js';
import { randomNumbers } from '../../../tests/random.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import type { CalibrationSlices } from './activation-ranges.js';
import { parseModel } from './onnx-model.js';
import { quantizeEncoder } from './quantize-encoder.js';

const folder = temporaryFolder();
const random = randomNumbers(5);
const numbers = (count: number, size = 1) =>
  Float32Array.from({ length: count }, () => size * (random() * 2 - 1));

const [channels, side, filters, kernel] = [3, 8, 4, 3];
const places = side - kernel + 1;
const weights = numbers(filters * channels * kernel ** 2);
const bias = numbers(filters, 2);
const model: Model = {
  inputs: [{ name: 'x', shape: ['n', channels, side, side] }],
  outputs: [{ name: 'y', shape: ['n', filters, 1, 1] }],
  nodes: [
    { op: 'Conv', inputs: ['x', 'w', 'b'], output: 'sums', attributes: { kernel_shape: [kernel, kernel] } },
    { op: 'Relu', inputs: ['sums'], output: 'positive' },
    { op: 'GlobalAveragePool', inputs: ['positive'], output: 'y' },
  ],
  initializers: [
    { name: 'w', shape: [filters, channels, kernel, kernel], values: weights },
    { name: 'b', shape: [filters], values: bias },
  ],
};

const image = numbers(channels * side * side, 3);
const calibration: CalibrationSlices = { values: image, count: 1, shape: [channels, side, side] };

function write(name: string, changed: Model = model): string {
  const file = join(folder, name);
  writeFileSync(file, writeOnnxModel(changed));
  return file;
}

async function run(file: string, x: Float32Array): Promise<Float32Array> {
  const session = await InferenceSession.create(file, { executionProviders: ['cpu'] });
  const { y } = await session.run({ x: new Tensor('float32', x, [1, channels, side, side]) });
  await session.release();
  return y!.data as Float32Array;
}

/** The convolution at every place of every filter, of any numbers. */
function convolve(
  x: (i: number) => number,
  w: (i: number, filter: number) => number,
  b: (filter: number) => number,
): number[][] {
  return Array.from({ length: filters }, (_, filter) =>
    Array.from({ length: places ** 2 }, (_, place) => {
      let sum = b(filter);
      for (let c = 0; c < channels; c++) {
        for (let dy = 0; dy < kernel; dy++) {
          for (let dx = 0; dx < kernel; dx++) {
            const [row, column] = [Math.floor(place / places) + dy, (place % places) + dx];
            const inFilter = (c * kernel + dy) * kernel + dx;
            sum +=
              x((c * side + row) * side + column) * w(filter * channels * kernel ** 2 + inFilter, filter);
          }
        }
      }
      return sum;
    }),
  );
}

const clip = (value: number) => Math.min(255, Math.max(0, Math.round(value)));

describe('quantizeConvolutions', () => {
  it('multiplies the integers that scales measured before give', async () => {
    const file = write('conv.onnx');
    const out = join(folder, 'conv-q8.onnx');
    expect(await quantizeEncoder(file, out, 8, calibration)).toMatchObject({
      layers: 0,
      convolutions: { integer: 1, float: 0 },
    });

    const range = (values: readonly number[]) => [Math.min(0, ...values), Math.max(0, ...values)] as const;
    const floats = convolve(
      (i) => image[i]!,
      (i) => weights[i]!,
      (filter) => bias[filter]!,
    );
    const [low, high] = range([...image]);
    const scale = (high - low) / 255;
    const zero = Math.round(-low / scale);
    const step = Array.from({ length: filters }, (_, filter) => {
      const perFilter = channels * kernel ** 2;
      return Math.max(...weights.subarray(filter * perFilter, (filter + 1) * perFilter).map(Math.abs)) / 127;
    });
    const outScale = Math.max(...floats.flat()) / 255;
    const expected = (x: Float32Array) => {
      const sums = convolve(
        (i) => clip(x[i]! / scale + zero) - zero,
        (i, filter) => Math.round(weights[i]! / step[filter]!),
        (filter) => Math.round(bias[filter]! / (scale * step[filter]!)),
      );
      return sums.map((ofFilter, filter) => {
        const bytes = ofFilter.map((sum) => clip((sum * scale * step[filter]!) / outScale));
        return (bytes.reduce((total, byte) => total + byte, 0) * outScale) / bytes.length;
      });
    };
    // Also of an image that goes beyond what was measured: it is clipped.
    for (const x of [image, numbers(image.length, 2), numbers(image.length, 5)]) {
      const found = await run(out, x);
      // A sum that lies between two bytes may become either: a step of the output at one of 36 places.
      for (const [filter, value] of expected(x).entries()) {
        expect(Math.abs(found[filter]! - value)).toBeLessThan(outScale / places ** 2 + 1e-5);
      }
    }
  });

  it('leaves nothing of the float weights in the file', async () => {
    const file = write('small.onnx');
    const out = join(folder, 'small-q8.onnx');
    await quantizeEncoder(file, out, 8, calibration);
    const names = parseModel(readFileSync(out), out).graph.flatMap((part) =>
      part.kind === 'initializer' ? [part.tensor.name] : [],
    );
    expect(names).not.toContain('w');
    expect(names).not.toContain('b');
  });

  it('leaves a convolution alone whose bias does not fit', async () => {
    const huge = write('huge.onnx', {
      ...model,
      initializers: [
        model.initializers![0]!,
        { name: 'b', shape: [filters], values: Float32Array.of(1, 1e12, 1, 1) },
      ],
    });
    const error = await errorOf(quantizeEncoder(huge, join(folder, 'huge-q8.onnx'), 8, calibration));
    expect(error).toMatchObject({ code: 'ENCODER_INVALID', subject: huge });
  });

  it('says so where a slice gives what is not finite, and where there are convolutions that it left', async () => {
    const file = write('plain.onnx');
    const values = image.slice();
    values[0] = Number.NaN;
    const out = join(folder, 'plain-q8.onnx');
    const error = await errorOf(quantizeEncoder(file, out, 8, { ...calibration, values }));
    expect(error).toMatchObject({ code: 'ENCODER_INVALID', subject: file });
    expect(error.message).toContain('not finite');
    const untouched = await errorOf(quantizeEncoder(file, out, 8));
    expect(untouched.message).toContain('1 convolutions');
    expect(untouched.message).toContain('--convolutions');
  });

  it('refuses operators without scales for each channel', async () => {
    const file = write('old.onnx', { ...model, operatorSet: 12 });
    const error = await errorOf(quantizeEncoder(file, join(folder, 'old-q8.onnx'), 8, calibration));
    expect(error.message).toContain('version 12');
  });
});
