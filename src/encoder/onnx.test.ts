import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Model, type Node, type TensorInfo, writeOnnxModel } from '../../tests/onnx-model.js';
import type { IntensityContext, SliceImage } from '../volume/volume.js';
import { createOnnxEncoder, type OnnxEncoderOptions } from './onnx.js';

const ct: IntensityContext = { modality: 'CT', percentiles: [-1000, 1000] };
/** Input of the tiny models: the window 0:100 as it is, so that HU of a slice can be told in the embedding. */
const plain = { inputSize: [2, 2], mean: 0, std: 1, window: '0:100' };
const image: TensorInfo = { name: 'image', shape: ['batch', 3, 2, 2] };

/** 2 x 2 pixels of 1 mm. */
function slice(...pixels: number[]): SliceImage {
  return { pixels: Float32Array.from(pixels), width: 2, height: 2, pixelSpacing: [1, 1] };
}

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'voxseek-onnx-'));
});
afterAll(() => rm(root, { recursive: true }));

interface Written {
  readonly file: string;
  readonly folder: string;
}

async function write(model: Model, config?: unknown): Promise<Written> {
  const folder = await mkdtemp(join(root, 'model-'));
  const file = join(folder, 'tiny.onnx');
  await writeFile(file, writeOnnxModel(model));
  if (config !== undefined) await writeFile(join(folder, 'tiny.json'), JSON.stringify(config));
  return { file, folder };
}

/** A model of one chain of nodes from `image` to `embedding`. */
function chain(nodes: Omit<Node, 'inputs' | 'output'>[], output: TensorInfo['shape'], input = image): Model {
  return {
    inputs: [input],
    outputs: [{ name: 'embedding', shape: output }],
    nodes: nodes.map((node, index) => ({
      ...node,
      inputs: [index === 0 ? input.name : `step${index}`],
      output: index === nodes.length - 1 ? 'embedding' : `step${index + 1}`,
    })),
  };
}

/** The 12 values of the input as they are. */
const flatten = chain([{ op: 'Flatten' }], ['batch', 12]);

async function embed(
  model: Model,
  config: unknown,
  slices: SliceImage[],
  intensity = ct,
  options: OnnxEncoderOptions = {},
): Promise<{ values: number[]; dimension: number }> {
  const { file } = await write(model, config);
  const encoder = await createOnnxEncoder(file, options);
  try {
    return {
      values: [...(await encoder.embed(slices, intensity))],
      dimension: encoder.identity.dimension,
    };
  } finally {
    await encoder.close();
  }
}

function expectClose(values: readonly number[], expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  expected.forEach((value, index) => {
    expect(values[index]).toBeCloseTo(value, 6);
  });
}

describe('createOnnxEncoder, embedding', () => {
  it('is the network output of the preprocessed slice, at length 1', async () => {
    const { values, dimension } = await embed(flatten, plain, [slice(100, 0, 0, 50)]);
    expect(dimension).toBe(12);
    const norm = Math.sqrt(3 * (1 + 0.25));
    const channel = [1, 0, 0, 0.5].map((value) => value / norm);
    expectClose(values, [...channel, ...channel, ...channel]);
  });

  it.each([
    ['a free batch, several runs and a rest', ['batch', 3, 2, 2], { batchSize: 2 }],
    ['a fixed batch, filled up', [2, 3, 2, 2], {}],
    ['a fixed batch larger than the volume', [8, 3, 2, 2], {}],
    ['one slice at a time', ['batch', 3, 2, 2], { batchSize: 1 }],
  ])('comes in the order of the slices with %s', async (_, shape, changed) => {
    const model = chain([{ op: 'Flatten' }], [shape[0]!, 12], { name: 'image', shape });
    const slices = [100, 90, 80, 70, 60].map((value) => slice(value, 0, 0, 100));
    const { values } = await embed(model, { ...plain, ...changed }, slices);
    expectClose(
      [0, 1, 2, 3, 4].map((row) => values[row * 12]! / values[row * 12 + 3]!),
      [1, 0.9, 0.8, 0.7, 0.6],
    );
  });

  it('of no slices is empty', async () => {
    expect((await embed(flatten, plain, [])).values).toEqual([]);
  });

  it('pools tokens and feature maps', async () => {
    const slices = [slice(100, 0, 0, 100)];
    const feature = chain([{ op: 'Identity' }], ['batch', 3, 2, 2]);
    // The mean over four places is 0.5 in each of three channels.
    expectClose((await embed(feature, { ...plain, pooling: 'mean' }, slices)).values, [
      1 / Math.sqrt(3),
      1 / Math.sqrt(3),
      1 / Math.sqrt(3),
    ]);
    const tokens: Model = {
      inputs: [image],
      outputs: [{ name: 'embedding', shape: ['batch', 6, 2] }],
      nodes: [{ op: 'Reshape', inputs: ['image', 'shape'], output: 'embedding' }],
      initializers: [{ name: 'shape', type: 'int64', shape: [3], values: BigInt64Array.of(-1n, 6n, 2n) }],
    };
    // The rows [1, 0] and [0, 1] in turn.
    expectClose((await embed(tokens, { ...plain, pooling: 'cls' }, slices)).values, [1, 0]);
    expectClose((await embed(tokens, { ...plain, pooling: 'mean' }, slices)).values, [
      Math.SQRT1_2,
      Math.SQRT1_2,
    ]);
    expectClose((await embed(tokens, { ...plain, pooling: 'patch-mean' }, slices)).values, [
      2 / Math.sqrt(13),
      3 / Math.sqrt(13),
    ]);
  });

  it('takes float16 in and out', async () => {
    const model: Model = {
      inputs: [{ ...image, type: 'float16' }],
      outputs: [{ name: 'embedding', type: 'float16', shape: ['batch', 12] }],
      nodes: [{ op: 'Flatten', inputs: ['image'], output: 'embedding' }],
    };
    const { values } = await embed(model, plain, [slice(100, 0, 0, 25)]);
    expect(values[3]! / values[0]!).toBeCloseTo(0.25, 6);
    expect(Math.hypot(...values)).toBeCloseTo(1, 6);
  });

  it('takes a model of one channel', async () => {
    const model = chain([{ op: 'Flatten' }], ['batch', 4], { name: 'image', shape: ['batch', 1, 2, 2] });
    expectClose((await embed(model, plain, [slice(60, 80, 0, 0)])).values, [0.6, 0.8, 0, 0]);
  });

  it('uses the windows of the options before those of the configuration', async () => {
    const { values } = await embed(flatten, plain, [slice(100, 0, 0, 0)], ct, {
      windows: [
        { low: 0, high: 100 },
        { low: 0, high: 200 },
        { low: 100, high: 200 },
      ],
    });
    expect(values[4]! / values[0]!).toBeCloseTo(0.5, 6);
    expect(values[8]).toBe(0);
  });

  it.each<[string, Model, SliceImage]>([
    ['zero everywhere', flatten, slice(0, 0, 0, 0)],
    // The logarithm of black is minus infinity.
    ['not finite', chain([{ op: 'Log' }, { op: 'Flatten' }], ['batch', 12]), slice(0, 100, 0, 0)],
  ])('that is %s is refused, and the slice named', async (reason, model, bad) => {
    await expect(embed(model, plain, [slice(50, 50, 50, 50), bad])).rejects.toMatchObject({
      code: 'ENCODER_OUTPUT_INVALID',
      reason: expect.stringMatching(new RegExp(`slice 1 is ${reason}`)),
    });
  });
});

describe('createOnnxEncoder, identity', () => {
  it('names the file, its SHA-256 and all between voxel and embedding', async () => {
    const { file } = await write(flatten, { ...plain, batchSize: 3 });
    const encoder = await createOnnxEncoder(file);
    expect(encoder.identity).toEqual({
      name: 'tiny',
      weightsHash: createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
      dimension: 12,
      preprocessing: {
        intensity: { CT: [[0, 100]], MR: 'percentiles 0.5 and 99.5 of the volume' },
        fit: expect.any(String),
        interpolation: expect.stringContaining('bilinear'),
        inputSize: [2, 2],
        channels: 3,
        rescale: 1,
        mean: [0, 0, 0],
        std: [1, 1, 1],
        output: 'embedding',
        pooling: 'none',
      },
    });
    await encoder.close();
  });

  it('hashes external data with the model, as cat does', async () => {
    const weights = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    const model: Model = {
      inputs: [image],
      outputs: [{ name: 'embedding', shape: ['batch', 1] }],
      nodes: [
        { op: 'Flatten', inputs: ['image'], output: 'flat' },
        { op: 'MatMul', inputs: ['flat', 'weights'], output: 'embedding' },
      ],
      initializers: [{ name: 'weights', shape: [12, 1], values: weights, location: 'tiny.onnx_data' }],
    };
    const { file, folder } = await write(model, plain);
    const data = join(folder, 'tiny.onnx_data');
    await writeFile(data, new Uint8Array(weights.buffer));
    const encoder = await createOnnxEncoder(file);
    const both = Buffer.concat([await readFile(file), await readFile(data)]);
    expect(encoder.identity.weightsHash).toBe(createHash('sha256').update(both).digest('hex'));
    await encoder.close();
  });

  it('assumes ImageNet where there is no configuration, says so and records it', async () => {
    const { file } = await write(flatten);
    const warnings: string[] = [];
    const encoder = await createOnnxEncoder(file, { onWarning: (message) => warnings.push(message) });
    expect(encoder.identity.preprocessing).toMatchObject({
      inputSize: [2, 2],
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      output: 'embedding',
      pooling: 'none',
      assumed: true,
    });
    expect(warnings).toEqual([expect.stringContaining(file.replace('.onnx', '.json'))]);
    await encoder.close();
  });

  it.each([
    [
      ['batch', 3, 'height', 'width'],
      [224, 224],
    ],
    [
      ['batch', 3, 32, 'width'],
      [32, 224],
    ],
  ])('assumes for an input %j the size %j', async (shape, inputSize) => {
    const { file } = await write(
      chain([{ op: 'GlobalAveragePool' }], ['batch', 3, 1, 1], { name: 'image', shape }),
    );
    const encoder = await createOnnxEncoder(file);
    expect(encoder.identity.preprocessing.inputSize).toEqual(inputSize);
    expect(encoder.identity.dimension).toBe(3);
    await encoder.close();
  });

  it('takes another configuration file, wherever it lies', async () => {
    const { file, folder } = await write(flatten);
    const configFile = join(folder, 'elsewhere.json');
    await writeFile(configFile, JSON.stringify({ mean: 0.5, std: 0.5 }));
    const encoder = await createOnnxEncoder(file, { configFile });
    expect(encoder.identity.preprocessing).toMatchObject({ mean: [0.5, 0.5, 0.5], inputSize: [2, 2] });
    expect(encoder.identity.preprocessing.assumed).toBeUndefined();
    await encoder.close();
  });
});

describe('createOnnxEncoder, folder of transformers.js', () => {
  async function writeFolder(): Promise<string> {
    const folder = await mkdtemp(join(root, 'vit-'));
    await mkdir(join(folder, 'onnx'));
    await writeFile(join(folder, 'config.json'), JSON.stringify({ model_type: 'vit' }));
    await writeFile(
      join(folder, 'preprocessor_config.json'),
      JSON.stringify({ size: 2, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], resample: 3 }),
    );
    const model: Model = {
      inputs: [{ ...image, name: 'pixel_values' }],
      outputs: [
        { name: 'logits', shape: ['batch', 12] },
        { name: 'last_hidden_state', shape: ['batch', 6, 2] },
      ],
      nodes: [
        { op: 'Flatten', inputs: ['pixel_values'], output: 'logits' },
        { op: 'Reshape', inputs: ['pixel_values', 'shape'], output: 'last_hidden_state' },
      ],
      initializers: [{ name: 'shape', type: 'int64', shape: [3], values: BigInt64Array.of(-1n, 6n, 2n) }],
    };
    await writeFile(join(folder, 'onnx', 'model.onnx'), writeOnnxModel(model));
    return folder;
  }

  it('is opened by its own files', async () => {
    const encoder = await createOnnxEncoder(`${await writeFolder()}/`);
    expect(encoder.identity.name).toMatch(/^vit-/);
    expect(encoder.identity.dimension).toBe(2);
    expect(encoder.identity.preprocessing).toMatchObject({
      output: 'last_hidden_state',
      pooling: 'cls',
      interpolation: expect.stringContaining('bicubic'),
      mean: [0.5, 0.5, 0.5],
    });
    await encoder.close();
  });

  it('yields field by field to a configuration of the user', async () => {
    const folder = await writeFolder();
    const configFile = join(folder, 'mine.json');
    await writeFile(configFile, JSON.stringify({ pooling: 'mean', window: 'lung' }));
    const encoder = await createOnnxEncoder(folder, { configFile });
    expect(encoder.identity.preprocessing).toMatchObject({
      output: 'last_hidden_state',
      pooling: 'mean',
      intensity: { CT: [[-1350, 150]] },
      mean: [0.5, 0.5, 0.5],
    });
    await encoder.close();
  });
});

describe('createOnnxEncoder refuses', () => {
  const pooled = (shape: TensorInfo['shape']) => chain([{ op: 'Identity' }], shape, { name: 'image', shape });

  it.each<[string, Model, unknown, string | RegExp]>([
    ['a 3D model', pooled(['batch', 1, 2, 2, 2]), plain, 'batch of 3D volumes'],
    ['an input of two dimensions', pooled(['batch', 12]), plain, '2 dimensions'],
    ['channels last', pooled(['batch', 2, 2, 3]), plain, 'channels last'],
    ['four channels', pooled(['batch', 4, 2, 2]), plain, '4 channels'],
    ['another number of channels', flatten, { ...plain, channels: 1 }, 'says 1 channels'],
    [
      'another input size',
      flatten,
      { ...plain, inputSize: 3 },
      /inputSize 3 x 3 .*image float32\[batch, 3, 2, 2\]/,
    ],
    ['no mean', flatten, { inputSize: 2, std: 1 }, 'mean is missing'],
    ['no input size anywhere', pooled(['batch', 3, 'h', 'w']), { mean: 0, std: 1 }, 'inputSize is missing'],
    ['three means for one channel', pooled(['batch', 1, 2, 2]), { ...plain, mean: [1, 2, 3] }, '3 numbers'],
    [
      'three windows for one channel',
      pooled(['batch', 1, 2, 2]),
      { ...plain, window: 'lung,lung,lung' },
      'three windows',
    ],
    ['an unknown output', flatten, { ...plain, output: 'pooled' }, /no output "pooled".*embedding/],
    ['an unknown input', flatten, { ...plain, input: 'pixels' }, /no input "pixels".*image/],
    ['pooling that does not fit', flatten, { ...plain, pooling: 'cls' }, /\[2, 12\].*"cls"/],
    ['a feature map without pooling', pooled(['batch', 3, 2, 2]), plain, /\[2, 3, 2, 2\].*"none"/],
    [
      'a network that does not run on that size',
      chain([{ op: 'MaxPool', attributes: { kernel_shape: [5, 5] } }], ['batch', 3, 'h', 'w'], {
        name: 'image',
        shape: ['batch', 3, 'h', 'w'],
      }),
      { ...plain, pooling: 'mean' },
      'does not run on an input "image" of [2, 3, 2, 2]',
    ],
    [
      'whole numbers as output',
      {
        inputs: [image],
        outputs: [{ name: 'embedding', type: 'int64', shape: ['batch', 12] }],
        nodes: [
          { op: 'Flatten', inputs: ['image'], output: 'flat' },
          { op: 'Cast', inputs: ['flat'], output: 'embedding', attributes: { to: 7 } },
        ],
      },
      plain,
      'embedding int64',
    ],
    [
      'a second input',
      {
        inputs: [image, { name: 'mask', shape: ['batch', 12] }],
        outputs: [{ name: 'embedding', shape: ['batch', 12] }],
        nodes: [
          { op: 'Flatten', inputs: ['image'], output: 'flat' },
          { op: 'Mul', inputs: ['flat', 'mask'], output: 'embedding' },
        ],
      },
      plain,
      'wants 2 inputs',
    ],
    [
      'an output without a row per slice',
      chain([{ op: 'Flatten', attributes: { axis: 0 } }], [1, 'numbers']),
      plain,
      /\[1, 24\] for 2 slices/,
    ],
  ])('%s', async (_, model, config, reason) => {
    const { file } = await write(model, config);
    await expect(createOnnxEncoder(file)).rejects.toMatchObject({
      code: 'ENCODER_INVALID',
      reason: typeof reason === 'string' ? expect.stringContaining(reason) : expect.stringMatching(reason),
      subject: expect.stringMatching(/tiny\.(onnx|json)$/),
    });
  });

  it('a file that is no model', async () => {
    const file = join(root, 'text.onnx');
    await writeFile(file, 'not a model');
    await expect(createOnnxEncoder(file)).rejects.toMatchObject({ code: 'ENCODER_INVALID', subject: file });
  });

  it('a path where nothing is', async () => {
    await expect(createOnnxEncoder(join(root, 'none.onnx'))).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });

  it('a dtype for a single file', async () => {
    const { file } = await write(flatten, plain);
    await expect(createOnnxEncoder(file, { dtype: 'fp16' })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
