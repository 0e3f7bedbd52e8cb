import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { hubUrl } from '../hub.js';
import { readModelConfig } from '../model-config.js';
import { encoderPresets } from './presets.js';

const documentation = readFileSync(new URL('../../../docs/paper-encoders.md', import.meta.url), 'utf8');
const folder = temporaryFolder();

describe('encoderPresets', () => {
  it('has the six encoders of the paper, each with a configuration that Voxseek reads', async () => {
    expect(encoderPresets.map(({ name }) => name)).toEqual([
      'dinov1-vitb16',
      'dinov2-vitb14',
      'dreamsim',
      'swin-radimagenet',
      'resnet50-radimagenet',
      'resnet50-fractal',
    ]);
    for (const { name, config } of encoderPresets) {
      const file = join(folder, `${name}.json`);
      writeFileSync(file, JSON.stringify(config));
      expect(await readModelConfig(file)).toMatchObject({ inputSize: [224, 224], channels: 3 });
    }
  });

  it('names a commit, not a branch, for what it downloads', () => {
    const hubs = encoderPresets.flatMap(({ hub }) => (hub === undefined ? [] : [hub]));
    expect(hubs.length).toBeGreaterThan(0);
    for (const { revision } of hubs) expect(revision).toMatch(/^[0-9a-f]{40}$/);
  });

  it('is the table of docs/paper-encoders.md, row by row', () => {
    const rows = documentation
      .split('\n')
      .filter((line) => /^\| `[a-z0-9-]+` \| (\d+|768 or 1024) \|/.test(line));
    const expected = encoderPresets.map(({ name, dimension, licence, config }) => {
      const normalisation = `${config.mean.join(' ')} \\| ${config.std.join(' ')}`;
      const pooling = config.pooling === 'cls' ? 'class token' : 'none';
      return `| \`${name}\` | ${dimension ?? '768 or 1024'} | ${config.inputSize}, ${config.interpolation} | ${normalisation} | ${pooling} | ${licence} |`;
    });
    expect(rows).toEqual(expected);
  });

  it('documents where every weight comes from', () => {
    for (const { weights, hub } of encoderPresets) {
      expect(documentation).toContain(weights);
      if (hub !== undefined) expect(documentation).toContain(hubUrl(hub, 'https://huggingface.co'));
    }
  });
});
