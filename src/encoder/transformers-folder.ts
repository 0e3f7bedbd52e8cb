import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fromSystemError, VoxseekError } from '../errors.js';
import { checkJson, type ModelConfig, perChannel, readJson } from './model-config.js';
import type { Pooling } from './pooling.js';

/** Endings of the model files of transformers.js, by the name of its `dtype` option. */
const dtypeSuffixes = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
} as const;

export type Dtype = keyof typeof dtypeSuffixes;

/** The precisions that a folder may hold a model in, by the names of transformers.js. */
export const dtypes = Object.keys(dtypeSuffixes) as readonly Dtype[] as readonly [Dtype, ...Dtype[]];

/** A model in the layout of transformers.js, read as far as this is possible without opening the model. */
export interface TransformersFolder {
  readonly modelFile: string;
  readonly config: ModelConfig;
  /** Which output to take and how to pool it, given the outputs that the model has (name to rank). */
  readonly chooseOutput: (outputs: ReadonlyMap<string, number>) => OutputChoice | undefined;
  readonly warnings: readonly string[];
}

export interface OutputChoice {
  readonly output: string;
  readonly pooling: Pooling;
}

const side = z.int().min(1);
const sizeSchema = z.union(
  [
    side.transform((size): [number, number] => [size, size]),
    z
      .object({ height: side, width: side })
      .transform(({ height, width }): [number, number] => [height, width]),
    z
      .object({ shortest_edge: side })
      .transform(({ shortest_edge }): [number, number] => [shortest_edge, shortest_edge]),
  ],
  { error: 'must be a number, {height, width} or {shortest_edge}' },
);

const preprocessorSchema = z.object({
  size: sizeSchema.optional(),
  crop_size: sizeSchema.optional(),
  do_center_crop: z.boolean().optional(),
  do_rescale: z.boolean().optional(),
  rescale_factor: z.number().positive().optional(),
  do_normalize: z.boolean().optional(),
  image_mean: perChannel(z.number(), 'number').optional(),
  image_std: perChannel(z.number().positive(), 'positive number').optional(),
  resample: z.int().optional(),
});

const configSchema = z.object({
  model_type: z.string().optional(),
  use_mean_pooling: z.boolean().optional(),
});

/**
 * Architectures whose `pooler_output` is a dense layer with tanh on the class token, which many published
 * weights (DINO, MAE) leave untrained.
 */
const poolerMayBeUntrained = new Set(['vit', 'deit', 'vit_mae', 'vit_msn']);
/** Architectures whose tokens are all patches. */
const withoutClassToken = new Set(['swin', 'swinv2', 'donut-swin', 'siglip', 'siglip_vision_model', 'hiera']);

/**
 * transformers makes byte values v into (v * rescale_factor - mean) / std; in units of our [0, 1] that is a
 * rescale by 255 * rescale_factor, or by 255 where do_rescale is false.
 */
function preprocessorConfig(file: string, json: unknown): { config: ModelConfig; warnings: string[] } {
  const settings = checkJson(preprocessorSchema, json, file);
  const warnings: string[] = [];
  const cropped = settings.crop_size !== undefined && settings.do_center_crop !== false;
  const inputSize = cropped ? settings.crop_size : settings.size;
  if (inputSize === undefined) {
    throw new VoxseekError('ENCODER_INVALID', 'has neither size nor crop_size', { subject: file });
  }
  const normalised = settings.do_normalize !== false;
  if (normalised && (settings.image_mean === undefined || settings.image_std === undefined)) {
    throw new VoxseekError('ENCODER_INVALID', 'has no image_mean or no image_std', {
      subject: file,
      advice: 'Add both, or "do_normalize": false if the model wants plain values.',
    });
  }
  const resample = settings.resample ?? 2;
  if (resample !== 2 && resample !== 3) {
    warnings.push(`${file}: resample ${resample} is not 2 (bilinear) or 3 (bicubic); bicubic is used.`);
  }
  const rescale = settings.do_rescale === false ? 255 : 255 * (settings.rescale_factor ?? 1 / 255);
  return {
    warnings,
    config: {
      inputSize,
      // 255 / 255 is not always 1 in floating point; the identity should say 1.
      rescale: Math.abs(rescale - 1) < 1e-6 ? 1 : rescale,
      interpolation: resample === 2 ? 'bilinear' : 'bicubic',
      ...(normalised ? { mean: settings.image_mean!, std: settings.image_std! } : { mean: [0], std: [1] }),
    },
  };
}

/**
 * Which output is the embedding:
 *
 * 1. `image_embeds` (CLIP and its kin);
 * 2. `last_hidden_state` [n, d, h, w] of a convolutional network: its mean over the places;
 * 3. where the configuration says `use_mean_pooling` (BEiT): the mean of the patch tokens;
 * 4. `pooler_output`, except for ViT and DeiT, whose pooler often is untrained;
 * 5. `last_hidden_state` [n, tokens, d]: the class token, or the mean where the architecture has none.
 */
function chooseOutput(
  outputs: ReadonlyMap<string, number>,
  modelType: string,
  useMeanPooling: boolean,
): OutputChoice | undefined {
  const hidden = 'last_hidden_state';
  const hiddenRank = outputs.get(hidden);
  if (outputs.has('image_embeds')) return { output: 'image_embeds', pooling: 'none' };
  if (hiddenRank === 4) return { output: hidden, pooling: 'mean' };
  if (hiddenRank !== undefined && useMeanPooling) return { output: hidden, pooling: 'patch-mean' };
  const trustPooler = hiddenRank === undefined || !poolerMayBeUntrained.has(modelType);
  if (outputs.has('pooler_output') && trustPooler) return { output: 'pooler_output', pooling: 'none' };
  if (hiddenRank === undefined) return undefined;
  return { output: hidden, pooling: withoutClassToken.has(modelType) ? 'mean' : 'cls' };
}

/**
 * Which file of `onnx/` to take. Models with a text part of their own (CLIP) keep the part for images in
 * vision_model*.onnx, which then is the one.
 */
async function chooseModelFile(folder: string, dtype: Dtype | undefined): Promise<string> {
  const onnxFolder = join(folder, 'onnx');
  let names: string[];
  try {
    names = (await readdir(onnxFolder)).filter((name) => /^(vision_)?model(_.*)?\.onnx$/.test(name)).sort();
  } catch (error) {
    const known = fromSystemError(error, onnxFolder);
    if (known.code !== 'FILE_NOT_FOUND') throw known;
    throw new VoxseekError('ENCODER_INVALID', 'has no subfolder onnx/ with a model', { subject: folder });
  }
  const stem = names.some((name) => name.startsWith('vision_model')) ? 'vision_model' : 'model';
  const candidates = names.filter((name) => name.startsWith(stem));
  const wanted = `${stem}${dtypeSuffixes[dtype ?? 'fp32']}.onnx`;
  if (candidates.includes(wanted)) return join(onnxFolder, wanted);
  const only = candidates[0];
  if (dtype === undefined && candidates.length === 1 && only !== undefined) return join(onnxFolder, only);
  const found = candidates.length === 0 ? 'no model file' : candidates.join(', ');
  throw new VoxseekError('ENCODER_INVALID', `holds no ${wanted}; found: ${found}`, {
    subject: onnxFolder,
    advice: `Choose one by its dtype: ${Object.keys(dtypeSuffixes).join(', ')}.`,
  });
}

/**
 * Reads a folder in the layout of transformers.js: config.json, preprocessor_config.json, onnx/model*.onnx.
 *
 * @param dtype which precision to take; by default model.onnx, else the only model file there is.
 * @throws VoxseekError ENCODER_INVALID; FILE_NOT_FOUND, FILE_NOT_READABLE.
 */
export async function readTransformersFolder(folder: string, dtype?: Dtype): Promise<TransformersFolder> {
  const configFile = join(folder, 'config.json');
  const preprocessorFile = join(folder, 'preprocessor_config.json');
  const modelFile = await chooseModelFile(folder, dtype);
  const { model_type: modelType = '', use_mean_pooling: useMeanPooling = false } = checkJson(
    configSchema,
    await readJson(configFile),
    configFile,
  );
  const { config, warnings } = preprocessorConfig(preprocessorFile, await readJson(preprocessorFile));
  return {
    modelFile,
    config,
    warnings,
    chooseOutput: (outputs) => chooseOutput(outputs, modelType, useMeanPooling),
  };
}
