import type { InferenceSession } from 'onnxruntime-node';
import { VoxseekError } from '../errors.js';
import { exampleModelConfig } from './model-config.js';
import type { ModelSource } from './model-source.js';
import { likelyPooling, type Pooling } from './pooling.js';
import type { Preprocessing } from './preprocess.js';
import type { OutputChoice } from './transformers-folder.js';
import { defaultWindows } from './window.js';

/** One input or output tensor as the model declares it; a length that is free has no number. */
interface TensorDeclaration {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | undefined)[];
  /** The shape as the model writes it, for messages. */
  readonly text: string;
}

/** All that has to be known to run a model. */
export interface ModelSettings {
  readonly input: string;
  readonly inputType: 'float32' | 'float16';
  readonly output: string;
  readonly pooling: Pooling;
  readonly preprocessing: Preprocessing;
  /** Slices per run. */
  readonly batchSize: number;
  /** The model accepts no other number of slices than batchSize. */
  readonly batchIsFixed: boolean;
  /** What was assumed for lack of a configuration, in words; undefined where one was given. */
  readonly assumed: string | undefined;
}

const defaultBatchSize = 16;
/** Mean and standard deviation of the ImageNet training images in [0, 1], and their means over colours. */
const imageNet = {
  3: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  1: { mean: [0.449], std: [0.226] },
} as const;
const usualInputSize = 224;

function declaration(metadata: InferenceSession.ValueMetadata): TensorDeclaration {
  if (!metadata.isTensor) return { name: metadata.name, type: 'no tensor', shape: [], text: '' };
  const shape = metadata.shape.map((length) =>
    typeof length === 'number' && length > 0 ? length : undefined,
  );
  return { name: metadata.name, type: metadata.type, shape, text: `[${metadata.shape.join(', ')}]` };
}

const listNames = (tensors: readonly TensorDeclaration[]): string =>
  tensors.map(({ name, type, text }) => `${name} ${type}${text}`).join('; ');

function chooseInput(inputs: readonly TensorDeclaration[], source: ModelSource): TensorDeclaration {
  const subject = source.modelFile;
  const wanted = source.config?.input;
  const input = wanted === undefined ? inputs[0] : inputs.find(({ name }) => name === wanted);
  if (input === undefined) {
    throw new VoxseekError('ENCODER_INVALID', `has no input "${wanted}"; it has: ${listNames(inputs)}`, {
      subject,
    });
  }
  if (inputs.length > 1) {
    throw new VoxseekError('ENCODER_INVALID', `wants ${inputs.length} inputs: ${listNames(inputs)}`, {
      subject,
      advice: 'An encoder takes one input, the image: export only the part of the model that encodes images.',
    });
  }
  if (input.type !== 'float32' && input.type !== 'float16') {
    throw new VoxseekError('ENCODER_INVALID', `its input ${listNames([input])} is not float32 or float16`, {
      subject,
    });
  }
  const rank = input.shape.length;
  if (rank === 5) {
    throw new VoxseekError(
      'ENCODER_INVALID',
      `its input ${listNames([input])} is a batch of 3D volumes; Voxseek encodes 2D slices`,
      { subject, advice: 'Use an encoder with an input [batch, channels, height, width].' },
    );
  }
  if (rank !== 4 && rank !== 0) {
    throw new VoxseekError(
      'ENCODER_INVALID',
      `its input ${listNames([input])} has ${rank} dimensions, not the four of [batch, channels, height, width]`,
      { subject },
    );
  }
  return input;
}

function chooseChannels(input: TensorDeclaration, source: ModelSource): 1 | 3 {
  const declared = input.shape[1];
  const wanted = source.config?.channels;
  if (declared !== undefined && declared !== 1 && declared !== 3) {
    const last = input.shape[3] === 1 || input.shape[3] === 3;
    throw new VoxseekError(
      'ENCODER_INVALID',
      last
        ? `its input ${listNames([input])} has the channels last; Voxseek gives [batch, channels, height, width]`
        : `its input ${listNames([input])} has ${declared} channels; Voxseek gives 1 or 3`,
      { subject: source.modelFile },
    );
  }
  if (declared !== undefined && wanted !== undefined && declared !== wanted) {
    throw new VoxseekError(
      'ENCODER_INVALID',
      `says ${wanted} channels, but the model's input is ${listNames([input])}`,
      { subject: source.configFile },
    );
  }
  return wanted ?? declared ?? 3;
}

function chooseInputSize(input: TensorDeclaration, source: ModelSource): [height: number, width: number] {
  const [, , height, width] = input.shape;
  const wanted = source.config?.inputSize;
  if (wanted === undefined) {
    if (height !== undefined && width !== undefined) return [height, width];
    if (source.config === undefined) return [height ?? usualInputSize, width ?? usualInputSize];
    throw new VoxseekError(
      'ENCODER_INVALID',
      `inputSize is missing, and the model's input ${listNames([input])} leaves it open`,
      { subject: source.configFile, advice: `To start from: ${exampleModelConfig}` },
    );
  }
  if ((height !== undefined && height !== wanted[0]) || (width !== undefined && width !== wanted[1])) {
    throw new VoxseekError(
      'ENCODER_INVALID',
      `inputSize ${wanted.join(' x ')} does not fit the model's input ${listNames([input])}`,
      { subject: source.configFile },
    );
  }
  return wanted;
}

function forChannels(
  values: readonly number[],
  channels: 1 | 3,
  name: string,
  source: ModelSource,
): number[] {
  if (values.length === channels) return [...values];
  if (values.length === 1) return Array.from({ length: channels }, () => values[0]!);
  throw new VoxseekError('ENCODER_INVALID', `${name} has ${values.length} numbers for ${channels} channel`, {
    subject: source.configFile,
  });
}

function chooseNormalisation(channels: 1 | 3, source: ModelSource): { mean: number[]; std: number[] } {
  const { config } = source;
  if (config === undefined) {
    const { mean, std } = imageNet[channels];
    return { mean: [...mean], std: [...std] };
  }
  if (config.mean === undefined || config.std === undefined) {
    const missing = config.mean === undefined ? 'mean' : 'std';
    throw new VoxseekError('ENCODER_INVALID', `${missing} is missing`, {
      subject: source.configFile,
      advice: `Voxseek does not guess it beside a configuration. To start from: ${exampleModelConfig}`,
    });
  }
  return {
    mean: forChannels(config.mean, channels, 'mean', source),
    std: forChannels(config.std, channels, 'std', source),
  };
}

function chooseOutput(outputs: readonly TensorDeclaration[], source: ModelSource): OutputChoice {
  const { config, modelFile: subject } = source;
  const ruled = source.chooseOutput?.(new Map(outputs.map(({ name, shape }) => [name, shape.length])));
  const name = config?.output ?? ruled?.output ?? outputs[0]?.name;
  const output = outputs.find((candidate) => candidate.name === name);
  if (output === undefined) {
    throw new VoxseekError('ENCODER_INVALID', `has no output "${name}"; it has: ${listNames(outputs)}`, {
      subject,
    });
  }
  if (output.type !== 'float32' && output.type !== 'float16') {
    throw new VoxseekError('ENCODER_INVALID', `its output ${listNames([output])} is not float32 or float16`, {
      subject,
      advice: `Name another one as "output". Outputs: ${listNames(outputs)}`,
    });
  }
  const ofRule = ruled?.output === output.name ? ruled.pooling : undefined;
  // Only a model without any configuration is guessed at; a configuration means "none" by silence.
  const unsaid = config === undefined ? likelyPooling(output.shape.map((length) => length ?? 2)) : 'none';
  return { output: output.name, pooling: config?.pooling ?? ofRule ?? unsaid ?? 'none' };
}

/**
 * Joins what the model declares with what its configuration says.
 *
 * @throws VoxseekError ENCODER_INVALID where they contradict each other, or where the model is no 2D encoder
 *   with one image input.
 */
export function resolveModelSettings(
  source: ModelSource,
  signature: Pick<InferenceSession, 'inputMetadata' | 'outputMetadata'>,
): ModelSettings {
  const { config } = source;
  const input = chooseInput(signature.inputMetadata.map(declaration), source);
  const channels = chooseChannels(input, source);
  const inputSize = chooseInputSize(input, source);
  const { output, pooling } = chooseOutput(signature.outputMetadata.map(declaration), source);
  const windows = source.windows ?? config?.window ?? defaultWindows;
  if (windows.length > channels) {
    throw new VoxseekError('ENCODER_INVALID', 'three windows need three channels; the model takes one', {
      subject: source.configFile,
      advice: 'Give one window.',
    });
  }
  const fixedBatch = input.shape[0];
  const preprocessing: Preprocessing = {
    inputSize,
    channels,
    windows,
    interpolation: config?.interpolation ?? 'bilinear',
    rescale: config?.rescale ?? 1,
    ...chooseNormalisation(channels, source),
  };
  return {
    input: input.name,
    inputType: input.type === 'float16' ? 'float16' : 'float32',
    output,
    pooling,
    preprocessing,
    batchSize: fixedBatch ?? config?.batchSize ?? defaultBatchSize,
    batchIsFixed: fixedBatch !== undefined,
    assumed:
      config === undefined
        ? `input size ${inputSize.join(' x ')}, mean ${preprocessing.mean.join(' ')}, std ${preprocessing.std.join(' ')}, output "${output}" with pooling ${pooling}`
        : undefined,
  };
}
