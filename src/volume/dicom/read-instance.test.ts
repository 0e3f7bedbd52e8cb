import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  ctImage,
  dataSetBytes,
  type ElementSpec,
  explicitBig,
  fileBytesOf,
  implicitLittle,
  metaBytes,
  syntaxUids,
  undefinedLength,
} from '../../../tests/dicom-bytes.js';
import { errorOf } from '../../../tests/error-of.js';
import { VoxseekError } from '../../errors.js';
import type { DicomInstance, InstanceBytes } from './instance.js';
import { memoryBytes } from './instance-bytes.js';
import { readInstance } from './read-instance.js';

const read = (bytes: Uint8Array) => readInstance(memoryBytes('the file', bytes));

/** What of an instance can be compared: frames without the way back to their instance. */
const plain = ({ bytes: _, frames, ...rest }: DicomInstance) => ({
  ...rest,
  frames: frames.map(({ instance: _instance, ...frame }) => frame),
});

/** Counts what is read of a file, as {@link InstanceBytes} of a file on disk reads it. */
function counted(bytes: Uint8Array): InstanceBytes & { readonly starts: number[] } {
  const starts: number[] = [];
  return {
    name: 'the file',
    starts,
    read: async () => bytes,
    async readStart(length) {
      starts.push(Math.min(length, bytes.length));
      return bytes.subarray(0, length);
    },
  };
}

describe('the attributes of an instance', () => {
  it('are those of the file', async () => {
    const instance = await read(
      fileBytesOf(
        ctImage([
          { tag: 0x0008103e, vr: 'LO', value: 'Thorax ' },
          { tag: 0x00180015, vr: 'CS', value: 'CHEST' },
          { tag: 0x00180050, vr: 'DS', value: '1.25' },
          { tag: 0x00200012, vr: 'IS', value: '4' },
          { tag: 0x00200013, vr: 'IS', value: '17' },
          { tag: 0x00200052, vr: 'UI', value: '1.2.3.9' },
          { tag: 0x00281052, vr: 'DS', value: '-1024' },
          { tag: 0x00281053, vr: 'DS', value: '1.5' },
        ]),
      ),
    );
    expect(plain(instance)).toMatchObject({
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      sopInstanceUid: '1.2.3.4',
      studyInstanceUid: '1.2.3.1',
      seriesInstanceUid: '1.2.3.2',
      frameOfReferenceUid: '1.2.3.9',
      modality: 'CT',
      bodyPart: 'CHEST',
      seriesDescription: 'Thorax',
      transferSyntaxUid: syntaxUids.explicitLittle,
      imageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
      pixels: {
        rows: 2,
        columns: 3,
        samplesPerPixel: 1,
        photometricInterpretation: 'MONOCHROME2',
        bitsAllocated: 16,
        bitsStored: 16,
        highBit: 15,
        isSigned: true,
        frameCount: 1,
      },
      frames: [
        {
          index: 0,
          position: [1, 2, 3],
          orientation: { row: [1, 0, 0], column: [0, 1, 0] },
          pixelSpacing: [0.5, 0.25],
          sliceThickness: 1.25,
          rescale: { slope: 1.5, intercept: -1024 },
          acquisitionNumber: 4,
          instanceNumber: 17,
          bValue: undefined,
          gradient: undefined,
        },
      ],
    });
    expect(instance.frames[0]!.instance).toBe(instance);
  });

  it('are the same in every encoding, with and without preamble and group 2', async () => {
    const elements = ctImage([
      {
        tag: 0x00081140,
        vr: 'SQ',
        value: [[{ tag: 0x00081155, vr: 'UI', value: '1.2.3.7' }]],
        length: undefinedLength,
      },
    ]);
    const explicit = dataSetBytes(elements);
    const reference = plain(await read(fileBytesOf(elements)));
    const others = {
      implicit: fileBytesOf(elements, syntaxUids.implicitLittle, implicitLittle),
      'big endian': fileBytesOf(elements, syntaxUids.explicitBig, explicitBig),
      deflated: Buffer.concat([metaBytes(syntaxUids.deflated), deflateRawSync(explicit)]),
      'no preamble': fileBytesOf(elements).subarray(132),
      'no preamble and no group 2, explicit': explicit,
      'no preamble and no group 2, implicit': dataSetBytes(elements, implicitLittle),
      'explicit under the name of implicit': fileBytesOf(elements, syntaxUids.implicitLittle),
      'implicit under the name of explicit': fileBytesOf(elements, syntaxUids.explicitLittle, implicitLittle),
    };
    for (const [name, bytes] of Object.entries(others)) {
      const { transferSyntaxUid: _, ...instance } = plain(await read(bytes));
      expect(instance, name).toEqual({ ...reference, transferSyntaxUid: undefined } satisfies object);
    }
  });

  it('are undefined where the file is silent, and pixels are where there are none', async () => {
    const elements = ctImage().filter(({ tag }) => tag < 0x00200030);
    const instance = await read(fileBytesOf(elements));
    expect(instance.pixels).toBeUndefined();
    expect(instance.frames).toEqual([]);
    expect(instance.seriesDescription).toBeUndefined();
    expect(instance.frameOfReferenceUid).toBeUndefined();
  });

  it('take the half of a rescale that is missing as none', async () => {
    const offset = await read(fileBytesOf(ctImage([{ tag: 0x00281052, vr: 'DS', value: '-1024' }])));
    expect(offset.frames[0]!.rescale).toEqual({ slope: 1, intercept: -1024 });
    const scaled = await read(fileBytesOf(ctImage([{ tag: 0x00281053, vr: 'DS', value: '2' }])));
    expect(scaled.frames[0]!.rescale).toEqual({ slope: 2, intercept: 0 });
  });

  it('do not come from items: an icon has rows and pixels of its own', async () => {
    const icon: ElementSpec[] = [
      { tag: 0x00280010, vr: 'US', value: [64] },
      { tag: 0x00280011, vr: 'US', value: [64] },
      { tag: 0x7fe00010, vr: 'OW', value: new Uint8Array(64) },
    ];
    for (const length of [undefined, undefinedLength]) {
      const instance = await read(
        fileBytesOf(ctImage([{ tag: 0x00091110, vr: 'SQ', value: [icon], ...(length && { length }) }])),
      );
      expect(instance.pixels).toMatchObject({ rows: 2, columns: 3 });
    }
  });

  it('are found behind 64-bit values and behind sequences of unknown VR in implicit encoding', async () => {
    const inner = dataSetBytes([{ tag: 0x00080100, vr: 'SH', value: 'ABCD' }], implicitLittle);
    const header = Buffer.from([0xfe, 0xff, 0x00, 0xe0, inner.length, 0, 0, 0]);
    const delimiter = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
    const instance = await read(
      fileBytesOf(
        ctImage([
          { tag: 0x00090010, vr: 'LO', value: 'SOMEONE' },
          {
            tag: 0x00091001,
            vr: 'UN',
            value: Buffer.concat([header, inner, delimiter]),
            length: undefinedLength,
          },
          { tag: 0x00091002, vr: 'OV', value: new Uint8Array(16) },
          { tag: 0x00091003, vr: 'UV', value: new Uint8Array(8) },
        ]),
      ),
    );
    expect(instance.pixels).toMatchObject({ rows: 2, columns: 3 });
  });
});

describe('what is read of a file', () => {
  it('is its start, and more only where the header is longer', async () => {
    const pixels: ElementSpec = { tag: 0x7fe00010, vr: 'OW', value: new Uint8Array(1 << 20) };
    const small = counted(fileBytesOf(ctImage([pixels])));
    await readInstance(small);
    expect(small.starts).toEqual([32768]);

    const large = counted(
      fileBytesOf(ctImage([{ tag: 0x00091001, vr: 'OB', value: new Uint8Array(300_000) }, pixels])),
    );
    await readInstance(large);
    expect(Math.max(...large.starts)).toBeLessThan(400_000);
  });

  it('is no more than the start of what is deflated, however much that would become', async () => {
    const bomb = Buffer.concat([
      dataSetBytes(ctImage().filter(({ tag }) => tag < 0x7fe00000)),
      dataSetBytes([{ tag: 0x7fe00010, vr: 'OW', value: Buffer.alloc(1 << 26) }]),
    ]);
    const file = Buffer.concat([metaBytes(syntaxUids.deflated), deflateRawSync(bomb)]);
    const before = process.memoryUsage().arrayBuffers;
    expect((await read(file)).pixels).toMatchObject({ rows: 2 });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 24);
  });
});

describe('enhanced objects', () => {
  const measures = (thickness: string): ElementSpec => ({
    tag: 0x00289110,
    vr: 'SQ',
    value: [
      [
        { tag: 0x00180050, vr: 'DS', value: thickness },
        { tag: 0x00280030, vr: 'DS', value: '0.7\\0.8' },
      ],
    ],
  });
  const shared: ElementSpec[] = [
    measures('3'),
    {
      tag: 0x00209116,
      vr: 'SQ',
      value: [[{ tag: 0x00200037, vr: 'DS', value: '0\\1\\0\\0\\0\\-1' }]],
    },
    { tag: 0x00189114, vr: 'SQ', value: [[{ tag: 0x00189082, vr: 'FD', value: [92.5] }]] },
    {
      tag: 0x00189226,
      vr: 'SQ',
      value: [[{ tag: 0x00089007, vr: 'CS', value: 'ORIGINAL\\PRIMARY\\DIFFUSION\\NONE' }]],
    },
  ];
  const frame = (k: number): ElementSpec[] => [
    ...(k === 1 ? [measures('4')] : []),
    { tag: 0x00209113, vr: 'SQ', value: [[{ tag: 0x00200032, vr: 'DS', value: `${k}\\0\\-${k}` }]] },
    {
      tag: 0x00289145,
      vr: 'SQ',
      value: [
        [
          { tag: 0x00281052, vr: 'DS', value: `${10 * k}` },
          { tag: 0x00281053, vr: 'DS', value: '2' },
        ],
      ],
    },
    {
      tag: 0x00189117,
      vr: 'SQ',
      value: [
        [
          { tag: 0x00189087, vr: 'FD', value: [1000 * k] },
          {
            tag: 0x00189076,
            vr: 'SQ',
            value: [[{ tag: 0x00189089, vr: 'FD', value: [0, 0.6, 0.8] }]],
          },
        ],
      ],
    },
    {
      tag: 0x00209111,
      vr: 'SQ',
      value: [
        [
          { tag: 0x00209128, vr: 'UL', value: [70_000 + k] },
          { tag: 0x00209156, vr: 'US', value: [5] },
        ],
      ],
    },
    { tag: 0x00189118, vr: 'SQ', value: [[{ tag: 0x00209153, vr: 'FD', value: [0.5 * k] }]] },
  ];
  const enhanced = (frames: number, length?: number): ElementSpec[] =>
    ctImage([
      { tag: 0x00280008, vr: 'IS', value: '3' },
      { tag: 0x52009229, vr: 'SQ', value: [shared], ...(length && { length }) },
      {
        tag: 0x52009230,
        vr: 'SQ',
        value: Array.from({ length: frames }, (_, k) => frame(k)),
        ...(length && { length }),
      },
    ]);

  it('have the attributes of each frame, and for the rest those that frames share', async () => {
    for (const length of [undefined, undefinedLength]) {
      const { frames } = await read(fileBytesOf(enhanced(3, length)));
      expect(frames.map(({ position }) => position)).toEqual([
        [0, 0, -0],
        [1, 0, -1],
        [2, 0, -2],
      ]);
      expect(frames.map(({ sliceThickness }) => sliceThickness)).toEqual([3, 4, 3]);
      expect(frames[2]).toMatchObject({
        index: 2,
        orientation: { row: [0, 1, 0], column: [0, 0, -1] },
        pixelSpacing: [0.7, 0.8],
        rescale: { slope: 2, intercept: 20 },
        echoTime: 92.5,
        bValue: 2000,
        gradient: [0, 0.6, 0.8],
        temporalPosition: 70_002,
        acquisitionNumber: 5,
        triggerTime: 1,
        frameType: ['ORIGINAL', 'PRIMARY', 'DIFFUSION', 'NONE'],
      });
    }
  });

  it('are refused where frames have no functional groups', async () => {
    const error = await errorOf(read(fileBytesOf(enhanced(2))));
    expect(error).toMatchObject({ code: 'DICOM_INVALID', subject: 'the file' });
    expect(error.reason).toBe('has 3 frames but functional groups for 2');
  });
});

describe('diffusion of the vendors', () => {
  const fd = (values: number[]) => dataSetBytes([{ tag: 0x00189089, vr: 'FD', value: values }]).subarray(8);
  const fl = (value: number) => dataSetBytes([{ tag: 0x00189089, vr: 'FL', value: [value] }]).subarray(8);
  const cases: Record<string, readonly [ElementSpec[], number, (readonly number[])?]> = {
    'the standard element': [
      [
        { tag: 0x00189087, vr: 'FD', value: [700] },
        { tag: 0x00189089, vr: 'FD', value: [1, 0, 0] },
      ],
      700,
      [1, 0, 0],
    ],
    'Siemens, in a block that is not the first': [
      [
        { tag: 0x00190010, vr: 'LO', value: 'ANOTHER' },
        { tag: 0x00190011, vr: 'LO', value: 'SIEMENS MR HEADER' },
        { tag: 0x0019100c, vr: 'IS', value: '99' },
        { tag: 0x0019110c, vr: 'IS', value: '1000' },
        { tag: 0x0019110e, vr: 'FD', value: [0, 0, 1] },
      ],
      1000,
      [0, 0, 1],
    ],
    'Siemens, of unknown VR': [
      [
        { tag: 0x00190010, vr: 'LO', value: 'SIEMENS MR HEADER' },
        { tag: 0x0019100c, vr: 'UN', value: '50' },
        { tag: 0x0019100e, vr: 'UN', value: fd([0, 1, 0]) },
      ],
      50,
      [0, 1, 0],
    ],
    'Siemens, private elements removed': [[{ tag: 0x00180024, vr: 'SH', value: '*ep_b800#12' }], 800],
    'GE, with the billion that is added to one of several': [
      [
        { tag: 0x00190010, vr: 'LO', value: 'GEMS_ACQU_01' },
        { tag: 0x001910bb, vr: 'DS', value: '0.6' },
        { tag: 0x001910bc, vr: 'DS', value: '0' },
        { tag: 0x001910bd, vr: 'DS', value: '-0.8' },
        { tag: 0x00430010, vr: 'LO', value: 'GEMS_PARM_01' },
        { tag: 0x00431039, vr: 'IS', value: '1000012000\\8\\0\\0' },
      ],
      12_000,
      [0.6, 0, -0.8],
    ],
    Philips: [
      [
        { tag: 0x20010010, vr: 'LO', value: 'Philips Imaging DD 001' },
        { tag: 0x20011003, vr: 'UN', value: fl(1500) },
      ],
      1500,
    ],
  };
  for (const [name, [elements, bValue, gradient]] of Object.entries(cases)) {
    it(name, async () => {
      const { frames } = await read(fileBytesOf(ctImage(elements)));
      expect(frames[0]).toMatchObject({ bValue, gradient });
    });
  }
});

describe('broken files', () => {
  const elements = ctImage([
    { tag: 0x00081140, vr: 'SQ', value: [[{ tag: 0x00081155, vr: 'UI', value: '1.2' }]] },
    {
      tag: 0x00081199,
      vr: 'SQ',
      value: [[{ tag: 0x00081155, vr: 'UI', value: '1.2' }]],
      length: undefinedLength,
    },
  ]);

  it('are refused wherever they are cut off', async () => {
    const encodings = {
      explicit: fileBytesOf(elements),
      implicit: fileBytesOf(elements, syntaxUids.implicitLittle, implicitLittle),
      'big endian': fileBytesOf(elements, syntaxUids.explicitBig, explicitBig),
    };
    for (const [name, whole] of Object.entries(encodings)) {
      const headerEnd = whole.length - 12;
      for (let length = 0; length < headerEnd; length++) {
        const outcome = await read(whole.subarray(0, length)).then(
          (instance) => instance,
          (error: unknown) => error,
        );
        // Cut off between two elements before Rows, a file is whole as an object without pixels.
        if (!(outcome instanceof Error)) {
          expect((outcome as DicomInstance).pixels, `${name}, ${length} bytes`).toBeUndefined();
          continue;
        }
        expect(outcome, `${name}, ${length} bytes`).toBeInstanceOf(VoxseekError);
        expect(outcome, `${name}, ${length} bytes`).toMatchObject({
          code: 'DICOM_INVALID',
          subject: 'the file',
        });
      }
    }
  });

  it('never end in anything but an instance or a named error, whatever byte is wrong', async () => {
    for (const whole of [
      fileBytesOf(elements),
      fileBytesOf(elements, syntaxUids.implicitLittle, implicitLittle),
    ]) {
      for (let position = 132; position < whole.length; position++) {
        for (const byte of [0x00, 0x5c, 0xff]) {
          const changed = Buffer.from(whole);
          changed[position] = byte;
          await read(changed).catch((error: unknown) => {
            expect(error, `byte ${position}`).toBeInstanceOf(VoxseekError);
            expect((error as VoxseekError).code, `byte ${position}`).toBe('DICOM_INVALID');
          });
        }
      }
    }
  });

  const reasons: Record<string, readonly [Uint8Array, RegExp]> = {
    'a length that is too long': [
      fileBytesOf(ctImage([{ tag: 0x00080070, vr: 'LO', value: 'ACME', length: 11 }])),
      /^at byte \d+ there is no element with a value representation: a length before it is wrong$/,
    ],
    'a length beyond the file': [
      fileBytesOf(ctImage([{ tag: 0x00091001, vr: 'OB', value: new Uint8Array(4), length: 0x7ffffff0 }])),
      /^is truncated, or a length in it is wrong: it ends in the middle of \(0009,1001\)$/,
    ],
    'an item that is longer than its sequence': [
      fileBytesOf(
        ctImage([{ tag: 0x52009229, vr: 'SQ', value: Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0x40, 0, 0, 0]) }]),
      ),
      /^an item of \(5200,9229\) is longer than the sequence$/,
    ],
    'a sequence of something else than items': [
      fileBytesOf(ctImage([{ tag: 0x52009229, vr: 'SQ', value: new Uint8Array(8) }])),
      /an item is expected but \(0000,0000\) is there$/,
    ],
    'pixels cut off with all of their element': [
      fileBytesOf(ctImage().filter(({ tag }) => tag !== 0x7fe00010)),
      /^is truncated: it has Rows but no Pixel Data$/,
    ],
    'no identity': [
      fileBytesOf(ctImage().filter(({ tag }) => tag !== 0x0020000e)),
      /^has no Series Instance UID$/,
    ],
    'no rows': [fileBytesOf(ctImage([{ tag: 0x00280010, vr: 'US', value: [0] }])), /no rows/],
    'absurd frames': [
      fileBytesOf(ctImage([{ tag: 0x00280008, vr: 'IS', value: '2000000000' }])),
      /^has 2000000000 as its Number of Frames$/,
    ],
    'bits that cannot be': [
      fileBytesOf(ctImage([{ tag: 0x00280101, vr: 'US', value: [17] }])),
      /^has 17 bits stored up to bit 15 in 16 bits allocated$/,
    ],
    'another kind of file': [Buffer.from('just text, longer than a few bytes'), /^is no DICOM file$/],
    'an empty file': [new Uint8Array(), /^is no DICOM file$/],
    'deflated data that are none': [
      Buffer.concat([metaBytes(syntaxUids.deflated), Buffer.from('no deflated data at all')]),
      /^cannot be inflated/,
    ],
    'deflated data cut off': [
      Buffer.concat([metaBytes(syntaxUids.deflated), deflateRawSync(dataSetBytes(elements)).subarray(0, 60)]),
      /^cannot be inflated/,
    ],
  };
  for (const [name, [bytes, reason]] of Object.entries(reasons)) {
    it(`are refused with the reason: ${name}`, async () => {
      const error = await errorOf(read(bytes));
      expect(error).toMatchObject({ code: 'DICOM_INVALID', subject: 'the file' });
      expect(error.reason).toMatch(reason);
    });
  }

  it('cannot exhaust the stack with sequences in sequences', async () => {
    const open = Buffer.concat([
      Buffer.from([0x08, 0x00, 0x40, 0x11, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff]),
      Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]),
    ]);
    const deep = Buffer.concat([
      metaBytes(syntaxUids.explicitLittle),
      ...Array.from({ length: 100_000 }, () => open),
    ]);
    expect((await errorOf(read(deep))).reason).toMatch(/more than 64 deep/);
  });

  it('tell nothing of the patient', async () => {
    const bytes = fileBytesOf(
      ctImage([
        { tag: 0x00100010, vr: 'PN', value: 'Doe^Jane' },
        { tag: 0x00100020, vr: 'LO', value: 'ID-4711' },
        { tag: 0x00280010, vr: 'US', value: [0] },
      ]),
    );
    const error = await errorOf(read(bytes));
    expect(`${error.message} ${error.stack}`).not.toMatch(/Doe|Jane|4711/);
  });
});
