import { open } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { fromSystemError, VoxseekError } from '../../errors.js';
import {
  bytesField,
  bytesOf,
  integerField,
  integerOf,
  joinPieces,
  type Pieces,
  readFields,
} from '../../protobuf.js';
import { externalData, messageIn, messagesOf, type OnnxMessage } from '../onnx-messages.js';
import { whileReading } from './onnx-model.js';

/** Fields of a TensorProto. */
const field = { rawData: 9, externalData: 13, dataLocation: 14 } as const;
/** Value of data_location for a file beside the model. */
const external = 1;
/** Protobuf readers take no message of 2 GiB or more. */
const largestMessage = 2 ** 31 - 1;

/**
 * Takes the values of all tensors that lie in files beside a model into the model itself.
 *
 * @param content of an .onnx file.
 * @param folder of that file.
 * @param file to name in errors.
 * @returns the content of an .onnx file without external data; `content` itself where there was none.
 * @throws VoxseekError ENCODER_INVALID where a file is missing or too short, lies elsewhere than in the folder, or
 *   where the whole would be too large for one file, or `content` is no model; FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function inlineExternalData(
  content: Uint8Array,
  folder: string,
  file: string,
): Promise<Uint8Array> {
  const tensors = whileReading(file, () =>
    [...messagesOf('TensorProto', content)]
      .filter(isExternal)
      .map((tensor) => ({ tensor, entries: externalData(tensor) })),
  );
  if (tensors.length === 0) return content;
  /** By the place of the tensor in memory. */
  const values = new Map<number, Uint8Array>();
  let size = content.length;
  for (const { tensor, entries } of tensors) {
    const bytes = await readExternal(entries, folder, file);
    size += bytes.length;
    if (size > largestMessage) {
      throw new VoxseekError('ENCODER_INVALID', 'with its external data it is larger than 2 GiB', {
        subject: file,
        advice: 'Such large models are not supported here.',
      });
    }
    values.set(tensor.byteOffset, bytes);
  }
  return joinPieces(replaceTensors('ModelProto', content, values));
}

function isExternal(tensor: Uint8Array): boolean {
  for (const part of readFields(tensor)) {
    if (part.number === field.dataLocation) return integerOf(part) === external;
  }
  return false;
}

async function readExternal(
  entries: ReadonlyMap<string, string>,
  folder: string,
  file: string,
): Promise<Uint8Array> {
  const location = entries.get('location') ?? '';
  const path = resolve(folder, location);
  const inFolder = relative(folder, path);
  if (location === '' || isAbsolute(inFolder) || inFolder.startsWith('..')) {
    throw new VoxseekError('ENCODER_INVALID', `its weights are said to be in "${location}"`, {
      subject: file,
      advice: 'Files with weights have to be in the folder of the model.',
    });
  }
  const handle = await open(path).catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  try {
    const { size } = await handle.stat();
    const offset = Number(entries.get('offset') ?? 0);
    const length = Number(entries.get('length') ?? size - offset);
    if (!(Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= size)) {
      throw new VoxseekError('ENCODER_INVALID', `${length} bytes of weights at ${offset} are not there`, {
        subject: path,
        advice: 'Copy or export the model again, all of its files.',
      });
    }
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw fromSystemError(new Error('it became shorter'), path);
      done += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

/** @param values by the place of the tensor in memory. */
function replaceTensors(
  type: OnnxMessage,
  message: Uint8Array,
  values: ReadonlyMap<number, Uint8Array>,
): Pieces {
  if (type === 'TensorProto') {
    const bytes = values.get(message.byteOffset);
    if (bytes === undefined) return [message];
    const kept = [...readFields(message)].filter(
      ({ number }) => number !== field.externalData && number !== field.dataLocation,
    );
    return [
      ...kept.map(({ encoded }) => encoded),
      ...bytesField(field.rawData, [bytes]),
      integerField(field.dataLocation, 0),
    ];
  }
  return [...readFields(message)].flatMap((part): Pieces => {
    const inner = messageIn(type, part.number);
    return inner === undefined
      ? [part.encoded]
      : bytesField(part.number, replaceTensors(inner, bytesOf(part), values));
  });
}
