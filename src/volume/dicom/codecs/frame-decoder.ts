import type { PixelFormat } from '../instance.js';
import type { PixelEncoding } from '../transfer-syntax.js';
import { CodecUnsupported, type DecodeFrame, requireEndMarker, requireSize } from './decoded-frame.js';
import { readJpeg2000Header } from './jpeg-2000-header.js';
import { decodeJpegExtended } from './jpeg-extended.js';
import { readJpegHeader } from './jpeg-header.js';
import { decodeJpegLossless } from './jpeg-lossless.js';
import { decodeRle } from './rle.js';
import { decodeDeflated, decodeUncompressed } from './uncompressed.js';
import { wasmDecoder } from './wasm-codec.js';

/** How the frames of an encapsulated object are decoded; `bitsAllocated` is 8 or 16. */
export async function frameDecoder(
  encoding: PixelEncoding,
  { bitsAllocated }: PixelFormat,
): Promise<DecodeFrame> {
  const allocated = bitsAllocated === 8 ? 8 : 16;
  switch (encoding) {
    case 'native':
      return (encoded, expected) => decodeUncompressed(encoded, expected, allocated);
    case 'deflated-frames':
      return (encoded, expected) => decodeDeflated(encoded, expected, allocated);
    case 'rle':
      return (encoded, expected) => decodeRle(encoded, expected, allocated);
    case 'jpeg':
      return jpegDecoder();
    case 'jpeg-2000':
    case 'htj2k': {
      const decode = await wasmDecoder(encoding);
      return (encoded, expected) => {
        requireSize(readJpeg2000Header(encoded), expected);
        return decode(encoded, expected);
      };
    }
  }
}

/** Which of the JPEG processes it is, the frame itself tells: some files name another one in their header. */
async function jpegDecoder(): Promise<DecodeFrame> {
  const [decodeEightBits, decodeJpegLs] = await Promise.all([wasmDecoder('jpeg'), wasmDecoder('jpeg-ls')]);
  return (encoded, expected) => {
    const header = readJpegHeader(encoded);
    requireSize(header, expected);
    switch (header.process) {
      case 'lossless':
        return decodeJpegLossless(encoded, expected);
      case 'jpeg-ls':
        // CharLS takes seconds to find out that data have ended.
        requireEndMarker(encoded);
        return decodeJpegLs(encoded, expected);
      case 'sequential':
        if (header.precision !== 8) return decodeJpegExtended(encoded, expected);
        requireEndMarker(encoded);
        return decodeEightBits(encoded, expected);
      case 'progressive':
        if (header.precision === 8) {
          requireEndMarker(encoded);
          return decodeEightBits(encoded, expected);
        }
        throw new CodecUnsupported(`progressive JPEG of ${header.precision} bits`);
      default:
        throw new CodecUnsupported(`${header.process} JPEG`);
    }
  };
}
