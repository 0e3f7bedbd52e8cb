import { CodecError } from './decoded-frame.js';

/** The frame header (SOF) of a JPEG or JPEG-LS image (ITU-T T.81 B.2.2, T.87 C.2.2). */
export interface JpegHeader {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly precision: number;
  readonly process: 'sequential' | 'progressive' | 'lossless' | 'jpeg-ls' | 'arithmetic' | 'hierarchical';
}

const startOfImage = 0xd8;
const startOfScan = 0xda;
const endOfImage = 0xd9;

/** A segment between two markers: its marker code and its parameters, without the length field. */
export interface JpegSegment {
  readonly marker: number;
  readonly parameters: Uint8Array;
  /** Of the byte behind the segment. */
  readonly end: number;
}

/**
 * The segments before the entropy-coded data, the start of scan (SOS) being the last.
 *
 * @throws CodecError
 */
export function* jpegSegments(encoded: Uint8Array): Generator<JpegSegment> {
  if (encoded[0] !== 0xff || encoded[1] !== startOfImage) throw new CodecError('is no JPEG image');
  for (let position = 2; ; ) {
    if (encoded[position] !== 0xff) throw new CodecError('has a JPEG header with a wrong length field');
    // Any number of 0xFF may fill up before a marker.
    while (encoded[position + 1] === 0xff) position++;
    const marker = encoded[position + 1];
    if (marker === undefined || marker === endOfImage)
      throw new CodecError('is truncated in its JPEG header');
    const length = (encoded[position + 2]! << 8) | encoded[position + 3]!;
    const end = position + 2 + length;
    if (!(length >= 2) || end > encoded.length) throw new CodecError('is truncated in its JPEG header');
    yield { marker, parameters: encoded.subarray(position + 4, end), end };
    if (marker === startOfScan) return;
    position = end;
  }
}

/** @throws CodecError */
export function readJpegHeader(encoded: Uint8Array): JpegHeader {
  for (const { marker, parameters } of jpegSegments(encoded)) {
    const process = processOf(marker);
    if (process === undefined) continue;
    const [precision, rowsHigh, rowsLow, columnsHigh, columnsLow, components] = parameters;
    if (components === undefined) break;
    return {
      process,
      precision: precision!,
      rows: (rowsHigh! << 8) | rowsLow!,
      columns: (columnsHigh! << 8) | columnsLow!,
      components,
    };
  }
  throw new CodecError('has no JPEG frame header');
}

function processOf(marker: number): JpegHeader['process'] | undefined {
  if (marker === 0xf7) return 'jpeg-ls';
  if (marker < 0xc0 || marker > 0xcf) return undefined;
  // Tables and not frames: DHT, JPG, DAC.
  if (marker === 0xc4 || marker === 0xc8 || marker === 0xcc) return undefined;
  if (marker === 0xc3) return 'lossless';
  if (marker <= 0xc1) return 'sequential';
  if (marker === 0xc2) return 'progressive';
  return marker <= 0xc7 ? 'hierarchical' : 'arithmetic';
}
