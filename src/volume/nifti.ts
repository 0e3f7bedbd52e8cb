import { constants as bufferConstants } from 'node:buffer';
import { open } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { fromSystemError, VoxseekError } from '../errors.js';
import { spacingOf } from './geometry.js';
import { bytesPerVoxel, type NiftiHeader, niftiHeaderBytes, parseNiftiHeader } from './nifti-header.js';
import { to32Bit } from './to-32-bit.js';
import type { Volume, VoxelArray } from './volume.js';

const chunkBytes = 1 << 20;

/** No deflate stream holds more than this many bytes in one of its own (zlib's technical notes, "maximum compression factor"). */
const deflateLimit = 1032;

/**
 * Reads a NIfTI-1 or NIfTI-2 single file, compressed or not (told by its first bytes, not by its name).
 * Streams: besides the voxels themselves only a few chunks are held in memory.
 *
 * @returns the volume in the file's own axis order, scaled by scl_slope and scl_inter.
 * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE, VOLUME_CORRUPT, VOLUME_NOT_3D, VOLUME_EMPTY,
 *   VOLUME_FORMAT_UNKNOWN
 */
export async function readNifti(path: string): Promise<Volume> {
  const { header, bytes } = await readHeaderAndBytes(path);
  const data = scaled(voxels(bytes, header, path), header);
  return { data, size: header.size, affine: header.affine, spacing: spacingOf(header.affine) };
}

async function readHeaderAndBytes(path: string): Promise<{ header: NiftiHeader; bytes: Uint8Array }> {
  const file = await open(path).catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  const collector = new VoxelCollector(path);
  let refusal: unknown;
  try {
    const magic = Buffer.alloc(2);
    await file.read(magic, 0, 2, 0);
    const compressed = magic[0] === 0x1f && magic[1] === 0x8b;
    collector.limit((await file.stat()).size * (compressed ? deflateLimit : 1));
    const source = file.createReadStream({ start: 0, highWaterMark: chunkBytes, autoClose: false });
    const decoder = compressed ? createGunzip({ chunkSize: chunkBytes }) : new PassThrough();
    await pipeline(source, decoder, async (stream: AsyncIterable<Buffer>) => {
      try {
        for await (const chunk of stream) collector.take(chunk);
      } catch (error) {
        refusal = error;
        throw error;
      }
    });
  } catch (error) {
    // What `pipeline` throws then is only that the source was aborted.
    if (refusal instanceof VoxseekError) throw refusal;
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      const reason =
        error.code === 'Z_BUF_ERROR'
          ? `the compressed data end too early (${collector.progress()})`
          : `the compressed data are damaged: ${error.message} (${collector.progress()})`;
      throw new VoxseekError('VOLUME_CORRUPT', reason, { subject: path, cause: error });
    }
    throw fromSystemError(error, path);
  } finally {
    await file.close();
  }
  return collector.finish();
}

/** Takes the decompressed bytes as they come; allocates the voxels once the header has told their number. */
class VoxelCollector {
  readonly #subject: string;
  readonly #head = Buffer.alloc(niftiHeaderBytes);
  #header: NiftiHeader | undefined;
  #bytes = new Uint8Array(0);
  #position = 0;
  #limit = Number.POSITIVE_INFINITY;

  constructor(subject: string) {
    this.#subject = subject;
  }

  /** @param bytes what the file can hold at most once decompressed: a header that asks for more is not believed. */
  limit(bytes: number): void {
    this.#limit = bytes;
  }

  take(chunk: Buffer): void {
    if (this.#position < niftiHeaderBytes) {
      chunk.copy(this.#head, this.#position, 0, niftiHeaderBytes - this.#position);
    }
    const start = this.#position;
    this.#position += chunk.length;
    if (this.#header === undefined) {
      if (this.#position < niftiHeaderBytes) return;
      this.#allocate(parseNiftiHeader(this.#head, this.#subject));
      this.#store(this.#head.subarray(0, Math.min(start, niftiHeaderBytes)), 0);
    }
    this.#store(chunk, start);
  }

  finish(): { header: NiftiHeader; bytes: Uint8Array } {
    if (this.#header === undefined) {
      this.#allocate(parseNiftiHeader(this.#head.subarray(0, this.#position), this.#subject));
      this.#store(this.#head.subarray(0, this.#position), 0);
    }
    const header = this.#header!;
    if (this.#position < header.dataOffset + this.#bytes.length) {
      throw new VoxseekError('VOLUME_CORRUPT', `the file is truncated (${this.progress()})`, {
        subject: this.#subject,
      });
    }
    return { header, bytes: this.#bytes };
  }

  progress(): string {
    const expected = this.#header ? ` of ${this.#header.dataOffset + this.#bytes.length}` : '';
    return `${this.#position}${expected} bytes could be read`;
  }

  #allocate(header: NiftiHeader): void {
    const length = header.size[0] * header.size[1] * header.size[2] * bytesPerVoxel[header.datatype];
    if (!(header.dataOffset >= 348)) {
      throw new VoxseekError('VOLUME_CORRUPT', `the voxels are said to begin at byte ${header.dataOffset}`, {
        subject: this.#subject,
        advice: 'Pairs of .hdr and .img are not read: convert it to one .nii file.',
      });
    }
    const end = header.dataOffset + length;
    if (end > this.#limit || length > bufferConstants.MAX_LENGTH) {
      const most = Math.min(this.#limit, bufferConstants.MAX_LENGTH);
      const grid = `${header.size.join(' x ')} voxels of ${header.datatype}`;
      throw new VoxseekError(
        'VOLUME_CORRUPT',
        `it is truncated or its header is wrong: ${grid} would end at byte ${end}, there can be ${most} at most`,
        { subject: this.#subject },
      );
    }
    this.#header = header;
    this.#bytes = new Uint8Array(length);
  }

  /** Copies what of `chunk`, which begins at byte `start` of the file, lies in the voxels. */
  #store(chunk: Uint8Array, start: number): void {
    const target = start - this.#header!.dataOffset;
    const from = Math.max(0, -target);
    const to = Math.min(chunk.length, this.#bytes.length - target);
    if (to > from) this.#bytes.set(chunk.subarray(from, to), target + from);
  }
}

function voxels(bytes: Uint8Array, header: NiftiHeader, subject: string): VoxelArray {
  const width = bytesPerVoxel[header.datatype];
  const swap = !header.littleEndian && width > 1;
  if (swap) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (width === 2) buffer.swap16();
    else if (width === 4) buffer.swap32();
    else buffer.swap64();
  }
  const { buffer } = bytes;
  switch (header.datatype) {
    case 'uint8':
      return bytes;
    case 'int8':
      return new Int8Array(buffer);
    case 'uint16':
      return new Uint16Array(buffer);
    case 'int16':
      return new Int16Array(buffer);
    case 'uint32':
      return new Uint32Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
    case 'int64':
      return to32Bit(new BigInt64Array(buffer), subject);
    case 'uint64':
      return to32Bit(new BigUint64Array(buffer), subject);
  }
}

/** Applies slope and intercept; whole-number rescaling of 8- and 16-bit data stays in 16 bits where it fits. */
function scaled(data: VoxelArray, { slope, intercept }: NiftiHeader): VoxelArray {
  if (slope === 1 && intercept === 0) return data;
  if (Number.isInteger(slope) && Number.isInteger(intercept) && data.BYTES_PER_ELEMENT <= 2) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < data.length; i++) {
      const value = data[i]! * slope + intercept;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low >= -32768 && high <= 32767)
      return rescaleInto(new Int16Array(data.length), data, slope, intercept);
  }
  return rescaleInto(new Float32Array(data.length), data, slope, intercept);
}

/** A plain loop: `TypedArray.from` with a function takes twenty times as long. */
function rescaleInto<T extends Int16Array | Float32Array>(
  target: T,
  data: VoxelArray,
  slope: number,
  intercept: number,
): T {
  for (let i = 0; i < data.length; i++) target[i] = data[i]! * slope + intercept;
  return target;
}
