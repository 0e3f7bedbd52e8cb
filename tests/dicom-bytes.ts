/**
 * DICOM files made byte by byte from PS3.5 and PS3.10, so that the reader is checked against the standard and not
 * against a writer that shares its mistakes, and so that they can be wrong where a test wants that.
 */

export interface Encoding {
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

export const explicitLittle: Encoding = { explicit: true, littleEndian: true };
export const implicitLittle: Encoding = { explicit: false, littleEndian: true };
export const explicitBig: Encoding = { explicit: true, littleEndian: false };

export const syntaxUids = {
  implicitLittle: '1.2.840.10008.1.2',
  explicitLittle: '1.2.840.10008.1.2.1',
  deflated: '1.2.840.10008.1.2.1.99',
  explicitBig: '1.2.840.10008.1.2.2',
} as const;

/** One element: text as its characters, numbers as the VR has them, an array of items for SQ. */
export interface ElementSpec {
  readonly tag: number;
  readonly vr: string;
  readonly value: string | readonly number[] | Uint8Array | readonly (readonly ElementSpec[])[];
  /** Written in place of the true length; 0xffffffff makes a sequence with delimiters. */
  readonly length?: number;
}

const longVrs = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'];
export const undefinedLength = 0xffffffff;

export function dataSetBytes(elements: readonly ElementSpec[], encoding: Encoding = explicitLittle): Buffer {
  return Buffer.concat(elements.map((element) => elementBytes(element, encoding)));
}

/** A file with preamble and group 2. */
export function fileBytesOf(
  elements: readonly ElementSpec[],
  transferSyntaxUid: string = syntaxUids.explicitLittle,
  encoding: Encoding = explicitLittle,
): Buffer {
  return Buffer.concat([metaBytes(transferSyntaxUid), dataSetBytes(elements, encoding)]);
}

/** Preamble, DICM and group 2, always explicit little endian (PS3.10 7.1). */
export function metaBytes(transferSyntaxUid: string): Buffer {
  const elements = dataSetBytes([
    { tag: 0x00020001, vr: 'OB', value: Uint8Array.of(0, 1) },
    { tag: 0x00020002, vr: 'UI', value: ctImageStorage },
    { tag: 0x00020010, vr: 'UI', value: transferSyntaxUid },
  ]);
  const groupLength = dataSetBytes([{ tag: 0x00020000, vr: 'UL', value: [elements.length] }]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), groupLength, elements]);
}

export const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2';

/** A CT image of 2 x 3 pixels at (1, 2, 3) mm; `changed` replaces elements of the same tag or adds some. */
export function ctImage(changed: readonly ElementSpec[] = []): ElementSpec[] {
  const elements: ElementSpec[] = [
    { tag: 0x00080008, vr: 'CS', value: 'ORIGINAL\\PRIMARY\\AXIAL' },
    { tag: 0x00080016, vr: 'UI', value: ctImageStorage },
    { tag: 0x00080018, vr: 'UI', value: '1.2.3.4' },
    { tag: 0x00080060, vr: 'CS', value: 'CT' },
    { tag: 0x0020000d, vr: 'UI', value: '1.2.3.1' },
    { tag: 0x0020000e, vr: 'UI', value: '1.2.3.2' },
    { tag: 0x00200032, vr: 'DS', value: '1\\2\\3' },
    { tag: 0x00200037, vr: 'DS', value: '1\\0\\0\\0\\1\\0' },
    { tag: 0x00280002, vr: 'US', value: [1] },
    { tag: 0x00280004, vr: 'CS', value: 'MONOCHROME2' },
    { tag: 0x00280010, vr: 'US', value: [2] },
    { tag: 0x00280011, vr: 'US', value: [3] },
    { tag: 0x00280030, vr: 'DS', value: '0.5\\0.25' },
    { tag: 0x00280100, vr: 'US', value: [16] },
    { tag: 0x00280101, vr: 'US', value: [16] },
    { tag: 0x00280102, vr: 'US', value: [15] },
    { tag: 0x00280103, vr: 'US', value: [1] },
    { tag: 0x7fe00010, vr: 'OW', value: Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 0xff, 0xff) },
  ];
  const tags = new Set(changed.map(({ tag }) => tag));
  return [...elements.filter(({ tag }) => !tags.has(tag)), ...changed].sort((a, b) => a.tag - b.tag);
}

/** Pixel Data of fragments (PS3.5 A.4), for the end of a file: offset table, fragments, delimiter. */
export function encapsulated(offsetTable: readonly number[], fragments: readonly Uint8Array[]): Buffer {
  const table = Buffer.alloc(4 * offsetTable.length);
  for (const [k, offset] of offsetTable.entries()) table.writeUInt32LE(offset, 4 * k);
  const padded = fragments.map((one) => (one.length % 2 === 0 ? one : Buffer.concat([one, Buffer.alloc(1)])));
  return Buffer.concat([
    tagBytes(0x7fe00010, true),
    Buffer.from('OB\0\0'),
    uint32(undefinedLength, true),
    ...[table, ...padded].flatMap((one) => [tagBytes(0xfffee000, true), uint32(one.length, true), one]),
    tagBytes(0xfffee0dd, true),
    uint32(0, true),
  ]);
}

function elementBytes(element: ElementSpec, encoding: Encoding): Buffer {
  const { tag, vr } = element;
  const value = valueBytes(element, encoding);
  const length = element.length ?? value.length;
  const { littleEndian } = encoding;
  const header = [tagBytes(tag, littleEndian)];
  if (!encoding.explicit) header.push(uint32(length, littleEndian));
  else if (longVrs.includes(vr)) header.push(Buffer.from(`${vr}\0\0`), uint32(length, littleEndian));
  else header.push(Buffer.from(vr), uint16(length, littleEndian));
  const end =
    vr === 'SQ' && element.length === undefinedLength
      ? [tagBytes(0xfffee0dd, littleEndian), uint32(0, littleEndian)]
      : [];
  return Buffer.concat([...header, value, ...end]);
}

function valueBytes({ vr, value, length }: ElementSpec, encoding: Encoding): Buffer {
  const { littleEndian } = encoding;
  if (typeof value === 'string') {
    const text = Buffer.from(value, 'latin1');
    return text.length % 2 === 0 ? text : Buffer.concat([text, Buffer.from(vr === 'UI' ? '\0' : ' ')]);
  }
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (vr !== 'SQ') return Buffer.concat((value as number[]).map((one) => numberBytes(vr, one, littleEndian)));
  const items = (value as ElementSpec[][]).flatMap((item) => {
    const content = dataSetBytes(item, encoding);
    const open = length === undefinedLength;
    return [
      tagBytes(0xfffee000, littleEndian),
      uint32(open ? undefinedLength : content.length, littleEndian),
      content,
      ...(open ? [tagBytes(0xfffee00d, littleEndian), uint32(0, littleEndian)] : []),
    ];
  });
  return Buffer.concat(items);
}

function numberBytes(vr: string, value: number, littleEndian: boolean): Buffer {
  const bytes = Buffer.alloc({ US: 2, UL: 4, FL: 4, FD: 8 }[vr] ?? 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (vr === 'US') view.setUint16(0, value, littleEndian);
  else if (vr === 'UL') view.setUint32(0, value, littleEndian);
  else if (vr === 'FL') view.setFloat32(0, value, littleEndian);
  else if (vr === 'FD') view.setFloat64(0, value, littleEndian);
  else throw new Error(`numbers of VR ${vr} are not written here`);
  return bytes;
}

function tagBytes(tag: number, littleEndian: boolean): Buffer {
  return Buffer.concat([uint16(tag >>> 16, littleEndian), uint16(tag & 0xffff, littleEndian)]);
}

function uint16(value: number, littleEndian: boolean): Buffer {
  const bytes = Buffer.alloc(2);
  if (littleEndian) bytes.writeUInt16LE(value);
  else bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number, littleEndian: boolean): Buffer {
  const bytes = Buffer.alloc(4);
  if (littleEndian) bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}
