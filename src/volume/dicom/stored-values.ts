import type { PixelFormat } from './instance.js';

export type StoredValues = Uint8Array | Int8Array | Uint16Array | Int16Array;

/** An array of the type that holds the stored values of that format. */
export function storedValues(format: PixelFormat, length: number): StoredValues {
  if (format.bitsAllocated === 8) return format.isSigned ? new Int8Array(length) : new Uint8Array(length);
  return format.isSigned ? new Int16Array(length) : new Uint16Array(length);
}

/** Whether samples are stored values as they are: every bit counts, and bright is high. */
export function areStoredValues(format: PixelFormat): boolean {
  return format.bitsStored === format.bitsAllocated && !isInverted(format);
}

/**
 * Writes the stored values of samples to `target` from `offset`: the bits that are stored, moved down to the lowest
 * (PS3.5 8.1.1), the sign extended, and MONOCHROME1 inverted within the range of the bits stored.
 *
 * @param precision bits of a sample: fewer than those up to the high bit where a decoder has moved them down already
 */
export function writeStoredValues(
  target: StoredValues,
  offset: number,
  samples: Uint8Array | Uint16Array,
  format: PixelFormat,
  precision: number,
): void {
  const { bitsStored, highBit, isSigned } = format;
  const inverted = isInverted(format);
  const down = precision > highBit ? highBit + 1 - bitsStored : 0;
  const unused = 32 - bitsStored;
  const mask = 2 ** bitsStored - 1;
  for (let i = 0; i < samples.length; i++) {
    const bits = samples[i]! >> down;
    const value = isSigned ? (bits << unused) >> unused : bits & mask;
    target[offset + i] = inverted ? (isSigned ? -1 - value : mask - value) : value;
  }
}

function isInverted(format: PixelFormat): boolean {
  return format.photometricInterpretation === 'MONOCHROME1';
}
