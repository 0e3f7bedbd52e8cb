import { CodecError } from './decoded-frame.js';

/** What the header of a JPEG 2000 codestream says of its size (ITU-T T.800 A.5.1). */
export interface Jpeg2000Header {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly precision: number;
}

const startOfCodestream = 0xff4f;
const size = 0xff51;
const startOfTilePart = 0xff90;
const endOfCodestream = 0xffd9;

/**
 * Reads the header of a codestream, also of one that lies in a JP2 file, and follows its tile-parts to the end: a
 * decoder fills up what is missing there without a word. A missing end marker behind the last of them is no harm.
 *
 * @throws CodecError
 */
export function readJpeg2000Header(encoded: Uint8Array): Jpeg2000Header {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  try {
    const start = codestreamStart(view);
    if (view.getUint16(start) !== startOfCodestream || view.getUint16(start + 2) !== size)
      throw new CodecError('is no JPEG 2000 image');
    followTileParts(view, start + 2);
    const field = (offset: number) => view.getUint32(start + 8 + offset);
    return {
      columns: field(0) - field(8),
      rows: field(4) - field(12),
      components: view.getUint16(start + 40),
      precision: (view.getUint8(start + 42) & 0x7f) + 1,
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CodecError('is truncated in its JPEG 2000 data', { cause: error });
  }
}

/** The boxes of a JP2 file (annex I) are a length and a name; the codestream is in the box named jp2c. */
function codestreamStart(view: DataView): number {
  if (view.getUint16(0) === startOfCodestream) return 0;
  for (let position = 0; ; ) {
    const length = view.getUint32(position);
    const isLong = length === 1;
    const header = isLong ? 16 : 8;
    if (view.getUint32(position + 4) === 0x6a703263) return position + header;
    const whole = isLong ? Number(view.getBigUint64(position + 8)) : length;
    if (whole < header) throw new CodecError('is no JPEG 2000 image');
    position += whole;
  }
}

function followTileParts(view: DataView, firstSegment: number): void {
  let position = firstSegment;
  while (view.getUint16(position) !== startOfTilePart) position += 2 + view.getUint16(position + 2);
  let tileParts = 0;
  while (position + 1 < view.byteLength && view.getUint16(position) === startOfTilePart) {
    const length = view.getUint32(position + 6);
    // A length of 0 means up to the end of the codestream.
    if (length === 0) {
      requireEndMarker(view);
      return;
    }
    if (length < 14) throw new CodecError('has a tile-part with a wrong length');
    position += length;
    tileParts++;
  }
  if (tileParts === 0 || position > view.byteLength) throw new CodecError('is truncated: pixels are missing');
}

function requireEndMarker(view: DataView): void {
  let end = view.byteLength;
  while (end > 2 && view.getUint8(end - 1) === 0) end--;
  if (view.getUint16(end - 2) !== endOfCodestream)
    throw new CodecError('is truncated: its end marker is missing');
}
