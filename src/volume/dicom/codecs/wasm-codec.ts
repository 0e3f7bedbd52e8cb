import { createRequire } from 'node:module';
import {
  CodecError,
  type DecodedFrame,
  type DecodeFrame,
  type FrameSize,
  requireSize,
} from './decoded-frame.js';

/** A decoder of the Cornerstone codecs: a C++ object in the memory of its WebAssembly module. */
interface WasmDecoder {
  /** Memory of the module for that many bytes of compressed data. */
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getFrameInfo(): WasmFrameInfo;
  /** Samples of one byte, or of two, little endian, where there are more than 8 bits. */
  getDecodedBuffer(): Uint8Array;
  /** Frees it; both buffers are invalid then. */
  delete(): void;
}

interface WasmFrameInfo {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
}

type WasmModule = Readonly<Record<string, new () => WasmDecoder>>;
type WasmModuleFactory = (options: {
  print: (line: string) => void;
  printErr: (line: string) => void;
}) => Promise<WasmModule>;

/** Package and class of each codec: libjpeg-turbo (8 bit), CharLS, OpenJPEG, OpenJPH. */
const codecs = {
  jpeg: ['@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs', 'JPEGDecoder'],
  'jpeg-ls': ['@cornerstonejs/codec-charls/decodewasmjs', 'JpegLSDecoder'],
  'jpeg-2000': ['@cornerstonejs/codec-openjpeg/decodewasmjs', 'J2KDecoder'],
  htj2k: ['@cornerstonejs/codec-openjph/wasmjs', 'HTJ2KDecoder'],
} as const;

export type WasmCodec = keyof typeof codecs;

const broken = 'cannot be decoded: its compressed data are broken';

// CommonJS and without types.
const require = createRequire(import.meta.url);
const loaded = new Map<WasmCodec, Promise<WasmModule>>();

/** A decoder in WebAssembly; its module is made once in a process, and anew after it failed. */
export async function wasmDecoder(codec: WasmCodec): Promise<DecodeFrame> {
  const [, className] = codecs[codec];
  const module = await (loaded.get(codec) ?? load(codec));
  return (encoded, expected) => {
    const decoder = new module[className]!();
    try {
      const frame = decode(decoder, encoded, expected);
      decoder.delete();
      return frame;
    } catch (error) {
      // What failed may have left the memory of the module as it was in the middle of its work.
      loaded.delete(codec);
      if (error instanceof CodecError) throw error;
      throw new CodecError(broken, { cause: error });
    }
  };
}

function load(codec: WasmCodec): Promise<WasmModule> {
  const factory: WasmModuleFactory = require(codecs[codec][0]);
  // Libraries print warnings; what is wrong is told by errors here.
  const module = factory({ print: () => {}, printErr: () => {} });
  loaded.set(codec, module);
  return module;
}

function decode(decoder: WasmDecoder, encoded: Uint8Array, expected: FrameSize): DecodedFrame {
  decoder.getEncodedBuffer(encoded.length).set(encoded);
  decoder.decode();
  const info = decoder.getFrameInfo();
  // OpenJPEG gives up without an error.
  if (info.width === 0 || info.height === 0) throw new CodecError(broken);
  requireSize({ rows: info.height, columns: info.width, components: info.componentCount }, expected);
  const bytes = decoder.getDecodedBuffer();
  const size = expected.rows * expected.columns;
  if (bytes.length !== size * (info.bitsPerSample <= 8 ? 1 : 2)) throw new CodecError(broken);
  const copy = bytes.slice();
  const samples = info.bitsPerSample <= 8 ? copy : new Uint16Array(copy.buffer);
  return { rows: info.height, columns: info.width, precision: info.bitsPerSample, samples };
}
