import { inflateRawSync } from 'node:zlib';
import { CodecError, type DecodedFrame, type FrameSize } from './decoded-frame.js';

/**
 * A frame as it is, little endian, in a fragment of its own (PS3.5 A.4).
 *
 * @throws CodecError
 */
export function decodeUncompressed(
  bytes: Uint8Array,
  { rows, columns }: FrameSize,
  bitsAllocated: 8 | 16,
): DecodedFrame {
  const length = lengthOf({ rows, columns }, bitsAllocated);
  // One byte may pad to an even length.
  if (bytes.length < length || bytes.length > length + 1)
    throw new CodecError(`has ${bytes.length} bytes where ${length} are needed`);
  const copy = Uint8Array.from(bytes.subarray(0, length));
  const samples = bitsAllocated === 8 ? copy : new Uint16Array(copy.buffer);
  return { rows, columns, precision: bitsAllocated, samples };
}

/**
 * A deflated frame (PS3.5 A.4), inflated to no more than its size.
 *
 * @throws CodecError
 */
export function decodeDeflated(encoded: Uint8Array, size: FrameSize, bitsAllocated: 8 | 16): DecodedFrame {
  let bytes: Uint8Array;
  try {
    bytes = inflateRawSync(encoded, { maxOutputLength: lengthOf(size, bitsAllocated) + 1 });
  } catch (error) {
    throw new CodecError('cannot be inflated', { cause: error });
  }
  return decodeUncompressed(bytes, size, bitsAllocated);
}

function lengthOf({ rows, columns }: FrameSize, bitsAllocated: 8 | 16): number {
  return rows * columns * (bitsAllocated / 8);
}
