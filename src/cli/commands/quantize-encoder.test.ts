import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeTinyVolumes } from '../../../tests/archive-fixtures.js';
import { voxseekHere } from '../../../tests/command-in-process.js';
import { documentedFields, jsonFields } from '../../../tests/json-fields.js';
import { writeOnnxModel } from '../../../tests/onnx-model.js';
import { randomNumbers } from '../../../tests/random.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';

const folder = temporaryFolder();
const scans = temporaryFolder();
const model = join(folder, 'tiny.onnx');
const out = join(folder, 'tiny-q8.onnx');
const archive = join(folder, 'archive');

beforeAll(async () => {
  const random = randomNumbers(3);
  const [inputs, outputs] = [3 * 8 * 8, 64];
  const values = Float32Array.from({ length: inputs * outputs }, () => random() - 0.5);
  writeFileSync(
    model,
    writeOnnxModel({
      inputs: [{ name: 'image', shape: ['batch', 3, 8, 8] }],
      outputs: [{ name: 'embedding', shape: ['batch', outputs] }],
      nodes: [
        { op: 'Flatten', inputs: ['image'], output: 'flat' },
        { op: 'MatMul', inputs: ['flat', 'weights'], output: 'embedding' },
      ],
      initializers: [{ name: 'weights', shape: [inputs, outputs], values }],
    }),
  );
  writeFileSync(model.replace('.onnx', '.json'), '{"mean": 0.5, "std": 0.25}');
  await writeTinyVolumes(scans, 'case', 4);
});

describe('voxseek encoders quantize', () => {
  it('prints JSON with the fields that docs/encoders.md lists', async () => {
    const { code, stdout } = await voxseekHere(
      'encoders',
      'quantize',
      model,
      out,
      '--calibrate',
      scans,
      '--json',
    );
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      model,
      written: out,
      layers: 1,
      weights: 192 * 64,
      convolutions: { integer: 0, float: 0 },
      bytes: { before: readFileSync(model).length, after: readFileSync(out).length },
      comparedOn: scans,
      volumes: 4,
      // The first slice of five is air.
      slices: 16,
    });
    expect(report.cosine.mean).toBeGreaterThan(0.999);
    expect(report.cosine.mean).toBeLessThan(1);
    expect(report.cosine.worst).toBeLessThanOrEqual(report.cosine.mean);
    const page = readFileSync(new URL('../../../docs/encoders.md', import.meta.url), 'utf8');
    const section = /## Cheaper encoders.*?(?=\n## )/s.exec(page)![0];
    expect(jsonFields(report).sort()).toEqual(documentedFields(section).sort());
  });

  it('writes an encoder that an archive can be made with, and is compared on that', async () => {
    expect((await voxseekHere('ingest', archive, scans, '--encoder', out, '--json')).code).toBe(0);
    const again = join(folder, 'tiny-q7.onnx');
    const { code, stdout } = await voxseekHere(
      ...[
        'encoders',
        'quantize',
        model,
        again,
        '--calibrate',
        archive,
        '--weight-bits',
        '7',
        '--threads',
        '1',
      ],
    );
    expect(code).toBe(0);
    expect(stdout).toContain('weights of 7 bits');
    expect(stdout).toContain('on 16 slices of 4 volumes');
    expect(stdout).toMatch(/cosine +mean 0\.9\d+, worst 0\.9/);
  });

  it('needs volumes for convolutions, and takes their slices', async () => {
    const bare = await voxseekHere('encoders', 'quantize', model, out, '--convolutions');
    expect(bare.code).toBe(64);
    expect(bare.stderr).toContain('--calibrate');
    const network = join(folder, 'conv.onnx');
    const random = randomNumbers(4);
    writeFileSync(
      network,
      writeOnnxModel({
        inputs: [{ name: 'image', shape: ['batch', 3, 8, 8] }],
        outputs: [{ name: 'embedding', shape: ['batch', 16, 1, 1] }],
        nodes: [
          { op: 'Conv', inputs: ['image', 'w'], output: 'features' },
          { op: 'Relu', inputs: ['features'], output: 'positive' },
          { op: 'GlobalAveragePool', inputs: ['positive'], output: 'embedding' },
        ],
        initializers: [
          {
            name: 'w',
            shape: [16, 3, 3, 3],
            values: Float32Array.from({ length: 432 }, () => random() - 0.5),
          },
        ],
      }),
    );
    writeFileSync(network.replace('.onnx', '.json'), '{"mean": 0.5, "std": 0.25}');
    const written = network.replace('.onnx', '-q8.onnx');
    const { code, stdout } = await voxseekHere(
      ...['encoders', 'quantize', network, written, '--calibrate', scans, '--convolutions', '--json'],
    );
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ layers: 0, convolutions: { integer: 1, float: 0 } });
    expect(report.cosine.worst).toBeGreaterThan(0.999);
  });

  it('refuses what is no number of slices, and names what is not there', async () => {
    expect((await voxseekHere('encoders', 'quantize', model, out, '--slices', '0')).code).toBe(64);
    const missing = join(folder, 'missing');
    const { code, stderr } = await voxseekHere('encoders', 'quantize', model, out, '--calibrate', missing);
    expect(code).toBe(66);
    expect(stderr).toContain(missing);
  });
});
