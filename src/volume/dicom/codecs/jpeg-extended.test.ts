import { describe, expect, it } from 'vitest';
import { CodecError } from './decoded-frame.js';
import { decodeJpegExtended } from './jpeg-extended.js';

/** A coefficient of a block by its place in zigzag order; 0 is DC. */
type Block = readonly (readonly [place: number, value: number])[];

const rows = 8;
const columns = 20;

/**
 * Three blocks beside each other, the last of them half outside of the picture, as annex F of ITU-T T.81 writes them:
 * every symbol of both Huffman tables has a code of 8 bits, its number in the list of symbols.
 */
function encode(blocks: readonly Block[], step: number, blocksPerRestart?: number): Uint8Array {
  const segment = (marker: number, ...content: number[]) => [
    0xff,
    marker,
    (content.length + 2) >> 8,
    (content.length + 2) & 0xff,
    ...content,
  ];
  const dcSymbols = Array.from({ length: 16 }, (_, k) => k);
  const acSymbols = [
    0x00,
    0xf0,
    ...dcSymbols.flatMap((run) => dcSymbols.slice(1, 13).map((size) => 16 * run + size)),
  ];
  const eightBits = (count: number) => [0, 0, 0, 0, 0, 0, 0, count, 0, 0, 0, 0, 0, 0, 0, 0];
  const bytes = [
    ...[0xff, 0xd8],
    ...segment(0xdb, 0x10, ...Array.from({ length: 64 }, () => [step >> 8, step & 0xff]).flat()),
    ...segment(0xc1, 12, 0, rows, 0, columns, 1, 1, 0x11, 0),
    ...segment(
      0xc4,
      0x00,
      ...eightBits(16),
      ...dcSymbols,
      0x10,
      ...eightBits(acSymbols.length),
      ...acSymbols,
    ),
    ...(blocksPerRestart === undefined ? [] : segment(0xdd, 0, blocksPerRestart)),
    ...segment(0xda, 1, 1, 0x00, 0, 63, 0),
  ];
  let bits = '';
  const code = (symbols: readonly number[], symbol: number) => {
    bits += symbols.indexOf(symbol).toString(2).padStart(8, '0');
  };
  const sizeOf = (value: number) => (value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1);
  const number = (value: number) => {
    const size = sizeOf(value);
    if (size > 0) bits += (value > 0 ? value : value + 2 ** size - 1).toString(2).padStart(size, '0');
  };
  const flush = () => {
    for (const byte of bits.padEnd(Math.ceil(bits.length / 8) * 8, '1').match(/.{8}/gu) ?? []) {
      bytes.push(Number.parseInt(byte, 2));
      if (bytes.at(-1) === 0xff) bytes.push(0);
    }
    bits = '';
  };
  let previous = 0;
  for (const [index, block] of blocks.entries()) {
    if (blocksPerRestart !== undefined && index > 0 && index % blocksPerRestart === 0) {
      flush();
      bytes.push(0xff, 0xd0 + ((index / blocksPerRestart - 1) % 8));
      previous = 0;
    }
    const dc = block.find(([place]) => place === 0)?.[1] ?? 0;
    code(dcSymbols, sizeOf(dc - previous));
    number(dc - previous);
    previous = dc;
    let place = 1;
    for (const [next, value] of block.filter(([at]) => at > 0)) {
      for (; next - place > 15; place += 16) code(acSymbols, 0xf0);
      code(acSymbols, 16 * (next - place) + sizeOf(value));
      number(value);
      place = next + 1;
    }
    if (place < 64) code(acSymbols, 0x00);
  }
  flush();
  return Uint8Array.from([...bytes, 0xff, 0xd9]);
}

/** Figure A.6, written out. */
const zigzag = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46,
  53, 60, 61, 54, 47, 55, 62, 63,
];

/** The inverse transform as A.3.3 defines it, one pixel at a time. */
function pictureOf(blocks: readonly Block[], step: number): number[] {
  return Array.from({ length: rows * columns }, (_, k) => {
    const [y, column] = [Math.floor(k / columns), k % columns];
    const x = column % 8;
    let sum = 0;
    for (const [place, value] of blocks[Math.floor(column / 8)]!) {
      const [v, u] = [Math.floor(zigzag[place]! / 8), zigzag[place]! % 8];
      const scale = (u === 0 ? Math.SQRT1_2 : 1) * (v === 0 ? Math.SQRT1_2 : 1);
      const wave = Math.cos(((2 * x + 1) * u * Math.PI) / 16) * Math.cos(((2 * y + 1) * v * Math.PI) / 16);
      sum += 0.25 * scale * value * step * wave;
    }
    return Math.min(4095, Math.max(0, Math.round(sum + 2048)));
  });
}

const blocks: readonly Block[] = [
  [
    [0, 40],
    [1, -7],
    [4, 12],
    [37, 5],
    [63, -3],
  ],
  [[0, 700]],
  [
    [0, -12],
    [2, 30],
    [62, 1],
  ],
];

describe('JPEG extended, 12 bits', () => {
  it('is the cosine transform of its coefficients, cut to the picture and its range', () => {
    for (const step of [1, 3, 300]) {
      for (const blocksPerRestart of [undefined, 1, 2]) {
        const frame = decodeJpegExtended(encode(blocks, step, blocksPerRestart), { rows, columns });
        expect(frame).toMatchObject({ rows, columns, precision: 12 });
        expect([...frame.samples], `step ${step}, ${blocksPerRestart} blocks between restarts`).toEqual(
          pictureOf(blocks, step),
        );
      }
    }
  });

  it('is refused where pixels are missing, wherever it is cut', () => {
    const encoded = encode(blocks, 3, 2);
    for (let length = 0; length < encoded.length - 3; length++) {
      const cut = Uint8Array.from([...encoded.subarray(0, length), 0xff, 0xd9]);
      expect(() => decodeJpegExtended(cut, { rows, columns }), `${length} bytes`).toThrow(CodecError);
    }
  });
});
