import { describe, expect, it } from 'vitest';
import { EqualSlices } from './equal-slices.js';

describe('EqualSlices', () => {
  // Rows 0 and 3 are equal, 1, 4 and 5 too; the volumes are rows 0 to 2, and 3 to 5.
  const embeddings = Float32Array.of(9, 9, 1, 0, 0, 1, 0.6, 0.8, 1, 0, 0, 1, 0, 1);
  const equal = new EqualSlices({
    dimension: 2,
    // A view into a larger buffer, as embeddings from a file may be.
    embeddings: embeddings.subarray(2),
    volumes: [
      { firstRow: 0, rowCount: 3 },
      { firstRow: 3, rowCount: 3 },
    ],
  });

  it('names the first equal row of all, and of the volume', () => {
    expect([0, 1, 2, 3, 4, 5].map((row) => equal.first(row))).toEqual([0, 1, 2, 0, 1, 1]);
    expect([0, 1, 2, 3, 4, 5].map((row) => equal.firstInVolume(row))).toEqual([0, 1, 2, 3, 4, 4]);
  });

  it('leaves no answer no answer', () => {
    expect(equal.first(-1)).toBe(-1);
  });

  it('tells vectors apart whose hashes are the same', () => {
    // FNV-1a of one word is a bijection, so of two words some pairs collide: (0, x) and (y, z) for any y.
    const prime = 0x01000193;
    const mixed = (word: number) => Math.imul(0x811c9dc5 ^ word, prime);
    const bits = Uint32Array.of(0x3f000000, 0x3f800000, 0x3f000001, 0);
    bits[3] = mixed(bits[2]!) ^ mixed(bits[0]!) ^ bits[1]!;
    const colliding = new EqualSlices({
      dimension: 2,
      embeddings: new Float32Array(bits.buffer),
      volumes: [{ firstRow: 0, rowCount: 2 }],
    });
    expect(colliding.first(1)).toBe(1);
  });
});
