import { describe, expect, it } from 'vitest';
import { decodeFloat16, encodeFloat16 } from './float16.js';

// Value and bits as IEEE 754-2008 binary16 has them.
const known: [value: number, bits: number][] = [
  [0, 0x0000],
  [1, 0x3c00],
  [-2, 0xc000],
  [0.333251953125, 0x3555],
  [65504, 0x7bff],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [1023 * 2 ** -24, 0x03ff],
  [Number.POSITIVE_INFINITY, 0x7c00],
  [Number.NEGATIVE_INFINITY, 0xfc00],
];

describe('float16', () => {
  it.each(known)('%d has the bits %d', (value, bits) => {
    expect(encodeFloat16(value)).toBe(bits);
    expect(decodeFloat16(bits)).toBe(value);
  });

  it('rounds to nearest, ties to even, with carry into the exponent', () => {
    expect(encodeFloat16(1 + 2 ** -11)).toBe(0x3c00);
    expect(encodeFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(encodeFloat16(1.9999)).toBe(0x4000);
    expect(encodeFloat16(65519)).toBe(0x7bff);
    expect(encodeFloat16(65520)).toBe(0x7c00);
    expect(encodeFloat16(2 ** -25)).toBe(0x0000);
    expect(encodeFloat16(1.5 * 2 ** -24)).toBe(0x0002);
  });

  it('brings every number of the format back to its own bits', () => {
    const numbers = Array.from({ length: 0x10000 }, (_, bits) => bits).filter(
      (bits) => !Number.isNaN(decodeFloat16(bits)),
    );
    expect(numbers).toHaveLength(0x10000 - 2 * 1023);
    expect(numbers.filter((bits) => encodeFloat16(decodeFloat16(bits)) !== bits)).toEqual([]);
  });

  it('keeps NaN', () => {
    expect(decodeFloat16(encodeFloat16(Number.NaN))).toBeNaN();
  });
});
