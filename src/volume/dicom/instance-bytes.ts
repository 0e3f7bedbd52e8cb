import { open, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fromSystemError } from '../../errors.js';
import type { InstanceBytes } from './instance.js';

/**
 * The bytes of a DICOM file on disk. Nothing is read, and nothing kept open, until it is asked for.
 *
 * `read` and `readStart` throw a VoxseekError: FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export function fileBytes(path: string): InstanceBytes {
  const name = resolve(path);
  return {
    name,
    async read() {
      try {
        return await readFile(name);
      } catch (error) {
        throw fromSystemError(error, name);
      }
    },
    async readStart(bytes) {
      try {
        return await readFileStart(name, bytes);
      } catch (error) {
        throw fromSystemError(error, name);
      }
    },
  };
}

/** The bytes of a DICOM instance that is in memory, as after a download; `name` is what errors call it. */
export function memoryBytes(name: string, bytes: Uint8Array): InstanceBytes {
  return { name, read: async () => bytes, readStart: async () => bytes };
}

async function readFileStart(path: string, bytes: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    // No larger than the file: a length field that is wrong asks for gigabytes.
    const size = bytes <= smallRead ? bytes : Math.min(bytes, (await file.stat()).size);
    const start = Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await file.read(start, filled, size - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return start.subarray(0, filled);
  } finally {
    await file.close();
  }
}

const smallRead = 1 << 16;
