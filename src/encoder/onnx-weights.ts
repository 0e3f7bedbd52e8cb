import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fromSystemError } from '../errors.js';
import { externalData, messagesOf } from './onnx-messages.js';

/**
 * Names of the files beside a model that hold weights too (external data), sorted; relative to its folder.
 *
 * @param model content of an .onnx file (a ModelProto of onnx.proto).
 */
function externalDataFiles(model: Uint8Array): string[] {
  const locations = new Set<string>();
  for (const tensor of messagesOf('TensorProto', model)) {
    const location = externalData(tensor).get('location');
    if (location !== undefined) locations.add(location);
  }
  return [...locations].sort();
}

/**
 * SHA-256 of the weights: that of the .onnx file as `sha256sum` prints it; where it has external data, that
 * of the .onnx file and these files one after the other, sorted by name (`cat model.onnx model.onnx_data |
 * sha256sum`).
 *
 * @param modelFile a model that onnxruntime could load.
 * @param model its content.
 * @throws VoxseekError FILE_NOT_FOUND or FILE_NOT_READABLE.
 */
export async function hashWeights(modelFile: string, model: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  hash.update(model);
  for (const name of externalDataFiles(model)) {
    const file = resolve(dirname(modelFile), name);
    try {
      for await (const chunk of createReadStream(file)) hash.update(chunk);
    } catch (error) {
      throw fromSystemError(error, file);
    }
  }
  return hash.digest('hex');
}

/** @throws VoxseekError FILE_NOT_FOUND or FILE_NOT_READABLE. */
export async function readModelFile(modelFile: string): Promise<Uint8Array> {
  return readFile(modelFile).catch((error: unknown) => {
    throw fromSystemError(error, modelFile);
  });
}
