import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type HubServer, startHubServer } from '../../../tests/hub-server.js';
import { writeOnnxModel } from '../../../tests/onnx-model.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { listEncoders, openEncoder } from '../catalog.js';
import { presetModelFile } from './cache.js';
import { encoderPresets } from './presets.js';

/** Cuts the image into 3 * 224 * 224 / dimension tokens: the smallest network with the output of a ViT. */
function tokensModel(dimension: number): Uint8Array {
  return writeOnnxModel({
    inputs: [{ name: 'pixel_values', shape: ['batch', 3, 224, 224] }],
    outputs: [{ name: 'last_hidden_state', shape: ['batch', 'tokens', dimension] }],
    nodes: [{ op: 'Reshape', inputs: ['pixel_values', 'shape'], output: 'last_hidden_state' }],
    initializers: [
      { name: 'shape', type: 'int64', shape: [3], values: new BigInt64Array([0n, -1n, BigInt(dimension)]) },
    ],
  });
}

const root = temporaryFolder();
let caches = 0;
let server: HubServer;
let content: Uint8Array;
beforeEach(async () => {
  content = tokensModel(768);
  server = await startHubServer((_, __, response) => void response.end(content));
  vi.stubEnv('VOXSEEK_CACHE', join(root, `cache-${caches++}`));
  vi.stubEnv('HF_ENDPOINT', server.endpoint);
  vi.stubEnv('HF_HUB_OFFLINE', '');
});
afterEach(async () => {
  await server.close();
  vi.unstubAllEnvs();
});

const stateOf = (name: string) => listEncoders().find((listing) => listing.name === name)?.state;
const presetOf = (name: string) => encoderPresets.find((preset) => preset.name === name)!;

function putIntoCache(name: string, model: Uint8Array): string {
  const file = presetModelFile({ name });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, model);
  return file;
}

describe('openEncoder with the name of a preset', () => {
  it('downloads the model once and opens it with the configuration of the preset', async () => {
    const warnings: string[] = [];
    expect(stateOf('dinov1-vitb16')).toBe('download');
    for (let time = 0; time < 2; time++) {
      const encoder = await openEncoder('dinov1-vitb16', { onWarning: (text) => warnings.push(text) });
      expect(encoder.identity).toMatchObject({
        name: 'dinov1-vitb16',
        dimension: 768,
        preprocessing: { inputSize: [224, 224], pooling: 'cls', mean: [0.485, 0.456, 0.406] },
      });
      expect(encoder.identity.preprocessing).not.toHaveProperty('assumed');
      await encoder.close();
    }
    expect(stateOf('dinov1-vitb16')).toBe('ready');
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/Xenova/dino-vitb16/resolve/8fed93ed1ac77a7e7adcde0649a937b29b4f1e65/onnx/model.onnx',
    ]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(server.endpoint);
  });

  it('refuses a server that gives another file than the one whose hash is known', async () => {
    await expect(openEncoder('dinov2-vitb14')).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      exitCode: 69,
      httpStatus: 502,
    });
    expect(stateOf('dinov2-vitb14')).toBe('download');
  });

  it('needs no network for what is in the cache', async () => {
    putIntoCache('dinov2-vitb14', content);
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const encoder = await openEncoder('dinov2-vitb14');
    expect(encoder.identity.dimension).toBe(768);
    await encoder.close();
    expect(server.requests).toHaveLength(0);
    await expect(openEncoder('dinov1-vitb16')).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  });

  it('says how to export what nobody serves', async () => {
    expect(stateOf('dreamsim')).toBe('export');
    await expect(openEncoder('dreamsim')).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      advice: expect.stringContaining('tools/export/export.py dreamsim'),
    });
    expect(server.requests).toHaveLength(0);
  });

  it('refuses another network under the name of a preset', async () => {
    const file = putIntoCache('dinov1-vitb16', tokensModel(384));
    await expect(openEncoder('dinov1-vitb16')).rejects.toMatchObject({
      code: 'ENCODER_INVALID',
      subject: file,
    });
  });

  it('keeps its own configuration beside the model, and takes another where one is given', async () => {
    const file = putIntoCache('dinov1-vitb16', content);
    const beside = file.replace('.onnx', '.json');
    writeFileSync(beside, '{"mean": 0.1, "std": 2, "pooling": "cls"}');
    const encoder = await openEncoder('dinov1-vitb16');
    expect(encoder.identity.preprocessing).toMatchObject({ std: [0.229, 0.224, 0.225] });
    await encoder.close();
    expect(JSON.parse(readFileSync(beside, 'utf8'))).toEqual(presetOf('dinov1-vitb16').config);

    const configFile = join(root, 'own.json');
    writeFileSync(configFile, '{"inputSize": 224, "mean": 0.25, "std": 2, "pooling": "mean"}');
    const windows = [{ low: -100, high: 100 }];
    const own = await openEncoder('dinov1-vitb16', { configFile, windows });
    expect(own.identity.preprocessing).toMatchObject({
      mean: [0.25, 0.25, 0.25],
      pooling: 'mean',
      intensity: { CT: [[-100, 100]] },
    });
    await own.close();
  });
});
