/** Where the value of one element lies. `undefinedLength`: items up to a delimiter, counted in `length` with it. */
export interface DataElement {
  readonly vr: string | undefined;
  readonly offset: number;
  readonly length: number;
  readonly undefinedLength: boolean;
}

/** How the elements of a data set are encoded (PS3.5 7.1). */
export interface DataSetEncoding {
  readonly littleEndian: boolean;
  /** Every element carries its value representation. */
  readonly explicit: boolean;
}

/** The bytes end before the data set does; with `needed` bytes in all one could go on. */
export class EndOfBytes extends Error {
  constructor(
    readonly needed: number,
    readonly tag: number,
  ) {
    super(`ends in the middle of ${tagName(tag)}`);
  }
}

/** The bytes cannot be a data set. The message reads as what follows "file: ". */
export class MalformedDataSet extends Error {}

/** (0028,0010) */
export function tagName(tag: number): string {
  const hex = tag.toString(16).padStart(8, '0').toUpperCase();
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}

export const item = 0xfffee000;
const itemEnd = 0xfffee00d;
export const sequenceEnd = 0xfffee0dd;
export const undefinedLength = 0xffffffff;
/** VRs with a 32-bit length field (PS3.5 7.1.2). */
const longVrs: ReadonlySet<string> = new Set([
  'OB',
  'OD',
  'OF',
  'OL',
  'OV',
  'OW',
  'SQ',
  'SV',
  'UC',
  'UN',
  'UR',
  'UT',
  'UV',
]);
/** Deeper than any object of the standard; a chain of items made to exhaust the stack ends here. */
const deepest = 64;

/** Whether the element that begins there carries a value representation: two capital letters. */
export function looksExplicit(bytes: Uint8Array, position: number): boolean {
  return isCapital(bytes[position + 4]) && isCapital(bytes[position + 5]);
}

export function readElement(
  view: DataView,
  { littleEndian, explicit }: DataSetEncoding,
  position: number,
): { tag: number; element: DataElement } {
  const tag = readTag(view, littleEndian, position);
  if (!explicit) {
    const length = view.getUint32(position + 4, littleEndian);
    return { tag, element: elementAt(undefined, position + 8, length) };
  }
  const [first, second] = [view.getUint8(position + 4), view.getUint8(position + 5)];
  if (!isCapital(first) || !isCapital(second))
    throw new MalformedDataSet(
      `at byte ${position} there is no element with a value representation: a length before it is wrong`,
    );
  const vr = String.fromCharCode(first, second);
  if (!longVrs.has(vr))
    return { tag, element: elementAt(vr, position + 8, view.getUint16(position + 6, littleEndian)) };
  if (position + 12 > view.byteLength) throw new EndOfBytes(position + 12, tag);
  return { tag, element: elementAt(vr, position + 12, view.getUint32(position + 8, littleEndian)) };
}

function elementAt(vr: string | undefined, offset: number, length: number): DataElement {
  const open = length === undefinedLength;
  return { vr, offset, length: open ? 0 : length, undefinedLength: open };
}

function readTag(view: DataView, littleEndian: boolean, position: number): number {
  if (position + 8 > view.byteLength) throw new EndOfBytes(position + 8, 0xffffffff);
  return view.getUint16(position, littleEndian) * 0x10000 + view.getUint16(position + 2, littleEndian);
}

export function readItemHeader(
  view: DataView,
  { littleEndian }: DataSetEncoding,
  position: number,
  parent = item,
): { tag: number; length: number } {
  if (position + 8 > view.byteLength) throw new EndOfBytes(position + 8, parent);
  const tag = readTag(view, littleEndian, position);
  return { tag, length: view.getUint32(position + 4, littleEndian) };
}

/** A sequence of unknown VR and undefined length holds items in implicit VR little endian (PS3.5 6.2.2 note 2). */
export function encodingInside(element: DataElement, encoding: DataSetEncoding): DataSetEncoding {
  return element.vr === 'UN' ? { littleEndian: true, explicit: false } : encoding;
}

/** The position behind the delimiter of a sequence of undefined length that begins at `position`. */
export function endOfItems(view: DataView, encoding: DataSetEncoding, start: number, depth: number): number {
  if (depth > deepest) throw new MalformedDataSet(`sequences lie in each other more than ${deepest} deep`);
  for (let position = start; ; ) {
    const header = readItemHeader(view, encoding, position);
    if (header.tag === sequenceEnd) return position + 8;
    if (header.tag !== item) throw noItem(position, header.tag);
    position =
      header.length === undefinedLength
        ? endOfItem(view, encoding, position + 8, depth + 1)
        : position + 8 + header.length;
  }
}

/** The position behind the delimiter of an item of undefined length whose elements begin at `start`. */
export function endOfItem(view: DataView, encoding: DataSetEncoding, start: number, depth: number): number {
  for (let position = start; ; ) {
    if (readTag(view, encoding.littleEndian, position) === itemEnd) return position + 8;
    const { element } = readElement(view, encoding, position);
    position = element.undefinedLength
      ? endOfItems(view, encodingInside(element, encoding), element.offset, depth + 1)
      : element.offset + element.length;
  }
}

export function noItem(position: number, tag: number): MalformedDataSet {
  return new MalformedDataSet(`at byte ${position} an item is expected but ${tagName(tag)} is there`);
}

function isCapital(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a;
}
