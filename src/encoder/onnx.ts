import { availableParallelism } from 'node:os';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { VoxseekError } from '../errors.js';
import type { IntensityContext, SliceImage } from '../volume/volume.js';
import type { Encoder, EncoderIdentity, StagedEncoding } from './encoder.js';
import { decodeFloat16, encodeFloat16 } from './float16.js';
import { type ModelSettings, resolveModelSettings } from './model-settings.js';
import { locateModel, type ModelSource, type ModelSourceOptions } from './model-source.js';
import {
  type Device,
  type DeviceChoice,
  messageOf,
  type NetworkSession,
  openSession,
} from './network-session.js';
import { quantizesDynamically } from './onnx-messages.js';
import { hashWeights, readModelFile } from './onnx-weights.js';
import { pooledDimension, poolSample } from './pooling.js';
import { describePreprocessing, preprocessSlice } from './preprocess.js';

export interface OnnxEncoderOptions extends ModelSourceOptions {
  /** Threads of onnxruntime; default all cores. More than there are cores makes it slower. */
  readonly threads?: number;
  /** Where the network runs; default `cpu`. Not part of the identity: devices differ in the last digits. */
  readonly device?: DeviceChoice;
}

interface NetworkOutput {
  readonly data: ArrayLike<number>;
  /** [slices, ...]. */
  readonly shape: readonly number[];
}

/** Runs the network on `count` slices that are stored as float32 [count, channels, height, width]. */
async function runNetwork(
  session: InferenceSession,
  settings: ModelSettings,
  pixels: Float32Array,
  count: number,
): Promise<NetworkOutput> {
  const { inputSize, channels } = settings.preprocessing;
  const shape = [count, channels, ...inputSize];
  const input =
    settings.inputType === 'float16'
      ? new Tensor('float16', Uint16Array.from(pixels, encodeFloat16), shape)
      : new Tensor('float32', pixels, shape);
  const outputs = await session.run({ [settings.input]: input }, [settings.output]);
  const output = outputs[settings.output]!;
  const data = output.data as Float32Array | Uint16Array;
  // Node versions with Float16Array get float16 as numbers, the others as bits.
  return {
    data: data instanceof Uint16Array ? Float32Array.from(data, decodeFloat16) : data,
    shape: output.dims,
  };
}

function runOnZeros(
  session: InferenceSession,
  settings: ModelSettings,
  slices: number,
): Promise<NetworkOutput> {
  const { inputSize, channels } = settings.preprocessing;
  const count = settings.batchIsFixed ? settings.batchSize : slices;
  const zeros = new Float32Array(count * channels * inputSize[0] * inputSize[1]);
  return runNetwork(session, settings, zeros, count);
}

/**
 * Runs the network once on zeros, so that a model that does not fit its configuration fails when it is
 * opened and not after the first volume was read.
 *
 * @returns the length of an embedding.
 */
async function tryNetwork(
  session: InferenceSession,
  settings: ModelSettings,
  source: ModelSource,
): Promise<number> {
  // Two slices where the batch is free: models exported with a hidden batch of one show themselves.
  const count = settings.batchIsFixed ? settings.batchSize : Math.min(2, settings.batchSize);
  let output: NetworkOutput;
  try {
    output = await runOnZeros(session, settings, count);
  } catch (error) {
    const { inputSize, channels } = settings.preprocessing;
    const inputShape = [count, channels, ...inputSize];
    throw new VoxseekError(
      'ENCODER_INVALID',
      `does not run on an input "${settings.input}" of [${inputShape.join(', ')}] (${messageOf(error)})`,
      {
        subject: source.modelFile,
        advice: `Check inputSize and channels in ${source.configFile}; if only one slice at a time works, set "batchSize": 1.`,
        cause: error,
      },
    );
  }
  const described = `output "${settings.output}" has the shape [${output.shape.join(', ')}]`;
  if (output.shape[0] !== count) {
    throw new VoxseekError('ENCODER_INVALID', `its ${described} for ${count} slices`, {
      subject: source.modelFile,
      advice: `Choose an output with one row per slice in ${source.configFile}, or set "batchSize": 1.`,
    });
  }
  const dimension = pooledDimension(output.shape, settings.pooling);
  if (dimension === undefined) {
    throw new VoxseekError(
      'ENCODER_INVALID',
      `its ${described}, which pooling "${settings.pooling}" does not fit`,
      {
        subject: source.modelFile,
        advice: `Set "pooling" in ${source.configFile}: none for [n, d], cls or mean for [n, tokens, d], mean for [n, d, h, w].`,
      },
    );
  }
  return dimension;
}

class OnnxEncoder implements Encoder {
  readonly identity: EncoderIdentity;
  readonly device: Device;
  readonly #session: InferenceSession;
  readonly #settings: ModelSettings;
  readonly #modelFile: string;

  constructor(
    identity: EncoderIdentity,
    { session, device }: NetworkSession,
    settings: ModelSettings,
    modelFile: string,
  ) {
    this.identity = identity;
    this.device = device;
    this.#session = session;
    this.#settings = settings;
    this.#modelFile = modelFile;
  }

  get staged(): StagedEncoding {
    const { preprocessing } = this.#settings;
    return {
      preparation: { kind: 'network-input', preprocessing },
      embedPrepared: (prepared, count) => this.#embedPrepared(prepared, count),
    };
  }

  async embed(slices: readonly SliceImage[], intensity: IntensityContext): Promise<Float32Array> {
    const { preprocessing, batchSize } = this.#settings;
    const sliceSize = this.#sliceSize;
    const embeddings = new Float32Array(slices.length * this.identity.dimension);
    for (let begin = 0; begin < slices.length; begin += batchSize) {
      const batch = slices.slice(begin, begin + batchSize);
      const pixels = new Float32Array(batch.length * sliceSize);
      batch.forEach((slice, index) => {
        preprocessSlice(slice, intensity, preprocessing, pixels, index * sliceSize);
      });
      await this.#embedBatch(pixels, batch.length, begin, embeddings);
    }
    return embeddings;
  }

  async #embedPrepared(prepared: Float32Array, count: number): Promise<Float32Array> {
    const { batchSize } = this.#settings;
    const sliceSize = this.#sliceSize;
    const embeddings = new Float32Array(count * this.identity.dimension);
    for (let begin = 0; begin < count; begin += batchSize) {
      const end = Math.min(count, begin + batchSize);
      const pixels = prepared.subarray(begin * sliceSize, end * sliceSize);
      await this.#embedBatch(pixels, end - begin, begin, embeddings);
    }
    return embeddings;
  }

  /** Numbers in the input of one slice. */
  get #sliceSize(): number {
    const { channels, inputSize } = this.#settings.preprocessing;
    return channels * inputSize[0] * inputSize[1];
  }

  async #embedBatch(
    slices: Float32Array,
    sliceCount: number,
    begin: number,
    embeddings: Float32Array,
  ): Promise<void> {
    const { pooling, batchIsFixed, batchSize } = this.#settings;
    let [pixels, count] = [slices, sliceCount];
    if (batchIsFixed && count < batchSize) {
      pixels = new Float32Array(batchSize * this.#sliceSize);
      pixels.set(slices);
      count = batchSize;
    }
    const { data, shape } = await runNetwork(this.#session, this.#settings, pixels, count);
    for (let index = 0; index < sliceCount; index++) {
      const pooled = poolSample(data, shape, pooling, index);
      const norm = Math.sqrt(pooled.reduce((sum, value) => sum + value * value, 0));
      if (!Number.isFinite(norm) || norm === 0) {
        throw new VoxseekError(
          'ENCODER_OUTPUT_INVALID',
          `its output "${this.#settings.output}" for slice ${begin + index} is ${norm === 0 ? 'zero everywhere' : 'not finite'}`,
          { subject: this.#modelFile },
        );
      }
      const offset = (begin + index) * pooled.length;
      for (let item = 0; item < pooled.length; item++) embeddings[offset + item] = pooled[item]! / norm;
    }
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

/**
 * Opens a 2D encoder in ONNX that a user brings: a single `.onnx` file, with its configuration in a JSON
 * beside it, or a folder in the layout of transformers.js (docs/encoders.md describes both).
 *
 * A file without configuration is opened with assumptions (ImageNet's mean and standard deviation, the
 * model's own input size or 224 x 224, its first output), which `onWarning` is told and the identity records
 * as `assumed: true`.
 *
 * The session is made once and kept until `close`. Slices run in batches of `batchSize` (default 16), the
 * last one smaller; a model with a fixed batch gets its rest filled with zeros. A model that chooses the scale of
 * its integers as it runs (DynamicQuantizeLinear) gets one slice at a time. While a batch runs, the event
 * loop stands still.
 *
 * @param path the .onnx file or the folder.
 * @throws VoxseekError ENCODER_INVALID where the model cannot be loaded, takes no batch of 2D images, or does
 *   not fit its configuration (it is run once on zeros to see); FILE_NOT_FOUND, FILE_NOT_READABLE; ENCODER_DEVICE.
 */
export async function createOnnxEncoder(path: string, options: OnnxEncoderOptions = {}): Promise<Encoder> {
  const source = await locateModel(path, options);
  const model = await readModelFile(source.modelFile);
  const { threads = availableParallelism(), device = 'cpu' } = options;
  const network = await openSession(source.modelFile, threads, device, (session) =>
    runOnZeros(session, resolveModelSettings(source, session), 1),
  );
  try {
    const resolved = resolveModelSettings(source, network.session);
    const settings = quantizesDynamically(model) ? oneByOne(resolved, source) : resolved;
    const dimension = await tryNetwork(network.session, settings, source);
    if (device === 'auto') options.onWarning?.(`${source.modelFile}: runs on ${network.device}.`);
    if (settings.assumed !== undefined) {
      options.onWarning?.(
        `${source.modelFile}: there is no configuration, so this is assumed: ${settings.assumed}. To change it, write ${source.configFile}, or give another file as the encoder's configuration.`,
      );
    }
    const identity: EncoderIdentity = {
      name: source.name,
      weightsHash: await hashWeights(source.modelFile, model),
      dimension,
      preprocessing: {
        ...describePreprocessing(settings.preprocessing),
        output: settings.output,
        pooling: settings.pooling,
        ...(settings.assumed === undefined ? {} : { assumed: true }),
      },
    };
    return new OnnxEncoder(identity, network, settings, source.modelFile);
  } catch (error) {
    await network.session.release();
    throw error;
  }
}

/** Slices alone, where those of one batch would share the scale of their integers and so change each other. */
function oneByOne(settings: ModelSettings, source: ModelSource): ModelSettings {
  if (settings.batchIsFixed && settings.batchSize > 1) {
    throw new VoxseekError(
      'ENCODER_INVALID',
      `quantizes a fixed batch of ${settings.batchSize} slices as one: each would depend on the others`,
      {
        subject: source.modelFile,
        advice: 'Export it with a free batch, or a batch of 1, before it is quantized.',
      },
    );
  }
  return { ...settings, batchSize: 1 };
}
