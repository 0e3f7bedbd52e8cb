import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fromSystemError, VoxseekError } from '../errors.js';
import { type ModelConfig, readModelConfig } from './model-config.js';
import { type Dtype, type OutputChoice, readTransformersFolder } from './transformers-folder.js';
import type { HounsfieldWindow } from './window.js';

/** Where a model comes from and what is said about it, before it is opened. */
export interface ModelSource {
  /** Base name of the file without .onnx, or of the folder. */
  readonly name: string;
  readonly modelFile: string;
  /** undefined where no configuration was found. */
  readonly config: ModelConfig | undefined;
  /** Where the configuration came from, or would have to be written. */
  readonly configFile: string;
  /** Windows that take the place of the configured ones. */
  readonly windows: readonly HounsfieldWindow[] | undefined;
  /** The rule of the folder's layout for outputs that the configuration does not name. */
  readonly chooseOutput?: (outputs: ReadonlyMap<string, number>) => OutputChoice | undefined;
}

export interface ModelSourceOptions {
  /**
   * JSON configuration to use in place of the one beside the model; for a folder, its fields take the place
   * of those of the folder.
   */
  readonly configFile?: string;
  /** One window for all channels or three, in place of the configured ones. */
  readonly windows?: readonly HounsfieldWindow[];
  /** Which model file of a folder; by default model.onnx, else the only one. */
  readonly dtype?: Dtype;
  /** Told what was assumed, in whole sentences; default: nobody. */
  readonly onWarning?: (message: string) => void;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const known = fromSystemError(error, path);
    if (known.code === 'FILE_NOT_FOUND') return false;
    throw known;
  }
}

async function locateFolder(folder: string, options: ModelSourceOptions): Promise<ModelSource> {
  const { modelFile, config, chooseOutput, warnings } = await readTransformersFolder(folder, options.dtype);
  for (const warning of warnings) options.onWarning?.(warning);
  const own = options.configFile === undefined ? {} : await readModelConfig(options.configFile);
  return {
    name: basename(resolve(folder)),
    modelFile,
    config: { ...config, ...own },
    configFile: options.configFile ?? folder,
    windows: options.windows,
    chooseOutput,
  };
}

async function locateFile(modelFile: string, options: ModelSourceOptions): Promise<ModelSource> {
  if (options.dtype !== undefined) {
    throw new VoxseekError('USAGE', 'a dtype chooses among the files of a folder, but this is a file', {
      subject: modelFile,
      advice: 'Leave the dtype out.',
    });
  }
  const beside = modelFile.replace(/(\.onnx)?$/, '.json');
  const found = options.configFile ?? ((await exists(beside)) ? beside : undefined);
  return {
    name: basename(modelFile, '.onnx'),
    modelFile,
    config: found === undefined ? undefined : await readModelConfig(found),
    configFile: found ?? beside,
    windows: options.windows,
  };
}

/**
 * Finds the model file and the configuration of an encoder that a user brings: a single .onnx file with a
 * JSON of the same name beside it, or a folder in the layout of transformers.js.
 *
 * @throws VoxseekError ENCODER_INVALID, FILE_NOT_FOUND, FILE_NOT_READABLE; USAGE for a dtype with a file.
 */
export async function locateModel(path: string, options: ModelSourceOptions): Promise<ModelSource> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw fromSystemError(error, path);
  }
  return isFolder ? locateFolder(path, options) : locateFile(path, options);
}
