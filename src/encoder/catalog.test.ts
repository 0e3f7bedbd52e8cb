import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOnnxModel } from '../../tests/onnx-model.js';
import { defaultEncoder, listEncoders, openEncoder } from './catalog.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxseek-catalog-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('listEncoders', () => {
  it('lists the default encoder, with the dimension that it has when opened', async () => {
    const listings = listEncoders();
    expect(listings.map(({ name }) => name)).toContain(defaultEncoder);
    for (const { name, dimension, kind } of listings) {
      if (kind === 'preset') continue;
      const encoder = await openEncoder(name);
      expect(encoder.identity).toMatchObject({ name, dimension });
      await encoder.close();
    }
  });
});

describe('openEncoder', () => {
  it('opens the model at a path', async () => {
    const path = join(folder, 'mean.onnx');
    await writeFile(
      path,
      writeOnnxModel({
        inputs: [{ name: 'image', shape: ['batch', 3, 8, 8] }],
        outputs: [{ name: 'embedding', shape: ['batch', 3, 1, 1] }],
        nodes: [{ op: 'GlobalAveragePool', inputs: ['image'], output: 'embedding' }],
      }),
    );
    const encoder = await openEncoder(path);
    expect(encoder.identity).toMatchObject({ name: 'mean', dimension: 3 });
    await encoder.close();
  });

  it('says what there is where the name is unknown', async () => {
    await expect(openEncoder('resnet50')).rejects.toMatchObject({
      code: 'ENCODER_UNKNOWN',
      subject: 'resnet50',
      advice: expect.stringContaining(defaultEncoder),
    });
  });

  it('names the configuration, not the encoder, where that is what is missing', async () => {
    const configFile = join(folder, 'none.json');
    await expect(openEncoder(join(folder, 'mean.onnx'), { configFile })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      subject: configFile,
    });
  });

  it.each([{ windows: [{ low: 0, high: 1 }] }, { configFile: 'model.json' }, { dtype: 'fp16' }] as const)(
    'refuses %j for a built-in encoder',
    async (options) => {
      await expect(openEncoder(defaultEncoder, options)).rejects.toMatchObject({ code: 'USAGE' });
    },
  );
});
