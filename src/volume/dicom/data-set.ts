import { decodeText } from './character-set.js';

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

const item = 0xfffee000;
const itemEnd = 0xfffee00d;
const sequenceEnd = 0xfffee0dd;
const undefinedLength = 0xffffffff;
const specificCharacterSet = 0x00080005;
/** Float, double and integer pixels: what follows them is of no interest, so a data set is read up to them. */
const pixelTags: ReadonlySet<number> = new Set([0x7fe00008, 0x7fe00009, 0x7fe00010]);
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

/** The elements of a DICOM data set, or of one item of a sequence, with their values read on demand. */
export class DataSet {
  /** The pixels, where they were reached: the last element then. Their bytes need not be there. */
  readonly pixelData: DataElement | undefined;
  /** The position behind the last element. */
  readonly end: number;
  private readonly elements = new Map<number, DataElement>();
  private readonly view: DataView;
  private readonly characterSets: readonly string[];

  /**
   * Reads the elements that begin at `start`, up to the pixels or to `end`. What lies in sequences is looked at
   * when it is asked for.
   *
   * @throws EndOfBytes, MalformedDataSet
   */
  constructor(
    readonly bytes: Uint8Array,
    readonly encoding: DataSetEncoding,
    start: number,
    end: number,
    inheritedCharacterSets: readonly string[] = [],
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let position = start;
    let pixelData: DataElement | undefined;
    while (position < end && pixelData === undefined) {
      const { tag, element } = readElement(this.view, encoding, position);
      if (pixelTags.has(tag)) {
        pixelData = element;
        break;
      }
      const known = element.undefinedLength
        ? {
            ...element,
            length:
              endOfItems(this.view, encodingInside(element, encoding), element.offset, 0) - element.offset,
          }
        : element;
      position = known.offset + known.length;
      if (position > bytes.length) throw new EndOfBytes(position, tag);
      if (position > end)
        throw new MalformedDataSet(`${tagName(tag)} reaches beyond the item that it lies in`);
      this.elements.set(tag, known);
    }
    this.pixelData = pixelData;
    this.end = position;
    this.characterSets = this.elements.has(specificCharacterSet)
      ? this.strings(specificCharacterSet)
      : inheritedCharacterSets;
  }

  has(tag: number): boolean {
    return this.elements.has(tag);
  }

  element(tag: number): DataElement | undefined {
    return this.elements.get(tag);
  }

  /** The bytes of the value; undefined where the element is missing or empty. */
  value(tag: number): Uint8Array | undefined {
    const element = this.elements.get(tag);
    if (element === undefined || element.length === 0) return undefined;
    return this.bytes.subarray(element.offset, element.offset + element.length);
  }

  /** The values of CS, UI, DA, IS, DS...: ASCII, separated by "\", padding removed; empty where there is none. */
  strings(tag: number): string[] {
    const value = this.value(tag);
    if (value === undefined) return [];
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
    const values = text.split('\\').map((one) => one.replace(/[\0 ]+$/u, '').trim());
    return values.length === 1 && values[0] === '' ? [] : values;
  }

  string(tag: number): string | undefined {
    const first = this.strings(tag)[0];
    return first === '' ? undefined : first;
  }

  /** SH, LO, PN, LT...: decoded by the Specific Character Set of the data set, not split. */
  text(tag: number): string | undefined {
    const value = this.value(tag);
    const text = value === undefined ? '' : decodeText(value, this.characterSets);
    return text === '' ? undefined : text;
  }

  /** The values of DS or IS; undefined where one of them is no number. */
  decimals(tag: number): number[] | undefined {
    const values = this.strings(tag).map((one) => (one === '' ? Number.NaN : Number(one)));
    return values.length > 0 && values.every(Number.isFinite) ? values : undefined;
  }

  decimal(tag: number): number | undefined {
    return this.decimals(tag)?.[0];
  }

  /** IS: {@link decimal}, if it is an integer. */
  integer(tag: number): number | undefined {
    const value = this.decimal(tag);
    return Number.isInteger(value) ? value : undefined;
  }

  uint16(tag: number): number | undefined {
    const element = this.binary(tag, 2);
    return element && this.view.getUint16(element.offset, this.encoding.littleEndian);
  }

  uint32(tag: number): number | undefined {
    const element = this.binary(tag, 4);
    return element && this.view.getUint32(element.offset, this.encoding.littleEndian);
  }

  float32(tag: number): number | undefined {
    const element = this.binary(tag, 4);
    return element && this.view.getFloat32(element.offset, this.encoding.littleEndian);
  }

  /** The values of FD. */
  float64s(tag: number): number[] {
    const element = this.binary(tag, 8);
    if (element === undefined) return [];
    return Array.from({ length: element.length / 8 }, (_, k) =>
      this.view.getFloat64(element.offset + 8 * k, this.encoding.littleEndian),
    );
  }

  /**
   * The items of a sequence; none where the element is missing.
   *
   * @throws EndOfBytes, MalformedDataSet
   */
  items(tag: number): DataSet[] {
    const element = this.elements.get(tag);
    if (element === undefined) return [];
    const encoding = encodingInside(element, this.encoding);
    const items: DataSet[] = [];
    const end = element.offset + element.length;
    let position = element.offset;
    while (position < end) {
      const header = readItemHeader(this.view, encoding, position);
      if (header.tag === sequenceEnd) break;
      if (header.tag !== item) throw noItem(position, header.tag);
      const itemStart = position + 8;
      const content =
        header.length === undefinedLength
          ? endOfItem(this.view, encoding, itemStart, 0) - 8
          : itemStart + header.length;
      if (content > end) throw new MalformedDataSet(`an item of ${tagName(tag)} is longer than the sequence`);
      items.push(new DataSet(this.bytes, encoding, itemStart, content, this.characterSets));
      position = header.length === undefinedLength ? content + 8 : content;
    }
    return items;
  }

  /** The element of a fixed binary size, where it holds whole values of that size. */
  private binary(tag: number, size: number): DataElement | undefined {
    const element = this.elements.get(tag);
    return element !== undefined && element.length >= size && element.length % size === 0
      ? element
      : undefined;
  }
}

/** Whether the element that begins there carries a value representation: two capital letters. */
export function looksExplicit(bytes: Uint8Array, position: number): boolean {
  return isCapital(bytes[position + 4]) && isCapital(bytes[position + 5]);
}

/** One entry of the items of an encapsulated value: a fragment of compressed pixels. */
export interface Fragment {
  /** Of its item tag, from which offset tables count. */
  readonly itemOffset: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * The items of an encapsulated value (PS3.5 A.4), always little endian: first the offset table, then the
 * fragments.
 *
 * @throws EndOfBytes, MalformedDataSet
 */
export function readFragments(bytes: Uint8Array, start: number, tag: number): Fragment[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fragments: Fragment[] = [];
  for (let position = start; ; ) {
    const header = readItemHeader(view, { littleEndian: true, explicit: true }, position, tag);
    if (header.tag === sequenceEnd) return fragments;
    if (header.tag !== item) throw noItem(position, header.tag);
    const fragment = { itemOffset: position, offset: position + 8, length: header.length };
    position = fragment.offset + fragment.length;
    if (position > bytes.length) throw new EndOfBytes(position, tag);
    fragments.push(fragment);
  }
}

function readElement(
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

function readItemHeader(
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
function encodingInside(element: DataElement, encoding: DataSetEncoding): DataSetEncoding {
  return element.vr === 'UN' ? { littleEndian: true, explicit: false } : encoding;
}

/** The position behind the delimiter of a sequence of undefined length that begins at `position`. */
function endOfItems(view: DataView, encoding: DataSetEncoding, start: number, depth: number): number {
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
function endOfItem(view: DataView, encoding: DataSetEncoding, start: number, depth: number): number {
  for (let position = start; ; ) {
    if (readTag(view, encoding.littleEndian, position) === itemEnd) return position + 8;
    const { element } = readElement(view, encoding, position);
    position = element.undefinedLength
      ? endOfItems(view, encodingInside(element, encoding), element.offset, depth + 1)
      : element.offset + element.length;
  }
}

function noItem(position: number, tag: number): MalformedDataSet {
  return new MalformedDataSet(`at byte ${position} an item is expected but ${tagName(tag)} is there`);
}

function isCapital(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a;
}
