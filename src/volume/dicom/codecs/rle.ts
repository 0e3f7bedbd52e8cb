import { CodecError, type DecodedFrame, type FrameSize } from './decoded-frame.js';

const headerLength = 64;

/**
 * RLE lossless (PS3.5 annex G): one segment per byte of a sample, the most significant first, each packed as
 * PackBits packs.
 *
 * @param bitsAllocated 8 or 16
 * @throws CodecError
 */
export function decodeRle(
  encoded: Uint8Array,
  { rows, columns }: FrameSize,
  bitsAllocated: 8 | 16,
): DecodedFrame {
  if (encoded.length < headerLength) throw new CodecError('is truncated in its RLE header');
  const header = new DataView(encoded.buffer, encoded.byteOffset, headerLength);
  const segmentCount = header.getUint32(0, true);
  const bytesPerSample = bitsAllocated / 8;
  if (segmentCount !== bytesPerSample)
    throw new CodecError(`has ${segmentCount} RLE segments where ${bytesPerSample} are needed`);
  const size = rows * columns;
  const planes = Array.from({ length: segmentCount }, (_, k) => {
    const start = header.getUint32(4 + 4 * k, true);
    const end = k + 1 < segmentCount ? header.getUint32(8 + 4 * k, true) : encoded.length;
    if (start < headerLength || end < start || end > encoded.length)
      throw new CodecError('has an RLE segment that lies outside of it');
    return unpack(encoded.subarray(start, end), size);
  });
  const [first, second] = planes;
  if (second === undefined) return { rows, columns, precision: 8, samples: first! };
  const samples = new Uint16Array(size);
  for (let i = 0; i < size; i++) samples[i] = (first![i]! << 8) | second[i]!;
  return { rows, columns, precision: 16, samples };
}

function unpack(packed: Uint8Array, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let filled = 0;
  for (let i = 0; filled < size; ) {
    const control = packed[i++];
    if (control === undefined) throw new CodecError('is truncated: pixels are missing');
    if (control < 128) {
      const literal = packed.subarray(i, i + control + 1);
      if (literal.length <= control) throw new CodecError('is truncated: pixels are missing');
      if (filled + literal.length > size) throw new CodecError('holds more pixels than its size');
      bytes.set(literal, filled);
      filled += literal.length;
      i += literal.length;
    } else if (control > 128) {
      const repeated = packed[i++];
      const count = 257 - control;
      if (repeated === undefined) throw new CodecError('is truncated: pixels are missing');
      if (filled + count > size) throw new CodecError('holds more pixels than its size');
      bytes.fill(repeated, filled, filled + count);
      filled += count;
    }
  }
  return bytes;
}
