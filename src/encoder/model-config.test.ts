import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleModelConfig, readModelConfig } from './model-config.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxseek-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: unknown) {
  const file = join(folder, 'model.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readModelConfig(file);
}

describe('readModelConfig', () => {
  it('reads the example that its errors show', async () => {
    expect(await read(exampleModelConfig)).toEqual({
      inputSize: [224, 224],
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      pooling: 'none',
      window: [{ low: -1000, high: 1000 }],
    });
  });

  it('reads every field', async () => {
    expect(
      await read({
        inputSize: [384, 512],
        mean: 0.5,
        std: [0.25],
        rescale: 255,
        channels: 3,
        interpolation: 'bicubic',
        window: ['lung', [-160, 240], 'bone'],
        input: 'pixel_values',
        output: 'last_hidden_state',
        pooling: 'cls',
        batchSize: 4,
      }),
    ).toEqual({
      inputSize: [384, 512],
      mean: [0.5],
      std: [0.25],
      rescale: 255,
      channels: 3,
      interpolation: 'bicubic',
      window: [
        { low: -1350, high: 150 },
        { low: -160, high: 240 },
        { low: -500, high: 1300 },
      ],
      input: 'pixel_values',
      output: 'last_hidden_state',
      pooling: 'cls',
      batchSize: 4,
    });
  });

  it.each([
    [{ window: [-160, 240] }, [{ low: -160, high: 240 }]],
    [{ window: '-160:240' }, [{ low: -160, high: 240 }]],
    [
      { window: 'brain,brain,liver' },
      [
        { low: 0, high: 80 },
        { low: 0, high: 80 },
        { low: -45, high: 105 },
      ],
    ],
  ])('reads the window of %j', async (content, windows) => {
    expect((await read(content)).window).toEqual(windows);
  });

  it.each([
    ['{"inputSize": 224,', 'not JSON'],
    ['[]', 'expected object'],
    [{ inputSize: 0 }, 'inputSize'],
    [{ inputSize: [224] }, 'inputSize'],
    [{ inputSize: '224' }, 'inputSize'],
    [{ mean: [0.1, 0.2] }, 'mean'],
    [{ std: 0 }, 'std'],
    [{ std: [1, -1, 1] }, 'std'],
    [{ channels: 2 }, 'channels'],
    [{ pooling: 'max' }, 'pooling'],
    [{ window: 'bones' }, 'window'],
    [{ window: [240, -160] }, 'window'],
    [{ window: ['lung', 'bone'] }, 'window'],
    [{ window: ['lung', 'bone', 'lung,bone,wide'] }, 'window'],
    [{ interpolation: 'nearest' }, 'interpolation'],
    [{ batchSize: 0 }, 'batchSize'],
    [{ inputsize: 224 }, 'inputsize'],
  ])('refuses %j', async (content, reason) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'ENCODER_INVALID',
      subject: join(folder, 'model.json'),
      reason: expect.stringContaining(reason),
      advice: expect.stringContaining('"inputSize": 224'),
    });
  });

  it('lists all that is wrong, not only the first', async () => {
    await expect(read({ pooling: 'max', batchSize: -1 })).rejects.toThrow(/pooling.*batchSize/);
  });

  it('says when the file is missing', async () => {
    await expect(readModelConfig(join(folder, 'none.json'))).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });
});
