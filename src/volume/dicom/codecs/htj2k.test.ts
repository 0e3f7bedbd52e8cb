import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { ctImage, encapsulated, fileBytesOf } from '../../../../tests/dicom-bytes.js';
import { errorOf } from '../../../../tests/error-of.js';
import { memoryBytes } from '../instance-bytes.js';
import { readInstance } from '../read-instance.js';
import { readPixels } from '../read-pixels.js';

/** OpenJPH's encoder; dcmtk and gdcm have none. What is decoded is compared with what was encoded. */
interface Encoder {
  getDecodedBuffer(info: {
    width: number;
    height: number;
    bitsPerSample: number;
    componentCount: number;
    isSigned: boolean;
    isUsingColorTransform: boolean;
  }): Uint8Array;
  setQuality(reversible: boolean, step: number): void;
  setProgressionOrder(order: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  delete(): void;
}

const openjph = createRequire(import.meta.url)('@cornerstonejs/codec-openjph/wasmjs') as (
  options: object,
) => Promise<{
  HTJ2KEncoder: new () => Encoder;
}>;

const rows = 96;
const columns = 80;

/** A slope with a coarse pattern on it, around zero where it is signed. */
function picture(isSigned: boolean, bits: number): Int32Array {
  const middle = isSigned ? 0 : 2 ** (bits - 1);
  return Int32Array.from({ length: rows * columns }, (_, k) => {
    const [row, column] = [Math.floor(k / columns), k % columns];
    return middle + 3 * row - 5 * column + ((row * 31 + column * 17) % 23);
  });
}

async function encode(
  voxels: Int32Array,
  isSigned: boolean,
  bits: number,
  step?: number,
): Promise<Uint8Array> {
  const { HTJ2KEncoder } = await openjph({ print: () => {}, printErr: () => {} });
  const encoder = new HTJ2KEncoder();
  const input = encoder.getDecodedBuffer({
    width: columns,
    height: rows,
    bitsPerSample: bits,
    componentCount: 1,
    isSigned,
    isUsingColorTransform: false,
  });
  input.set(new Uint8Array((isSigned ? Int16Array : Uint16Array).from(voxels).buffer));
  // 2: RPCL, what 1.2.840.10008.1.2.4.202 asks for.
  encoder.setProgressionOrder(2);
  encoder.setQuality(step === undefined, step ?? 0);
  encoder.encode();
  const encoded = encoder.getEncodedBuffer().slice();
  encoder.delete();
  return encoded;
}

function file(syntax: string, encoded: Uint8Array, isSigned: boolean, bits: number): Uint8Array {
  const us = (tag: number, value: number) => ({ tag, vr: 'US', value: [value] });
  const header = ctImage([
    us(0x00280010, rows),
    us(0x00280011, columns),
    us(0x00280101, bits),
    us(0x00280102, bits - 1),
    us(0x00280103, isSigned ? 1 : 0),
  ]).filter(({ tag }) => tag !== 0x7fe00010);
  return Buffer.concat([fileBytesOf(header, syntax), encapsulated([], [encoded])]);
}

async function read(bytes: Uint8Array) {
  return (await readPixels(await readInstance(memoryBytes('the file', bytes)))).data;
}

describe('HTJ2K', () => {
  for (const syntax of ['1.2.840.10008.1.2.4.201', '1.2.840.10008.1.2.4.202']) {
    it(`${syntax}, without loss`, async () => {
      for (const [isSigned, bits] of [
        [false, 12],
        [true, 12],
        [false, 16],
        [true, 16],
      ] as const) {
        const voxels = picture(isSigned, bits);
        const data = await read(file(syntax, await encode(voxels, isSigned, bits), isSigned, bits));
        expect(Int32Array.from(data)).toEqual(voxels);
      }
    });
  }

  it('1.2.840.10008.1.2.4.203, with loss, no more than it was told to lose', async () => {
    const voxels = picture(false, 12);
    const step = 1 / 2048;
    const data = await read(
      file('1.2.840.10008.1.2.4.203', await encode(voxels, false, 12, step), false, 12),
    );
    const largest = Math.max(...voxels.map((value, k) => Math.abs(value - data[k]!)));
    // Steps of 2 (1/2048 of the range of 4096) in the wavelet domain add up to a few in that of pixels.
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThan(8);
  });

  it('is refused where it is cut off, though the decoder fills it up in silence', async () => {
    const encoded = await encode(picture(false, 12), false, 12);
    for (const share of [0.01, 0.2, 0.6, 0.95]) {
      const cut = encoded.subarray(0, Math.floor(encoded.length * share));
      const error = await errorOf(read(file('1.2.840.10008.1.2.4.201', cut, false, 12)));
      expect(error).toMatchObject({ code: 'DICOM_INVALID', subject: 'the file' });
      expect(error.reason).toMatch(/^frame 0 is truncated/);
    }
  });
});
