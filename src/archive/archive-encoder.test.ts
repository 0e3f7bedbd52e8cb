import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tinyManifest } from '../../tests/archive-fixtures.js';
import { type Model, writeOnnxModel } from '../../tests/onnx-model.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { defaultEncoder } from '../encoder/catalog.js';
import { Archive } from './archive.js';
import { openArchiveEncoder, openForIngest } from './archive-encoder.js';

const folder = temporaryFolder();

describe('openForIngest', () => {
  it('makes an archive of the default encoder, axial, every slice; and opens it again without options', async () => {
    const path = join(folder, 'default');
    for (let time = 0; time < 2; time++) {
      const { archive, encoder } = await openForIngest(path);
      expect(encoder.identity.name).toBe(defaultEncoder);
      expect(archive.manifest).toMatchObject({
        encoder: encoder.identity,
        encoderSource: { name: defaultEncoder, options: {} },
        slicing: { plane: 'axial', everyMm: null },
      });
      await archive.close();
      await encoder.close();
    }
  });

  it('holds to the precision it was made with, and records the device without holding to it', async () => {
    const model = join(folder, 'two-precisions');
    mkdirSync(join(model, 'onnx'), { recursive: true });
    const network = (factor: number): Model => ({
      inputs: [{ name: 'image', shape: ['batch', 3, 2, 2] }],
      outputs: [{ name: 'embedding', shape: ['batch', 12] }],
      nodes: [
        { op: 'Flatten', inputs: ['image'], output: 'flat' },
        { op: 'Mul', inputs: ['flat', 'factor'], output: 'embedding' },
      ],
      initializers: [{ name: 'factor', shape: [], values: Float32Array.of(factor) }],
    });
    writeFileSync(join(model, 'onnx', 'model.onnx'), writeOnnxModel(network(1)));
    writeFileSync(join(model, 'onnx', 'model_int8.onnx'), writeOnnxModel(network(2)));
    writeFileSync(join(model, 'config.json'), '{"model_type": "x"}');
    writeFileSync(join(model, 'preprocessor_config.json'), '{"size": 2, "do_normalize": false}');
    const path = join(folder, 'int8');
    const made = await openForIngest(path, { encoder: model, dtype: 'int8', device: 'auto' });
    expect(made.archive.manifest.encoderSource).toEqual({
      name: model,
      options: { dtype: 'int8' },
      device: made.encoder.device,
    });
    await made.archive.close();
    await made.encoder.close();
    await expect(openForIngest(path, { encoder: model })).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
    const again = await openForIngest(path, { device: 'cpu' });
    expect(again.encoder.identity).toEqual(made.encoder.identity);
    await again.archive.close();
    await again.encoder.close();
  });

  it('takes the slicing of the archive where none is given, and refuses another one', async () => {
    const path = join(folder, 'coronal');
    const made = await openForIngest(path, { plane: 'coronal', everyMm: 4 });
    await made.archive.close();
    await made.encoder.close();
    const again = await openForIngest(path);
    expect(again.archive.manifest.slicing).toEqual({ plane: 'coronal', everyMm: 4 });
    await again.archive.close();
    await again.encoder.close();
    await expect(openForIngest(path, { plane: 'axial' })).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
    await expect(openForIngest(path, { everyMm: 5 })).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a distance of %d mm, and makes nothing',
    async (everyMm) => {
      const path = join(folder, `distance-${everyMm}`);
      await expect(openForIngest(path, { everyMm })).rejects.toMatchObject({ code: 'USAGE' });
      expect(existsSync(path)).toBe(false);
    },
  );

  it('makes nothing where the encoder does not exist', async () => {
    const path = join(folder, 'no-encoder');
    await expect(openForIngest(path, { encoder: join(folder, 'none.onnx') })).rejects.toMatchObject({
      code: 'ENCODER_UNKNOWN',
    });
    expect(existsSync(path)).toBe(false);
  });
});

describe('openArchiveEncoder', () => {
  it('opens the encoder that the archive was made with', async () => {
    const { archive, encoder } = await openForIngest(join(folder, 'reopened'));
    const again = await openArchiveEncoder(archive);
    expect(again.identity).toEqual(encoder.identity);
    for (const one of [again, encoder, archive]) await one.close();
  });

  it('refuses one that has changed since', async () => {
    const archive = await Archive.openOrCreate(
      join(folder, 'changed'),
      tinyManifest({ encoderSource: { name: defaultEncoder, options: {} } }),
    );
    await expect(openArchiveEncoder(archive)).rejects.toMatchObject({ code: 'ENCODER_MISMATCH' });
    await archive.close();
  });
});
