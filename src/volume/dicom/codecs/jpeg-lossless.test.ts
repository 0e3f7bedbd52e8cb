import { describe, expect, it } from 'vitest';
import { CodecError } from './decoded-frame.js';
import { decodeJpegLossless } from './jpeg-lossless.js';

interface Options {
  readonly precision?: number;
  readonly predictor?: number;
  readonly pointTransform?: number;
  readonly rowsPerRestart?: number;
}

/** Rounds towards minus infinity, as table H.1 does. */
const predictors: Readonly<Record<number, (a: number, b: number, c: number) => number>> = {
  1: (a) => a,
  2: (_, b) => b,
  3: (_, __, c) => c,
  4: (a, b, c) => a + b - c,
  5: (a, b, c) => a + Math.floor((b - c) / 2),
  6: (a, b, c) => b + Math.floor((a - c) / 2),
  7: (a, b) => Math.floor((a + b) / 2),
};

/**
 * An encoder after annex H of ITU-T T.81, as plain as can be: every category of differences has the code of 5 bits that
 * is its number.
 */
function encode(values: readonly number[], rows: number, columns: number, options: Options = {}): Uint8Array {
  const { precision = 16, predictor = 1, pointTransform = 0, rowsPerRestart } = options;
  const segment = (marker: number, ...content: number[]) => [
    0xff,
    marker,
    (content.length + 2) >> 8,
    (content.length + 2) & 0xff,
    ...content,
  ];
  const categories = Array.from({ length: 17 }, (_, k) => k);
  const lengths = [0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const bytes = [
    ...[0xff, 0xd8],
    ...segment(0xfe, 0x68, 0x69),
    ...segment(0xc3, precision, rows >> 8, rows & 0xff, columns >> 8, columns & 0xff, 1, 1, 0x11, 0),
    ...segment(0xc4, 0x00, ...lengths, ...categories),
    ...(rowsPerRestart === undefined
      ? []
      : segment(0xdd, (rowsPerRestart * columns) >> 8, (rowsPerRestart * columns) & 0xff)),
    ...segment(0xda, 1, 1, 0x00, predictor, 0, pointTransform),
  ];
  const at = (row: number, column: number) => values[row * columns + column]! >> pointTransform;
  let bits = '';
  const flush = () => {
    bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
    for (const byte of bits.match(/.{8}/gu) ?? []) {
      bytes.push(Number.parseInt(byte, 2));
      if (bytes.at(-1) === 0xff) bytes.push(0);
    }
    bits = '';
  };
  for (let row = 0; row < rows; row++) {
    const isFirst = row % (rowsPerRestart ?? rows) === 0;
    if (isFirst && row > 0) {
      flush();
      bytes.push(0xff, 0xd0 + ((row / rowsPerRestart! - 1) % 8));
    }
    for (let column = 0; column < columns; column++) {
      let predicted: number;
      if (isFirst) predicted = column === 0 ? 2 ** (precision - pointTransform - 1) : at(row, column - 1);
      else if (column === 0) predicted = at(row - 1, 0);
      else {
        predicted = predictors[predictor]!(at(row, column - 1), at(row - 1, column), at(row - 1, column - 1));
      }
      // Modulo 2^16, from -32767 to 32768.
      let difference = (at(row, column) - predicted) & 0xffff;
      if (difference > 32768) difference -= 65536;
      const category = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
      bits += category.toString(2).padStart(5, '0');
      if (category === 0 || category === 16) continue;
      const extra = difference > 0 ? difference : difference + 2 ** category - 1;
      bits += extra.toString(2).padStart(category, '0');
    }
  }
  flush();
  return Uint8Array.from([...bytes, 0xff, 0xd9]);
}

const rows = 6;
const columns = 5;
const extremes = Array.from({ length: rows * columns }, (_, k) => [0, 65535, 32768, 32767, 1][(k * 7) % 5]!);

describe('JPEG lossless', () => {
  for (const predictor of [1, 2, 3, 4, 5, 6, 7]) {
    it(`predictor ${predictor}: 16 bits at their extremes, with and without restarts`, () => {
      for (const rowsPerRestart of [undefined, 1, 2, 3, 4]) {
        const encoded = encode(extremes, rows, columns, {
          predictor,
          ...(rowsPerRestart && { rowsPerRestart }),
        });
        const { samples } = decodeJpegLossless(encoded, { rows, columns });
        expect([...samples], `${rowsPerRestart} rows between restarts`).toEqual(extremes);
      }
    });
  }

  it('of 8 and of 12 bits, and of a point transform', () => {
    const eight = extremes.map((value) => value >> 8);
    const frame = decodeJpegLossless(encode(eight, rows, columns, { precision: 8 }), { rows, columns });
    expect(frame).toMatchObject({ rows, columns, precision: 8 });
    expect(frame.samples).toEqual(Uint8Array.from(eight));

    const twelve = extremes.map((value) => value >> 4);
    const shifted = encode(twelve, rows, columns, { precision: 12, predictor: 5, pointTransform: 3 });
    expect([...decodeJpegLossless(shifted, { rows, columns }).samples]).toEqual(
      twelve.map((value) => value & ~7),
    );
  });

  it('is refused where pixels are missing, wherever it is cut', () => {
    const encoded = encode(extremes, rows, columns, { rowsPerRestart: 2 });
    for (let length = 0; length < encoded.length - 3; length++) {
      const cut = Uint8Array.from([...encoded.subarray(0, length), 0xff, 0xd9]);
      expect(() => decodeJpegLossless(cut, { rows, columns }), `${length} bytes`).toThrow(CodecError);
    }
  });

  it('is refused before memory is taken where it claims another size', () => {
    const encoded = encode(extremes, rows, columns);
    expect(() => decodeJpegLossless(encoded, { rows: 7, columns })).toThrow(
      'holds 5 x 6 pixels where the header says 5 x 7',
    );
  });
});
