import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  describeWithDataAndModels,
  describeWithModels,
  sharedData,
  sharedModels,
} from '../../tests/shared.js';
import { intensityContext } from '../volume/intensity.js';
import { readVolume } from '../volume/read.js';
import { extractSlice } from '../volume/slice.js';
import type { IntensityContext, SliceImage } from '../volume/volume.js';
import type { Encoder } from './encoder.js';
import { createOnnxEncoder } from './onnx.js';

const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const half = { mean: 0.5, std: 0.5 };
const models = [
  { name: 'mobilenetv2_imagenet', dimension: 1280, config: half },
  { name: 'mobilenetv1_imagenet', dimension: 1024, config: half },
  { name: 'mobilenetv1_025_128_imagenet', dimension: 256, config: half },
  { name: 'squeezenet11_imagenet', dimension: 512, config: { inputSize: 224, ...imageNet } },
];

const ct: IntensityContext = { modality: 'CT', percentiles: [-1000, 1000] };

/** An ellipse of tissue with a bright disc, both of the given size, in air. */
function phantom(radius: number): SliceImage {
  const pixels = Float32Array.from({ length: 100 * 80 }, (_, index) => {
    const x = (index % 100) - 50;
    const y = Math.floor(index / 100) - 40;
    if (Math.hypot(x - 5, y + 3) < radius / 4) return 600;
    return Math.hypot(x, y * 1.3) < radius ? 40 : -1000;
  });
  return { pixels, width: 100, height: 80, pixelSpacing: [3, 3] };
}

const cosine = (embeddings: Float32Array, dimension: number, first: number, second: number): number => {
  let sum = 0;
  for (let index = 0; index < dimension; index++) {
    sum += embeddings[first * dimension + index]! * embeddings[second * dimension + index]!;
  }
  return sum;
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxseek-models-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function openWithConfig(name: string, config: unknown): Promise<Encoder> {
  const file = join(folder, `${name}.onnx`);
  await symlink(join(sharedModels, `${name}.onnx`), file);
  await writeFile(join(folder, `${name}.json`), JSON.stringify(config));
  return createOnnxEncoder(file);
}

describeWithModels('createOnnxEncoder with real networks', () => {
  it.each(models)('$name gives $dimension numbers that do not depend on the batch', async (model) => {
    const encoder = await openWithConfig(model.name, model.config);
    expect(encoder.identity).toMatchObject({ name: model.name, dimension: model.dimension });
    const slices = Array.from({ length: 19 }, (_, index) => phantom(12 + index));
    const together = await encoder.embed(slices, ct);
    expect(together).toHaveLength(19 * model.dimension);
    for (const index of [0, 7, 15, 16, 18]) {
      const alone = await encoder.embed([slices[index]!], ct);
      const row = together.subarray(index * model.dimension, (index + 1) * model.dimension);
      expect(Math.hypot(...row)).toBeCloseTo(1, 6);
      expect(Math.max(...alone.map((value, item) => Math.abs(value - row[item]!)))).toBeLessThan(1e-6);
    }
    // A neighbouring size is more alike than a distant one.
    expect(cosine(together, model.dimension, 0, 1)).toBeGreaterThan(cosine(together, model.dimension, 0, 18));
    await encoder.close();
  });

  it('opens a network without configuration, with a warning', async () => {
    const warnings: string[] = [];
    const file = join(sharedModels, 'mobilenetv1_025_128_imagenet.onnx');
    const encoder = await createOnnxEncoder(file, { onWarning: (message) => warnings.push(message) });
    expect(encoder.identity.preprocessing).toMatchObject({ inputSize: [128, 128], assumed: true });
    expect(encoder.identity.weightsHash).toBe(
      '1b014877b24559210508366703036010f7d2baa4f8e268294d8246bda8320fbe',
    );
    expect(warnings).toEqual([expect.stringContaining('mobilenetv1_025_128_imagenet.json')]);
    await encoder.close();
  });

  it('refuses a network of 3D volumes', async () => {
    await expect(createOnnxEncoder(join(sharedModels, 'meshnet3d_brain18.onnx'))).rejects.toMatchObject({
      code: 'ENCODER_INVALID',
      reason: expect.stringContaining('batch of 3D volumes'),
    });
  });
});

describeWithDataAndModels('createOnnxEncoder on real volumes', () => {
  it.each([
    ['openkbp_train_001_ct.nii.gz', 'CT'],
    ['openms_patient01_FLAIR_mr.nii.gz', 'MR'],
  ] as const)('finds in %s that neighbours are more alike than slices far apart', async (name, modality) => {
    const volume = await readVolume(join(sharedData, name));
    const intensity = intensityContext(volume, modality, name);
    const middle = Math.floor(volume.size[2] / 2);
    const far = Math.floor(volume.size[2] / 4);
    const slices = [middle, middle + 1, far].map((index) => extractSlice(volume, 'axial', index));
    const encoder = await createOnnxEncoder(join(sharedModels, 'mobilenetv1_025_128_imagenet.onnx'));
    const embeddings = await encoder.embed(slices, intensity);
    const { dimension } = encoder.identity;
    expect(cosine(embeddings, dimension, 0, 1)).toBeGreaterThan(cosine(embeddings, dimension, 0, 2));
    await encoder.close();
  });
});
