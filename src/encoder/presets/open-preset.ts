import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { VoxseekError } from '../../errors.js';
import { writeWhole } from '../../write-whole.js';
import type { Encoder } from '../encoder.js';
import { downloadHubFile, hubUrl } from '../hub.js';
import { createOnnxEncoder, type OnnxEncoderOptions } from '../onnx.js';
import { presetModelFile, presetState } from './cache.js';
import type { EncoderPreset } from './presets.js';

/**
 * Writes the preset's configuration beside its model, unless it stands there already: a cache that several
 * users share may be read-only. A file that says something else is replaced, because the preset's name has to
 * mean the same everywhere; --encoder-config is the way to another configuration.
 */
async function writeConfig(file: string, config: EncoderPreset['config']): Promise<void> {
  try {
    if (isDeepStrictEqual(JSON.parse(await readFile(file, 'utf8')), config)) return;
  } catch {
    // Missing or broken: it is written below.
  }
  await writeWhole(file, (temporary) => writeFile(temporary, `${JSON.stringify(config, null, 2)}\n`));
}

/**
 * Opens a preset from the cache. Its model is downloaded first where the hub has it and the cache has not, which
 * `onWarning` is told.
 *
 * @throws VoxseekError DOWNLOAD_FAILED; FILE_NOT_FOUND where the model has to be exported first; ENCODER_INVALID
 *   where the file in the cache is another network; and what createOnnxEncoder throws.
 */
export async function openPreset(preset: EncoderPreset, options: OnnxEncoderOptions): Promise<Encoder> {
  const { name, config, dimension, hub } = preset;
  const modelFile = presetModelFile(preset);
  if (presetState(preset) !== 'ready') {
    if (hub === undefined) {
      throw new VoxseekError('FILE_NOT_FOUND', `the weights of ${name} have to be exported once`, {
        subject: modelFile,
        advice: `Get them from ${preset.weights}, then: python3 tools/export/export.py ${name} --weights FILE --out ${dirname(modelFile)} (docs/paper-encoders.md).`,
      });
    }
    options.onWarning?.(`${name}: downloading ${hubUrl(hub)} to ${modelFile}.`);
    await downloadHubFile(hub, modelFile);
  }
  const configFile = modelFile.replace(/\.onnx$/, '.json');
  if (options.configFile === undefined) await writeConfig(configFile, config);
  const encoder = await createOnnxEncoder(modelFile, options);
  const found = encoder.identity.dimension;
  if (dimension !== null && found !== dimension) {
    await encoder.close();
    throw new VoxseekError('ENCODER_INVALID', `gives ${found} numbers; ${name} has ${dimension}`, {
      subject: modelFile,
      advice: 'Remove it from the cache and download or export it again.',
    });
  }
  return encoder;
}
