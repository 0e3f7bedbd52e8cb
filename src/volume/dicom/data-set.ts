import { decodeText } from './character-set.js';
import {
  type DataElement,
  type DataSetEncoding,
  EndOfBytes,
  encodingInside,
  endOfItem,
  endOfItems,
  item,
  MalformedDataSet,
  noItem,
  readElement,
  readItemHeader,
  sequenceEnd,
  tagName,
  undefinedLength,
} from './data-element.js';

const specificCharacterSet = 0x00080005;
/** Float, double and integer pixels: what follows them is of no interest, so a data set is read up to them. */
const pixelTags: ReadonlySet<number> = new Set([0x7fe00008, 0x7fe00009, 0x7fe00010]);

/** The elements of a DICOM data set, or of one item of a sequence, with their values read on demand. */
export class DataSet {
  /** The pixels, where they were reached: the last element then. Their bytes need not be there. */
  readonly pixelData: DataElement | undefined;
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
    this.characterSets = this.elements.has(specificCharacterSet)
      ? this.strings(specificCharacterSet)
      : inheritedCharacterSets;
  }

  has(tag: number): boolean {
    return this.elements.has(tag);
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
