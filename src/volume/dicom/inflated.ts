import { createInflateRaw } from 'node:zlib';
import { VoxseekError } from '../../errors.js';
import type { InstanceBytes } from './instance.js';

/**
 * The data set of a deflated file (PS3.5 A.5), which begins at `offset`. No more is inflated than is asked for, so
 * that a small file cannot fill the memory. There is no limit for `read`: it is for what `readStart` is not enough.
 */
export function inflated(bytes: InstanceBytes, offset: number): InstanceBytes {
  const readStart = async (length: number) =>
    inflateStart(bytes.name, (await bytes.read()).subarray(offset), length);
  return { name: bytes.name, readStart, read: () => readStart(Number.POSITIVE_INFINITY) };
}

async function inflateStart(name: string, deflated: Uint8Array, length: number): Promise<Uint8Array> {
  const stream = createInflateRaw({ chunkSize: 1 << 16 });
  stream.end(deflated);
  const chunks: Buffer[] = [];
  let inflatedLength = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      inflatedLength += chunk.length;
      if (inflatedLength >= length) break;
    }
  } catch (error) {
    throw new VoxseekError('DICOM_INVALID', `cannot be inflated (${reasonOf(error)})`, {
      subject: name,
      cause: error,
    });
  }
  const start = Buffer.concat(chunks);
  return start.length > length ? start.subarray(0, length) : start;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
