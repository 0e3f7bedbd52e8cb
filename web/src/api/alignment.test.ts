import { describe, expect, it } from 'vitest';
import { parseAlignment } from './alignment.js';

/** Written byte by byte after docs/api.md: two query slices, three slices of the hit. */
function example(): Uint8Array<ArrayBuffer> {
  const words = [
    0x4c415856, // "VXAL"
    1,
    2,
    3,
    10,
    12, // query slices
    5,
    7,
    9, // hit slices
    0xc0200000,
    0x00000000,
    0x40200000, // -2.5, 0, 2.5 mm
    0x3f800000,
    0x3f000000,
    0x3e800000, // 1, 0.5, 0.25
    0xbf000000,
    0x00000000,
    0x3f400000, // -0.5, 0, 0.75
  ];
  return Uint8Array.from(words.flatMap((word) => [0, 8, 16, 24].map((shift) => (word >>> shift) & 255)));
}

describe('parseAlignment', () => {
  it('reads indices, positions and cosines', () => {
    const alignment = parseAlignment(example().buffer);
    expect([...alignment.queryIndices]).toEqual([10, 12]);
    expect([...alignment.hitIndices]).toEqual([5, 7, 9]);
    expect([...alignment.hitPositionsMm]).toEqual([-2.5, 0, 2.5]);
    expect([...alignment.similarities]).toEqual([1, 0.5, 0.25, -0.5, 0, 0.75]);
  });

  it('refuses what is cut short or too long', () => {
    expect(() => parseAlignment(example().buffer.slice(0, -4))).toThrow('68 bytes where 72');
    expect(() => parseAlignment(new Uint8Array([...example(), 0, 0, 0, 0]).buffer)).toThrow(
      '76 bytes where 72',
    );
    expect(() => parseAlignment(new ArrayBuffer(3))).toThrow('no alignment');
  });

  it('refuses another format and another version', () => {
    const other = example();
    other[0] = 0x50;
    expect(() => parseAlignment(other.buffer)).toThrow('no alignment');
    const newer = example();
    newer[4] = 2;
    expect(() => parseAlignment(newer.buffer)).toThrow('no alignment');
  });
});
