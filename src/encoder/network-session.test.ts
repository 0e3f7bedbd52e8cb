import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/error-of.js';
import { type Model, writeOnnxModel } from '../../tests/onnx-model.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { VoxseekError } from '../errors.js';
import { openEncoder } from './catalog.js';
import type { Encoder } from './encoder.js';
import { createOnnxEncoder } from './onnx.js';

const folder = temporaryFolder();
const model: Model = {
  inputs: [{ name: 'image', shape: ['batch', 1, 2, 3] }],
  outputs: [{ name: 'embedding', shape: ['batch', 6] }],
  nodes: [{ op: 'Flatten', inputs: ['image'], output: 'embedding' }],
};
const file = join(folder, 'flatten.onnx');
writeFileSync(file, writeOnnxModel(model));
writeFileSync(join(folder, 'flatten.json'), '{"mean": 0, "std": 1}');

const slice = {
  pixels: Float32Array.of(-800, 400, 0, -100, 900, 300),
  width: 3,
  height: 2,
  pixelSpacing: [1, 1],
} as const;
const intensity = { modality: 'CT', percentiles: [-1000, 1000] } as const;
/** In the default window of -1000 to 1000 HU, at length 1. */
const values = [0.1, 0.7, 0.5, 0.45, 0.95, 0.65];
const expected = values.map((value) => value / Math.hypot(...values));

const opened: Encoder[] = [];
afterAll(() => Promise.all(opened.map((encoder) => encoder.close())));

async function expectRight(encoder: Encoder): Promise<void> {
  opened.push(encoder);
  const embedding = await encoder.embed([slice], intensity);
  for (const [i, value] of expected.entries()) expect(embedding[i]).toBeCloseTo(value, 3);
}

describe('the device of an encoder', () => {
  it('is the CPU by default, and recorded', async () => {
    const encoder = await createOnnxEncoder(file);
    expect(encoder.device).toBe('cpu');
    await expectRight(encoder);
  });

  it.each(['webgpu', 'cuda'] as const)(
    '%s gives the same embedding, or an error that says why not',
    async (device) => {
      const outcome: unknown = await createOnnxEncoder(file, { device }).catch((error: unknown) => error);
      if (!(outcome instanceof VoxseekError)) {
        const encoder = outcome as Encoder;
        expect(encoder.device).toBe(device);
        return expectRight(encoder);
      }
      expect(outcome).toMatchObject({ code: 'ENCODER_DEVICE', subject: file });
      expect(outcome.message).toContain(`cannot run on ${device}`);
      expect(outcome.message).toContain('--device cpu');
    },
  );

  it('chosen by itself is one that is there, and said', async () => {
    const said: string[] = [];
    const encoder = await createOnnxEncoder(file, {
      device: 'auto',
      onWarning: (message) => said.push(message),
    });
    expect(said).toEqual([`${file}: runs on ${encoder.device}.`]);
    await expectRight(encoder);
  });

  it('is not blamed for a model that is broken', async () => {
    const broken = join(folder, 'broken.onnx');
    writeFileSync(broken, writeOnnxModel(model).subarray(0, 40));
    for (const device of ['cpu', 'webgpu', 'cuda', 'auto'] as const) {
      expect(await errorOf(createOnnxEncoder(broken, { device }))).toMatchObject({
        code: 'ENCODER_INVALID',
        subject: broken,
      });
    }
  });

  it('is no choice for the built-in encoder', async () => {
    expect((await errorOf(openEncoder('descriptor-v1', { device: 'cuda' }))).code).toBe('ENCODER_DEVICE');
    const encoder = await openEncoder('descriptor-v1', { device: 'auto' });
    expect(encoder.device).toBeUndefined();
  });
});
