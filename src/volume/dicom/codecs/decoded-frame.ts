/** One frame as a decoder gives it back, one sample per pixel. */
export interface DecodedFrame {
  readonly rows: number;
  readonly columns: number;
  /** Bits of a sample that mean something: the lowest. */
  readonly precision: number;
  /** Row-major; signed samples as their two's complement bit pattern. */
  readonly samples: Uint8Array | Uint16Array;
}

export interface FrameSize {
  readonly rows: number;
  readonly columns: number;
}

/**
 * @param expected the size that the header promises; what claims another size is refused before memory is taken
 * @throws CodecError
 */
export type DecodeFrame = (encoded: Uint8Array, expected: FrameSize) => DecodedFrame;

/** Compressed pixels are broken. The message reads as what follows "frame n ". */
export class CodecError extends Error {}

/** The pixels are compressed in a way that no decoder here knows. */
export class CodecUnsupported extends Error {}

/** @throws CodecError */
export function requireSize(found: FrameSize & { readonly components: number }, expected: FrameSize): void {
  if (found.rows !== expected.rows || found.columns !== expected.columns)
    throw new CodecError(
      `holds ${found.columns} x ${found.rows} pixels where the header says ${expected.columns} x ${expected.rows}`,
    );
  if (found.components !== 1)
    throw new CodecError(`holds ${found.components} samples per pixel where the header says 1`);
}

/**
 * Looks for the marker that ends JPEG data (EOI), before padding: libjpeg fills up what is missing with grey, without
 * a word.
 *
 * @throws CodecError
 */
export function requireEndMarker(encoded: Uint8Array): void {
  let end = encoded.length;
  while (end > 2 && encoded[end - 1] === 0) end--;
  if (encoded[end - 2] !== 0xff || encoded[end - 1] !== 0xd9)
    throw new CodecError('is truncated: its end marker is missing');
}
