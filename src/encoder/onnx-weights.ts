import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fromSystemError } from '../errors.js';

/** The messages of onnx.proto that lead to tensors: which message each field number of a message holds. */
type MessagePaths = Readonly<Record<number, string>>;
const messages: Readonly<Record<string, MessagePaths>> = {
  ModelProto: { 7: 'GraphProto', 25: 'FunctionProto' },
  FunctionProto: { 7: 'NodeProto' },
  GraphProto: { 1: 'NodeProto', 5: 'TensorProto', 15: 'SparseTensorProto' },
  NodeProto: { 5: 'AttributeProto' },
  AttributeProto: { 5: 'TensorProto', 6: 'GraphProto', 10: 'TensorProto', 11: 'GraphProto' },
  SparseTensorProto: { 1: 'TensorProto', 2: 'TensorProto' },
  TensorProto: { 13: 'StringStringEntryProto' },
};

interface Field {
  readonly number: number;
  readonly content: Uint8Array;
}

/** The length-delimited fields of a protobuf message (wire type 2); the others hold no tensors. */
function* lengthDelimitedFields(message: Uint8Array): Generator<Field> {
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[position++];
      if (byte === undefined) throw new RangeError('a protobuf message ends in the middle of a number');
      value += (byte & 0x7f) * factor;
      if (byte < 128) return value;
    }
  };
  while (position < message.length) {
    const tag = varint();
    switch (tag % 8) {
      case 0:
        varint();
        break;
      case 1:
        position += 8;
        break;
      case 2: {
        const length = varint();
        yield { number: Math.floor(tag / 8), content: message.subarray(position, position + length) };
        position += length;
        break;
      }
      case 5:
        position += 4;
        break;
      default:
        throw new RangeError(`protobuf wire type ${tag % 8} is not known`);
    }
  }
}

function collectLocations(type: string, message: Uint8Array, locations: Set<string>): void {
  if (type === 'StringStringEntryProto') {
    const entry = new Map<number, string>();
    for (const { number, content } of lengthDelimitedFields(message)) {
      entry.set(number, new TextDecoder().decode(content));
    }
    const value = entry.get(2);
    if (entry.get(1) === 'location' && value !== undefined) locations.add(value);
    return;
  }
  for (const { number, content } of lengthDelimitedFields(message)) {
    const inner = messages[type]?.[number];
    if (inner !== undefined) collectLocations(inner, content, locations);
  }
}

/**
 * Names of the files beside a model that hold weights too (external data), sorted; relative to its folder.
 *
 * @param model content of an .onnx file (a ModelProto of onnx.proto).
 */
function externalDataFiles(model: Uint8Array): string[] {
  const locations = new Set<string>();
  collectLocations('ModelProto', model, locations);
  return [...locations].sort();
}

/**
 * SHA-256 of the weights: that of the .onnx file as `sha256sum` prints it; where it has external data, that
 * of the .onnx file and these files one after the other, sorted by name (`cat model.onnx model.onnx_data |
 * sha256sum`).
 *
 * @param modelFile a model that onnxruntime could load.
 * @throws VoxseekError FILE_NOT_FOUND or FILE_NOT_READABLE.
 */
export async function hashWeights(modelFile: string): Promise<string> {
  const hash = createHash('sha256');
  let subject = modelFile;
  try {
    const model = await readFile(modelFile);
    hash.update(model);
    for (const name of externalDataFiles(model)) {
      subject = resolve(dirname(modelFile), name);
      for await (const chunk of createReadStream(subject)) hash.update(chunk);
    }
  } catch (error) {
    throw fromSystemError(error, subject);
  }
  return hash.digest('hex');
}
