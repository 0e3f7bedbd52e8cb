import { endianness } from 'node:os';
import type { Alignment } from '../../answer/alignment.js';

const magic = 'VXAL';
const formatVersion = 1;
const headerBytes = 16;

/**
 * An alignment as bytes, all numbers little endian:
 *
 *     4 bytes             "VXAL"
 *     uint32              version of the format, 1
 *     uint32              rows: slices of the query
 *     uint32              columns: stored slices of the hit
 *     int32[rows]         slice indices of the query, ascending
 *     int32[columns]      slice indices of the hit, ascending
 *     float32[columns]    positions of these, RAS+ mm
 *     float32[rows * columns]  cosines, row by row
 *
 * Every array begins at a multiple of four bytes, so that a browser can take typed arrays of the buffer.
 */
export function encodeAlignment({ querySlices, slices, positionMm, similarities }: Alignment): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write(magic, 0, 'latin1');
  header.writeUInt32LE(formatVersion, 4);
  header.writeUInt32LE(querySlices.length, 8);
  header.writeUInt32LE(slices.length, 12);
  return Buffer.concat([header, ...[querySlices, slices, positionMm, similarities].map(littleEndianBytes)]);
}

/** @param numbers of four bytes each. */
function littleEndianBytes(numbers: Int32Array | Float32Array): Buffer {
  const bytes = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
}
