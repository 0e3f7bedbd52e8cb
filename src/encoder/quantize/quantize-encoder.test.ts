import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../../tests/error-of.js';
import { type Initializer, type Model, type Node, writeOnnxModel } from '../../../tests/onnx-model.js';
import { randomNumbers } from '../../../tests/random.js';
import { describeWithModels, sharedModels } from '../../../tests/shared.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { joinPieces } from '../../protobuf.js';
import { createOnnxEncoder } from '../onnx.js';
import { parseModel, serializeModel } from './onnx-model.js';
import { quantizeEncoder } from './quantize-encoder.js';

const root = temporaryFolder();
let files = 0;

const random = randomNumbers(11);
const numbers = (count: number, size = 1) =>
  Float32Array.from({ length: count }, () => size * (random() * 2 - 1));

const inner = 24;
const outer = 5;
const activations = { name: 'x', shape: ['n', inner] };
const result = { name: 'y', shape: ['n', outer] };
const weightValues = numbers(inner * outer);
const weights: Initializer = { name: 'w', shape: [inner, outer], values: weightValues };
const dense: Node = { op: 'MatMul', inputs: ['x', 'w'], output: 'y' };
const plain: Model = { inputs: [activations], outputs: [result], nodes: [dense], initializers: [weights] };

function write(model: Model): string {
  const file = join(root, `${files++}.onnx`);
  writeFileSync(file, writeOnnxModel(model));
  return file;
}

const quantized = (file: string) => file.replace('.onnx', '-q8.onnx');

async function run(file: string, x: Float32Array, shape = [x.length / inner, inner]): Promise<Float32Array> {
  const session = await InferenceSession.create(file, { executionProviders: ['cpu'] });
  const { y } = await session.run({ x: new Tensor('float32', x, shape) });
  await session.release();
  return y!.data as Float32Array;
}

/** Rounds halves to even, as ONNX's quantization operators do. */
function roundEven(value: number): number {
  const floor = Math.floor(value);
  const isHalf = value - floor === 0.5;
  return isHalf ? floor + (floor % 2) : Math.round(value);
}

/** y = x W in integers, after the definition of DynamicQuantizeLinear on onnx.ai, and W rounded column by column. */
function integerProduct(
  x: Float32Array,
  w: (row: number, column: number) => number,
  largest = 127,
): number[] {
  const low = Math.min(0, ...x);
  const scale = Math.fround((Math.max(0, ...x) - low) / 255);
  const zero = roundEven(Math.min(255, Math.max(0, -low / scale)));
  const bytes = Array.from(x, (value) =>
    Math.min(255, Math.max(0, roundEven(Math.fround(value / scale)) + zero)),
  );
  const rows = Array.from({ length: x.length / inner }, (_, row) => row);
  const columns = Array.from({ length: outer }, (_, column) => column);
  const inners = Array.from({ length: inner }, (_, k) => k);
  return rows.flatMap((row) =>
    columns.map((column) => {
      const step = Math.max(...inners.map((k) => Math.abs(w(k, column)))) / largest;
      const sum = inners.reduce(
        (total, k) => total + (bytes[row * inner + k]! - zero) * Math.round(w(k, column) / step),
        0,
      );
      return sum * scale * step;
    }),
  );
}

const weightAt = (row: number, column: number) => weightValues[row * outer + column]!;

function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(Math.abs(found[i]! - value)).toBeLessThan(2e-5);
}

describe('quantizeEncoder', () => {
  it('multiplies the integers that the definition of the operators gives', async () => {
    const file = write(plain);
    expect(await quantizeEncoder(file, quantized(file), 8)).toMatchObject({
      modelFile: quantized(file),
      layers: 1,
      weights: inner * outer,
      convolutions: { integer: 0, float: 0 },
      bytesBefore: readFileSync(file).length,
      bytesAfter: readFileSync(quantized(file)).length,
    });
    const x = numbers(7 * inner, 3);
    const found = await run(quantized(file), x);
    expectClose(found, integerProduct(x, weightAt));
    // And not by chance those of the float model: it is another one, but a close one.
    const floats = await run(file, x);
    const differences = floats.map((value, i) => Math.abs(value - found[i]!));
    expect(Math.max(...differences)).toBeGreaterThan(1e-3);
    expect(Math.max(...differences)).toBeLessThan(0.1);
  });

  it('keeps to 64 with 7 bits', async () => {
    const file = write(plain);
    await quantizeEncoder(file, quantized(file), 7);
    const x = numbers(3 * inner);
    expectClose(await run(quantized(file), x), integerProduct(x, weightAt, 64));
  });

  it('takes activations of three axes, and columns of zeros', async () => {
    const values = weightValues.map((value, i) => (i % outer === 2 ? 0 : value));
    const file = write({
      ...plain,
      inputs: [{ name: 'x', shape: ['n', 2, inner] }],
      outputs: [{ name: 'y', shape: ['n', 2, outer] }],
      initializers: [{ ...weights, values }],
    });
    await quantizeEncoder(file, quantized(file), 8);
    const x = numbers(6 * inner);
    const found = await run(quantized(file), x, [3, 2, inner]);
    const expected = integerProduct(x, weightAt).map((value, i) => (i % outer === 2 ? 0 : value));
    expectClose(found, expected);
  });

  it('keeps transB, alpha, beta and what is added of a Gemm', async () => {
    const turned: Initializer = { name: 'w', shape: [outer, inner], values: new Float32Array(inner * outer) };
    for (let k = 0; k < inner; k++) {
      for (let n = 0; n < outer; n++) turned.values[n * inner + k] = weightAt(k, n);
    }
    const bias = numbers(outer);
    const gemm: Node = {
      op: 'Gemm',
      inputs: ['x', 'w', 'c'],
      output: 'y',
      attributes: { transB: 1, alpha: { float: -0.5 }, beta: { float: 3 } },
    };
    const file = write({
      ...plain,
      nodes: [gemm],
      initializers: [turned, { name: 'c', shape: [outer], values: bias }],
    });
    await quantizeEncoder(file, quantized(file), 8);
    const x = numbers(4 * inner);
    const expected = integerProduct(x, weightAt).map((value, i) => -0.5 * value + 3 * bias[i % outer]!);
    expectClose(await run(quantized(file), x), expected);
  });

  it.each<[string, readonly Node[], readonly Initializer[]]>([
    [
      'a Constant',
      [{ op: 'Constant', inputs: [], output: 'w', attributes: { value: { tensor: weights } } }],
      [],
    ],
    [
      'a turned initializer',
      [{ op: 'Transpose', inputs: ['t'], output: 'w', attributes: { perm: [1, 0] } }],
      [
        {
          name: 't',
          shape: [outer, inner],
          values: Float32Array.from({ length: inner * outer }, (_, i) =>
            weightAt(i % inner, Math.floor(i / inner)),
          ),
        },
      ],
    ],
    [
      'an initializer with another name',
      [{ op: 'Identity', inputs: ['t'], output: 'w' }],
      [{ ...weights, name: 't' }],
    ],
  ])('finds weights that are %s, and leaves nothing of them behind', async (_, makers, initializers) => {
    const file = write({ ...plain, nodes: [...makers, dense], initializers });
    await quantizeEncoder(file, quantized(file), 8);
    const x = numbers(2 * inner);
    expectClose(await run(quantized(file), x), integerProduct(x, weightAt));
    const operators = parseModel(readFileSync(quantized(file)), file).graph.flatMap((part) =>
      part.kind === 'node' ? [part.node.operator] : [],
    );
    expect(operators).toEqual(['DynamicQuantizeLinear', 'MatMulInteger', 'Cast', 'Mul', 'Mul']);
  });

  it('quantizes shared weights and shared activations once', async () => {
    const file = write({
      ...plain,
      nodes: [
        { op: 'MatMul', inputs: ['x', 'w'], output: 'a' },
        { op: 'MatMul', inputs: ['x', 'w'], output: 'b' },
        { op: 'Add', inputs: ['a', 'b'], output: 'y' },
      ],
    });
    expect(await quantizeEncoder(file, quantized(file), 8)).toMatchObject({
      layers: 2,
      weights: inner * outer,
    });
    const { graph } = parseModel(readFileSync(quantized(file)), file);
    const count = (name: string) =>
      graph.filter((part) => part.kind === 'node' && part.node.operator === name).length;
    expect([count('DynamicQuantizeLinear'), count('MatMulInteger')]).toEqual([1, 2]);
    expect(graph.filter(({ kind }) => kind === 'initializer')).toHaveLength(2);
    const x = numbers(inner);
    expectClose(
      await run(quantized(file), x),
      integerProduct(x, weightAt).map((value) => 2 * value),
    );
  });

  it('keeps weights that something else uses, also in the branch of an If', async () => {
    const branch = (factor: number): Model => ({
      inputs: [],
      outputs: [{ name: 'branch', shape: [1, outer] }],
      nodes: [
        {
          op: 'Constant',
          inputs: [],
          output: 'f',
          attributes: { value: { tensor: { name: '', shape: [], values: Float32Array.of(factor) } } },
        },
        // A dense layer in a branch stays as it is.
        { op: 'MatMul', inputs: ['row', 'w'], output: 'product' },
        { op: 'Mul', inputs: ['product', 'f'], output: 'branch' },
      ],
    });
    const row = numbers(inner);
    const file = write({
      ...plain,
      nodes: [
        { op: 'MatMul', inputs: ['x', 'w'], output: 'a' },
        { op: 'ReduceMax', inputs: ['x'], output: 'most', attributes: { keepdims: 0 } },
        { op: 'Greater', inputs: ['most', 'limit'], output: 'isLarge' },
        {
          op: 'If',
          inputs: ['isLarge'],
          output: 'b',
          attributes: { then_branch: { graph: branch(1) }, else_branch: { graph: branch(-1) } },
        },
        { op: 'Add', inputs: ['a', 'b'], output: 'y' },
      ],
      initializers: [
        weights,
        { name: 'row', shape: [1, inner], values: row },
        { name: 'limit', shape: [], values: Float32Array.of(2) },
      ],
    });
    await quantizeEncoder(file, quantized(file), 8);
    const exact = Array.from({ length: outer }, (_, n) =>
      row.reduce((sum, value, k) => sum + value * weightAt(k, n), 0),
    );
    for (const [size, sign] of [
      [1, -1],
      [50, 1],
    ] as const) {
      const x = numbers(inner, size);
      x[0] = size;
      const expected = integerProduct(x, weightAt).map((value, n) => value + sign * exact[n]!);
      const found = await run(quantized(file), x);
      for (const [n, value] of expected.entries()) expect(found[n]! / value).toBeCloseTo(1, 4);
    }
  });

  it('takes the values of external data along', async () => {
    const file = write({ ...plain, initializers: [{ ...weights, location: 'more.data' }] });
    const raw = new Uint8Array(weightValues.buffer);
    writeFileSync(join(root, 'more.data'), raw);
    await quantizeEncoder(file, quantized(file), 8);
    const x = numbers(2 * inner);
    expectClose(await run(quantized(file), x), integerProduct(x, weightAt));

    writeFileSync(join(root, 'more.data'), raw.subarray(4));
    expect(await errorOf(quantizeEncoder(file, quantized(file), 8))).toMatchObject({
      code: 'ENCODER_INVALID',
      subject: join(root, 'more.data'),
    });
  });

  it('reads no weights from outside of the folder of the model', async () => {
    const folder = join(root, 'inside');
    mkdirSync(folder);
    writeFileSync(join(root, 'secret'), new Uint8Array(inner * outer * 4));
    for (const location of ['../secret', join(root, 'secret')]) {
      const file = join(folder, 'model.onnx');
      writeFileSync(file, writeOnnxModel({ ...plain, initializers: [{ ...weights, location }] }));
      const error = await errorOf(quantizeEncoder(file, quantized(file), 8));
      expect(error).toMatchObject({ code: 'ENCODER_INVALID', subject: file });
      expect(error.message).toContain(location);
    }
  });

  it('refuses every beginning of a model, and what is none', async () => {
    const whole = writeOnnxModel(plain);
    const file = join(root, 'broken.onnx');
    const contents = [
      ...Array.from({ length: whole.length }, (_, length) => whole.subarray(0, length)),
      Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 7\n'),
      Buffer.from('<html>Not found</html>'),
    ];
    for (const content of contents) {
      writeFileSync(file, content);
      const error = await errorOf(quantizeEncoder(file, quantized(file), 8));
      expect(error).toMatchObject({ code: 'ENCODER_INVALID', subject: file });
    }
    expect(readdirSync(root).filter((name) => name.startsWith('broken'))).toEqual(['broken.onnx']);
  });

  it('refuses graphs that go round in circles or are nested without end', async () => {
    const circle = write({
      ...plain,
      nodes: [{ op: 'Identity', inputs: ['w'], output: 'w' }, dense],
      initializers: [],
    });
    expect((await errorOf(quantizeEncoder(circle, quantized(circle), 8))).code).toBe('ENCODER_INVALID');
  });

  it.each<[string, Model, RegExp]>([
    ['operators that are too old', { ...plain, operatorSet: 10 }, /version 10/],
    [
      'a network without dense layers',
      { ...plain, nodes: [{ op: 'Relu', inputs: ['x'], output: 'y' }] },
      /no dense/,
    ],
    [
      'weights that are not finite',
      {
        ...plain,
        initializers: [{ ...weights, values: weightValues.map(() => Number.NaN) }],
      },
      /"w" are not all finite/,
    ],
    [
      'weights that are fewer than their shape says',
      { ...plain, initializers: [{ ...weights, shape: [inner, outer + 1] }] },
      /"w" of \[24, 6\] have 480 bytes/,
    ],
  ])('refuses %s', async (_, model, reason) => {
    const file = write(model);
    const error = await errorOf(quantizeEncoder(file, quantized(file), 8));
    expect(error).toMatchObject({ code: 'ENCODER_INVALID', subject: file });
    expect(error.message).toMatch(reason);
  });

  it('takes the configuration of a file along, and neither replaces the model nor writes another kind', async () => {
    const file = write(plain);
    const config = '{"mean": 0, "std": 1, "inputSize": 2}';
    writeFileSync(file.replace('.onnx', '.json'), config);
    await quantizeEncoder(file, quantized(file), 8);
    expect(readFileSync(quantized(file).replace('.onnx', '.json'), 'utf8')).toBe(config);
    for (const out of [file, join(root, 'folder')]) {
      expect(await errorOf(quantizeEncoder(file, out, 8))).toMatchObject({ code: 'USAGE', subject: out });
    }
  });
});

const slice = (values: readonly number[]) => ({
  pixels: Float32Array.from(values),
  width: 4,
  height: 2,
  pixelSpacing: [1, 1] as const,
});
const intensity = { modality: 'CT', percentiles: [-1000, 1000] } as const;
const ofImages = (batch: number | string): Model => ({
  inputs: [{ name: 'image', shape: [batch, 3, 2, 4] }],
  outputs: [{ name: 'y', shape: [batch, outer] }],
  nodes: [{ op: 'Flatten', inputs: ['image'], output: 'x' }, dense],
  initializers: [weights],
});
const dark = slice([-990, -950, -980, -960, -970, -1000, -955, -965]);
const bright = slice([1000, -200, 900, 40, 700, -300, 60, 500]);

describe('a quantized encoder', () => {
  it('gives a slice the same embedding whatever slices are beside it', async () => {
    const file = write(ofImages('batch'));
    writeFileSync(file.replace('.onnx', '.json'), '{"mean": 0, "std": 0.1}');
    await quantizeEncoder(file, quantized(file), 8);
    const encoder = await createOnnxEncoder(quantized(file));
    const alone = await encoder.embed([dark], intensity);
    const together = await encoder.embed([bright, dark, bright], intensity);
    expect(together.slice(outer, 2 * outer)).toEqual(alone);
    await encoder.close();
  });

  it('is refused where its batch is fixed to several slices', async () => {
    const file = write(ofImages(2));
    writeFileSync(file.replace('.onnx', '.json'), '{"mean": 0, "std": 0.1}');
    await quantizeEncoder(file, quantized(file), 8);
    const error = await errorOf(createOnnxEncoder(quantized(file)));
    expect(error).toMatchObject({ code: 'ENCODER_INVALID', subject: quantized(file) });
    expect(error.message).toContain('fixed batch of 2');
  });

  it('of a folder is chosen there as q8, with the same configuration', async () => {
    const folder = join(root, 'vit');
    mkdirSync(join(folder, 'onnx'), { recursive: true });
    writeFileSync(join(folder, 'onnx', 'model.onnx'), writeOnnxModel(ofImages('batch')));
    writeFileSync(join(folder, 'config.json'), '{"model_type": "vit"}');
    writeFileSync(
      join(folder, 'preprocessor_config.json'),
      '{"size": {"height": 2, "width": 4}, "do_normalize": false}',
    );
    const other = join(root, 'vit-integers');
    const inPlace = await quantizeEncoder(folder, folder, 8);
    expect(inPlace.modelFile).toBe(join(folder, 'onnx', 'model_quantized.onnx'));
    await quantizeEncoder(folder, other, 8);
    const encoders = [
      await createOnnxEncoder(folder),
      await createOnnxEncoder(folder, { dtype: 'q8' }),
      await createOnnxEncoder(other),
    ];
    const [float, q8, alone] = encoders.map(({ identity }) => identity);
    expect(q8!.weightsHash).not.toBe(float!.weightsHash);
    expect(q8!.preprocessing).toEqual(float!.preprocessing);
    expect(alone).toEqual({ ...q8, name: 'vit-integers' });
    for (const encoder of encoders) await encoder.close();
    expect((await errorOf(quantizeEncoder(folder, join(root, 'vit.onnx'), 8))).code).toBe('USAGE');
  });
});

describeWithModels('the reader of ONNX models', () => {
  it.each([
    'mobilenetv1_025_128_imagenet.onnx',
    'mobilenetv1_imagenet.onnx',
    'mobilenetv2_imagenet.onnx',
    'squeezenet11_imagenet.onnx',
    'meshnet3d_brain18.onnx',
  ])('puts %s together again, to the bit', (name) => {
    const content = readFileSync(join(sharedModels, name));
    const model = parseModel(content, name);
    expect(model.graph.filter(({ kind }) => kind === 'node').length).toBeGreaterThan(10);
    const again = joinPieces(
      serializeModel(
        model,
        model.graph.map(({ field }) => [field.encoded]),
      ),
    );
    expect(Buffer.compare(again, content)).toBe(0);
  });
});
