import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  ctImage,
  dataSetBytes,
  type ElementSpec,
  encapsulated,
  explicitBig,
  fileBytesOf,
  implicitLittle,
  metaBytes,
  syntaxUids,
} from '../../../tests/dicom-bytes.js';
import { errorOf } from '../../../tests/error-of.js';
import { memoryBytes } from './instance-bytes.js';
import { readInstance } from './read-instance.js';
import { readPixels } from './read-pixels.js';

const rle = '1.2.840.10008.1.2.5';

async function read(bytes: Uint8Array) {
  return (await readPixels(await readInstance(memoryBytes('the file', bytes)))).data;
}

const us = (tag: number, value: number): ElementSpec => ({ tag, vr: 'US', value: [value] });
const pixels = (value: Uint8Array): ElementSpec => ({ tag: 0x7fe00010, vr: 'OW', value });
const words = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);

describe('native pixels', () => {
  it('are the stored values, in every encoding of the data set', async () => {
    const expected = Int16Array.of(1, 2, 3, 4, 5, -1);
    const elements = ctImage();
    const swapped = ctImage([pixels(Uint8Array.of(0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0xff, 0xff))]);
    expect(await read(fileBytesOf(elements))).toEqual(expected);
    expect(await read(fileBytesOf(elements, syntaxUids.implicitLittle, implicitLittle))).toEqual(expected);
    expect(await read(fileBytesOf(swapped, syntaxUids.explicitBig, explicitBig))).toEqual(expected);
    const deflated = Buffer.concat([metaBytes(syntaxUids.deflated), deflateRawSync(dataSetBytes(elements))]);
    expect(await read(deflated)).toEqual(expected);
    // At an odd address a 16-bit view is impossible.
    const shifted = Buffer.concat([Buffer.alloc(1), fileBytesOf(elements)]).subarray(1);
    expect(await read(shifted)).toEqual(expected);
  });

  it('of 8 bits may come in swapped words, and with a byte of padding', async () => {
    const eight = (changed: ElementSpec[]) =>
      ctImage([us(0x00280100, 8), us(0x00280101, 8), us(0x00280102, 7), ...changed]);
    const plain = pixels(Uint8Array.of(1, 2, 3, 4, 5, 255));
    expect(await read(fileBytesOf(eight([plain])))).toEqual(Int8Array.of(1, 2, 3, 4, 5, -1));
    expect(await read(fileBytesOf(eight([plain, us(0x00280103, 0)])))).toEqual(
      Uint8Array.of(1, 2, 3, 4, 5, 255),
    );
    const asWords = pixels(Uint8Array.of(2, 1, 4, 3, 255, 5));
    expect(await read(fileBytesOf(eight([asWords]), syntaxUids.explicitBig, explicitBig))).toEqual(
      Int8Array.of(1, 2, 3, 4, 5, -1),
    );
    const oddWords = eight([us(0x00280010, 1), pixels(Uint8Array.of(2, 1, 0, 3))]);
    expect(await read(fileBytesOf(oddWords, syntaxUids.explicitBig, explicitBig))).toEqual(
      Int8Array.of(1, 2, 3),
    );
    const odd = eight([us(0x00280010, 1), pixels(Uint8Array.of(1, 2, 3, 0))]);
    expect(await read(fileBytesOf(odd))).toEqual(Int8Array.of(1, 2, 3));
  });

  it('of fewer bits than are allocated lose what else lies in their words, and keep their sign', async () => {
    const stored = (bits: number, highBit: number, isSigned: 0 | 1, more: ElementSpec[] = []) =>
      fileBytesOf(
        ctImage([
          us(0x00280010, 1),
          us(0x00280101, bits),
          us(0x00280102, highBit),
          us(0x00280103, isSigned),
          pixels(words(0xf7ff, 0x0800, 0x1fff)),
          ...more,
        ]),
      );
    // 12 bits at the bottom of the word: 0x7ff, 0x800, 0xfff.
    expect(await read(stored(12, 11, 0))).toEqual(Uint16Array.of(0x7ff, 0x800, 0xfff));
    expect(await read(stored(12, 11, 1))).toEqual(Int16Array.of(2047, -2048, -1));
    // 12 bits at its top: 0xf7f, 0x080, 0x1ff.
    expect(await read(stored(12, 15, 0))).toEqual(Uint16Array.of(0xf7f, 0x080, 0x1ff));
    expect(await read(stored(12, 15, 1))).toEqual(Int16Array.of(0xf7f - 0x1000, 0x080, 0x1ff));
    const dark: ElementSpec = { tag: 0x00280004, vr: 'CS', value: 'MONOCHROME1' };
    expect(await read(stored(12, 11, 0, [dark]))).toEqual(Uint16Array.of(0x800, 0x7ff, 0));
    expect(await read(stored(12, 11, 1, [dark]))).toEqual(Int16Array.of(-2048, 2047, 0));
    expect(await read(stored(16, 15, 1, [dark]))).toEqual(
      Int16Array.of(-1 - (0xf7ff - 0x10000), -1 - 0x800, -1 - 0x1fff),
    );
  });

  it('may be padded by less than a row', async () => {
    const padded = pixels(words(1, 2, 3, 4, 5, 6, 99, 99));
    expect(await read(fileBytesOf(ctImage([padded])))).toEqual(Int16Array.of(1, 2, 3, 4, 5, 6));
  });

  const broken: Record<string, readonly [Uint8Array, RegExp]> = {
    'cut off': [
      fileBytesOf(ctImage()).subarray(0, -5),
      /^is truncated: 5 of 12 bytes of pixels are missing$/,
    ],
    'cut off, deflated': [
      Buffer.concat([
        metaBytes(syntaxUids.deflated),
        deflateRawSync(
          dataSetBytes(ctImage([us(0x00280010, 400), us(0x00280011, 500), pixels(noise(400_000))])),
        ).subarray(0, 200_000),
      ]),
      /^cannot be inflated/,
    ],
    'fewer than the header asks for': [
      fileBytesOf(ctImage([us(0x00280010, 3)])),
      /^has 12 bytes of pixels where its header asks for 18$/,
    ],
    'more than the header asks for': [
      fileBytesOf(ctImage([us(0x00280010, 1)])),
      /^has 12 bytes of pixels where its header asks for 6$/,
    ],
    'so many that memory would not do': [
      fileBytesOf(
        ctImage([
          us(0x00280010, 65535),
          us(0x00280011, 65535),
          { tag: 0x00280008, vr: 'IS', value: '100000' },
        ]),
      ),
      /^has 12 bytes of pixels where its header asks for 858967245000000$/,
    ],
    'uncompressed under the name of a compression': [
      fileBytesOf(ctImage(), rle),
      /^has uncompressed pixels, but the transfer syntax of RLE Lossless$/,
    ],
  };
  for (const [name, [bytes, reason]] of Object.entries(broken)) {
    it(`are refused: ${name}`, async () => {
      const error = await errorOf(read(bytes));
      expect(error).toMatchObject({ code: 'DICOM_INVALID', subject: 'the file' });
      expect(error.reason).toMatch(reason);
    });
  }

  const unusable: Record<string, ElementSpec[]> = {
    colour: [us(0x00280002, 3), { tag: 0x00280004, vr: 'CS', value: 'RGB' }],
    'a palette': [{ tag: 0x00280004, vr: 'CS', value: 'PALETTE COLOR' }],
    '32 bits': [us(0x00280100, 32), us(0x00280101, 32), us(0x00280102, 31)],
  };
  for (const [name, changed] of Object.entries(unusable)) {
    it(`are no volume: ${name}`, async () => {
      expect(await errorOf(read(fileBytesOf(ctImage(changed))))).toMatchObject({ code: 'SERIES_UNUSABLE' });
    });
  }

  it('of an unknown transfer syntax are refused by name', async () => {
    const error = await errorOf(read(fileBytesOf(ctImage(), '1.2.840.10008.1.2.4.100')));
    expect(error.code).toBe('TRANSFER_SYNTAX_UNSUPPORTED');
    expect(error.reason).toContain('1.2.840.10008.1.2.4.100');
  });
});

/** Bytes that do not compress: a linear congruential generator. */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  });
}

/** RLE of PS3.5 annex G for 16 bits, literal runs only: the high bytes in one segment, the low ones in another. */
function rleFrame(values: readonly number[]): Buffer {
  const literal = (bytes: number[]) => Buffer.from([bytes.length - 1, ...bytes]);
  const high = literal(values.map((value) => (value >> 8) & 0xff));
  const low = literal(values.map((value) => value & 0xff));
  const header = Buffer.alloc(64);
  header.writeUInt32LE(2, 0);
  header.writeUInt32LE(64, 4);
  header.writeUInt32LE(64 + high.length, 8);
  return Buffer.concat([header, high, low]);
}

describe('frames and their fragments', () => {
  const values = [
    [1, 2, 3, 4, 5, 6],
    [-1, -2, -3, -4, -5, -300],
    [700, 800, 900, 1000, 1100, 1200],
  ];
  const expected = Int16Array.from(values.flat());
  const frames = values.map(rleFrame);
  const halves = frames.flatMap((frame) => [frame.subarray(0, 66), frame.subarray(66)]);
  /** Where the items of these fragments begin, counted from the first of them. */
  const offsets = (fragments: readonly Uint8Array[]) => {
    let offset = 0;
    return fragments.map(({ length }) => {
      const start = offset;
      offset += 8 + length + (length % 2);
      return start;
    });
  };
  const everyOther = offsets(halves).filter((_, k) => k % 2 === 0);
  const file = (table: readonly number[], fragments: readonly Uint8Array[], more: ElementSpec[] = []) =>
    Buffer.concat([
      fileBytesOf(
        ctImage([{ tag: 0x00280008, vr: 'IS', value: '3' }, ...more]).filter(({ tag }) => tag !== 0x7fe00010),
        rle,
      ),
      encapsulated(table, fragments),
    ]);
  const extended: ElementSpec[] = [
    { tag: 0x7fe00001, vr: 'OV', value: new Uint8Array(BigUint64Array.from(everyOther.map(BigInt)).buffer) },
    { tag: 0x7fe00002, vr: 'OV', value: new Uint8Array(24) },
  ];

  const readable: Record<string, Uint8Array> = {
    'one fragment a frame, no table': file([], frames),
    'one fragment a frame, a table': file(offsets(frames), frames),
    'one fragment a frame, a wrong table': file([0, 10, 20], frames),
    'two fragments a frame, a table': file(everyOther, halves),
    'two fragments a frame, an extended table': file([], halves, extended),
    'an empty fragment at the end': file([], [...frames, new Uint8Array()]),
  };
  for (const [name, bytes] of Object.entries(readable)) {
    it(name, async () => expect(await read(bytes)).toEqual(expected));
  }

  it('one frame in many fragments', async () => {
    const single = Buffer.concat([
      fileBytesOf(
        ctImage().filter(({ tag }) => tag !== 0x7fe00010),
        rle,
      ),
      encapsulated([], [frames[1]!.subarray(0, 64), frames[1]!.subarray(64, 66), frames[1]!.subarray(66)]),
    ]);
    expect(await read(single)).toEqual(Int16Array.from(values[1]!));
  });

  it('uncompressed and deflated frames', async () => {
    const raw = values.map((frame) => new Uint8Array(Int16Array.from(frame).buffer));
    const native = ctImage([{ tag: 0x00280008, vr: 'IS', value: '3' }]).filter(
      ({ tag }) => tag !== 0x7fe00010,
    );
    const uncompressed = [fileBytesOf(native, '1.2.840.10008.1.2.1.98'), encapsulated([], raw)];
    const deflated = [
      fileBytesOf(native, '1.2.840.10008.1.2.8.1'),
      encapsulated(
        [],
        raw.map((frame) => deflateRawSync(frame)),
      ),
    ];
    expect(await read(Buffer.concat(uncompressed))).toEqual(expected);
    expect(await read(Buffer.concat(deflated))).toEqual(expected);
  });

  const broken: Record<string, readonly [Uint8Array, RegExp]> = {
    'nothing tells which fragments belong together': [
      file([0, 10, 20], halves),
      /^has 3 frames in 6 fragments, and neither an offset table nor the fragments tell/,
    ],
    'frames are missing': [file([], frames.slice(0, 2)), /^has 3 frames in 2 fragments/],
    'no frame at all': [file([], []), /^has Pixel Data without a fragment$/],
    'cut off in a fragment': [
      file([], frames).subarray(0, -40),
      /^is truncated: it ends in the middle of \(7FE0,0010\)$/,
    ],
    'cut off before the delimiter': [
      file([], frames).subarray(0, -8),
      /^is truncated: it ends in the middle of \(7FE0,0010\)$/,
    ],
    'a frame is cut off within its fragment': [
      file([], [frames[0]!, frames[1]!.subarray(0, 74), frames[2]!]),
      /^frame 1 is truncated: pixels are missing$/,
    ],
    'a frame of more pixels than the header says': [
      file([], frames, [us(0x00280011, 2)]),
      /^frame 0 holds more pixels than its size$/,
    ],
    'a segment outside of the frame': [
      file([], [frames[0]!, frames[1]!, Buffer.from(frames[2]!).fill(0xff, 8, 12)]),
      /^frame 2 has an RLE segment that lies outside of it$/,
    ],
    'a length beyond the file': [
      withLastLength(file([], frames), frames[2]!, 0x7f7f7f7f),
      /^is truncated: it ends in the middle of \(7FE0,0010\)$/,
    ],
  };
  for (const [name, [bytes, reason]] of Object.entries(broken)) {
    it(`are refused: ${name}`, async () => {
      const error = await errorOf(read(bytes));
      expect(error).toMatchObject({ code: 'DICOM_INVALID', subject: 'the file' });
      expect(error.reason).toMatch(reason);
    });
  }
});

/** The file with another length field of its last fragment; a delimiter of 8 bytes follows that. */
function withLastLength(file: Buffer, fragment: Uint8Array, length: number): Buffer {
  const changed = Buffer.from(file);
  changed.writeUInt32LE(length, file.length - 8 - fragment.length - 4);
  return changed;
}
