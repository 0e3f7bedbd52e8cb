import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Dtype, dtypes, readTransformersFolder } from './transformers-folder.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'voxseek-folder-'));
});
afterAll(() => rm(root, { recursive: true }));

// As in Xenova/dino-vits16 and onnx-community/dinov2-small on huggingface.co.
const vitPreprocessor = {
  do_normalize: true,
  do_rescale: true,
  do_resize: true,
  image_mean: [0.485, 0.456, 0.406],
  image_std: [0.229, 0.224, 0.225],
  resample: 3,
  rescale_factor: 0.00392156862745098,
  size: { height: 224, width: 224 },
};
const dinov2Preprocessor = {
  ...vitPreprocessor,
  crop_size: { height: 224, width: 224 },
  do_center_crop: true,
  size: { shortest_edge: 256 },
};

async function folderWith(parts: {
  config?: unknown;
  preprocessor?: unknown;
  models?: string[];
}): Promise<string> {
  const folder = await mkdtemp(join(root, 'model-'));
  await mkdir(join(folder, 'onnx'));
  await writeFile(join(folder, 'config.json'), JSON.stringify(parts.config ?? { model_type: 'vit' }));
  await writeFile(
    join(folder, 'preprocessor_config.json'),
    JSON.stringify(parts.preprocessor ?? vitPreprocessor),
  );
  for (const name of parts.models ?? ['model.onnx']) await writeFile(join(folder, 'onnx', name), '');
  return folder;
}

describe('readTransformersFolder, preprocessing', () => {
  it('reads that of a ViT', async () => {
    const { config, warnings } = await readTransformersFolder(await folderWith({}));
    expect(config).toEqual({
      inputSize: [224, 224],
      rescale: 1,
      interpolation: 'bicubic',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    });
    expect(warnings).toEqual([]);
  });

  it.each([
    ['the crop where there is one', dinov2Preprocessor, [224, 224]],
    ['the size where cropping is off', { ...dinov2Preprocessor, do_center_crop: false }, [256, 256]],
    ['a plain number', { ...vitPreprocessor, size: 384 }, [384, 384]],
    ['sides that differ', { ...vitPreprocessor, size: { height: 192, width: 256 } }, [192, 256]],
  ])('takes as input size %s', async (_, preprocessor, expected) => {
    const { config } = await readTransformersFolder(await folderWith({ preprocessor }));
    expect(config.inputSize).toEqual(expected);
  });

  it('keeps the range of bytes where do_rescale is off, and plain values where do_normalize is', async () => {
    const preprocessor = { size: 224, do_rescale: false, do_normalize: false, resample: 2 };
    const { config } = await readTransformersFolder(await folderWith({ preprocessor }));
    expect(config).toMatchObject({ rescale: 255, mean: [0], std: [1], interpolation: 'bilinear' });
  });

  it('follows another rescale_factor', async () => {
    // 1 / 127.5 maps bytes to [0, 2].
    const preprocessor = { ...vitPreprocessor, rescale_factor: 1 / 127.5 };
    const { config } = await readTransformersFolder(await folderWith({ preprocessor }));
    expect(config.rescale).toBeCloseTo(2, 12);
  });

  it('warns of a filter that it does not have', async () => {
    const preprocessor = { ...vitPreprocessor, resample: 1 };
    const { config, warnings } = await readTransformersFolder(await folderWith({ preprocessor }));
    expect(config.interpolation).toBe('bicubic');
    expect(warnings).toEqual([expect.stringContaining('resample 1')]);
  });

  it.each([
    ['no size', { ...vitPreprocessor, size: undefined }, 'size'],
    ['no mean', { ...vitPreprocessor, image_mean: undefined }, 'image_mean'],
    ['a standard deviation of zero', { ...vitPreprocessor, image_std: [0, 1, 1] }, 'image_std'],
    ['a size of another form', { ...vitPreprocessor, size: { longest_edge: 224 } }, 'size'],
  ])('refuses %s', async (_, preprocessor, reason) => {
    await expect(readTransformersFolder(await folderWith({ preprocessor }))).rejects.toMatchObject({
      code: 'ENCODER_INVALID',
      subject: expect.stringContaining('preprocessor_config.json'),
      reason: expect.stringContaining(reason),
    });
  });
});

describe('readTransformersFolder, model file', () => {
  it.each<[string[], Dtype | undefined, string]>([
    [['model.onnx', 'model_fp16.onnx'], undefined, 'model.onnx'],
    [['model_quantized.onnx'], undefined, 'model_quantized.onnx'],
    [['model.onnx', 'model_fp16.onnx'], 'fp16', 'model_fp16.onnx'],
    [['model.onnx', 'model_quantized.onnx', 'model_int8.onnx'], 'q8', 'model_quantized.onnx'],
    [['model.onnx', 'vision_model.onnx', 'text_model.onnx'], undefined, 'vision_model.onnx'],
    [['model.onnx', 'vision_model.onnx', 'vision_model_fp16.onnx'], 'fp16', 'vision_model_fp16.onnx'],
  ])('of %j with dtype %s takes %s', async (models, dtype, expected) => {
    const { modelFile } = await readTransformersFolder(await folderWith({ models }), dtype);
    expect(basename(modelFile)).toBe(expected);
  });

  it('finds each precision by the name that transformers.js has for it', async () => {
    // Of DEFAULT_DTYPE_SUFFIX_MAPPING in transformers.js, src/utils/dtypes.js.
    const expected: Readonly<Record<Dtype, string>> = {
      fp32: 'model.onnx',
      fp16: 'model_fp16.onnx',
      int8: 'model_int8.onnx',
      uint8: 'model_uint8.onnx',
      q8: 'model_quantized.onnx',
      q4: 'model_q4.onnx',
      q4f16: 'model_q4f16.onnx',
      bnb4: 'model_bnb4.onnx',
    };
    const folder = await folderWith({ models: Object.values(expected) });
    for (const dtype of dtypes) {
      const { modelFile } = await readTransformersFolder(folder, dtype);
      expect(basename(modelFile)).toBe(expected[dtype]);
    }
    expect(dtypes).toHaveLength(Object.keys(expected).length);
  });

  it.each<[string[], Dtype | undefined, string]>([
    [['model_fp16.onnx', 'model_int8.onnx'], undefined, 'model_fp16.onnx, model_int8.onnx'],
    [['model.onnx'], 'q4', 'model.onnx'],
    [['decoder.onnx'], undefined, 'no model file'],
  ])('of %j with dtype %s takes none, and lists what there is', async (models, dtype, listed) => {
    const folder = await folderWith({ models });
    await expect(readTransformersFolder(folder, dtype)).rejects.toMatchObject({
      code: 'ENCODER_INVALID',
      reason: expect.stringContaining(listed),
    });
  });

  it('refuses a folder without onnx/', async () => {
    await expect(readTransformersFolder(await mkdtemp(join(root, 'empty-')))).rejects.toMatchObject({
      code: 'ENCODER_INVALID',
      reason: expect.stringContaining('onnx/'),
    });
  });
});

describe('readTransformersFolder, output', () => {
  const hidden = 'last_hidden_state';
  it.each([
    ['dinov2', { [hidden]: 3 }, { output: hidden, pooling: 'cls' }],
    ['vit', { [hidden]: 3, pooler_output: 2 }, { output: hidden, pooling: 'cls' }],
    ['vit', { pooler_output: 2 }, { output: 'pooler_output', pooling: 'none' }],
    ['dinov2', { [hidden]: 3, pooler_output: 2 }, { output: 'pooler_output', pooling: 'none' }],
    ['swin', { [hidden]: 3 }, { output: hidden, pooling: 'mean' }],
    ['swin', { [hidden]: 3, pooler_output: 2 }, { output: 'pooler_output', pooling: 'none' }],
    ['resnet', { [hidden]: 4, pooler_output: 4 }, { output: hidden, pooling: 'mean' }],
    ['clip', { [hidden]: 3, image_embeds: 2 }, { output: 'image_embeds', pooling: 'none' }],
    ['vit', { logits: 2 }, undefined],
  ])('of a %s with %j is %j', async (modelType, outputs, expected) => {
    const { chooseOutput } = await readTransformersFolder(
      await folderWith({ config: { model_type: modelType } }),
    );
    expect(chooseOutput(new Map(Object.entries(outputs)))).toEqual(expected);
  });

  it('is the mean of the patches where the configuration says so', async () => {
    const folder = await folderWith({ config: { model_type: 'beit', use_mean_pooling: true } });
    const { chooseOutput } = await readTransformersFolder(folder);
    expect(chooseOutput(new Map([[hidden, 3]]))).toEqual({ output: hidden, pooling: 'patch-mean' });
  });
});
