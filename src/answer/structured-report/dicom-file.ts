import { VoxseekError } from '../../errors.js';
import { tagName } from '../../volume/dicom/data-element.js';
import { explicitLittleEndian } from '../../volume/dicom/transfer-syntax.js';
import { type Dataset, type Element, elementsOf } from './elements.js';

/**
 * A DICOM file (PS3.10) in Explicit VR Little Endian, text in UTF-8, sequences with their lengths.
 *
 * @param meta elements of group 2 without its length and the transfer syntax.
 * @throws VoxseekError DICOM_INVALID where a value is longer than its length field can say
 */
export function dicomFile(meta: Dataset, elements: readonly Element[]): Uint8Array {
  const metaWriter = new ElementWriter(1 << 10);
  metaWriter.writeAll(elementsOf({ ...meta, TransferSyntaxUID: explicitLittleEndian }));
  const group2 = metaWriter.bytes;
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, group2.length, true);
  const groupLength = new ElementWriter(1 << 5);
  groupLength.writeAll([{ tag: 0x00020000, vr: 'UL', value: length }]);
  const writer = new ElementWriter(1 << 16);
  writer.writeAll(elements);
  return Buffer.concat([new Uint8Array(128), Buffer.from('DICM'), groupLength.bytes, group2, writer.bytes]);
}

/** VRs with a length of 32 bits (PS3.5 7.1.2), of those that occur here. */
const longVrs: ReadonlySet<string> = new Set(['OB', 'SQ', 'UT']);

/** Writes elements one behind the other; lengths of sequences are filled in when their end is known. */
class ElementWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity: number) {
    this.#buffer = Buffer.alloc(capacity);
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  writeAll(elements: readonly Element[]): void {
    for (const element of elements.toSorted((a, b) => a.tag - b.tag)) this.#write(element);
  }

  #write({ tag, vr, value }: Element): void {
    this.#writeTag(tag);
    this.#reserve(8);
    this.#buffer.write(vr, this.#length, 'latin1');
    this.#length += longVrs.has(vr) ? 8 : 4;
    const start = this.#length;
    if (typeof value === 'string') this.#writeText(value, vr === 'UI' ? 0 : 0x20);
    else if (value instanceof Uint8Array) this.#writeBytes(value);
    else for (const item of value) this.#writeItem(item);
    const length = this.#length - start;
    if (longVrs.has(vr)) this.#buffer.writeUInt32LE(length, start - 4);
    else if (length <= 0xfffe) this.#buffer.writeUInt16LE(length, start - 2);
    else throw tooLong(tag, length);
  }

  #writeItem(elements: readonly Element[]): void {
    this.#writeTag(0xfffee000);
    this.#reserve(4);
    this.#length += 4;
    const start = this.#length;
    this.writeAll(elements);
    this.#buffer.writeUInt32LE(this.#length - start, start - 4);
  }

  #writeTag(tag: number): void {
    this.#reserve(4);
    this.#buffer.writeUInt16LE(tag >>> 16, this.#length);
    this.#buffer.writeUInt16LE(tag & 0xffff, this.#length + 2);
    this.#length += 4;
  }

  /** Padded to an even length, as all values are. */
  #writeText(text: string, padding: number): void {
    // A UTF-16 unit takes three bytes of UTF-8 at most.
    this.#reserve(3 * text.length + 1);
    const written = this.#buffer.write(text, this.#length, 'utf8');
    this.#length += written;
    if (written % 2 === 1) this.#buffer[this.#length++] = padding;
  }

  #writeBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length + 1);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length + (bytes.length % 2);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.alloc(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.bytes);
    this.#buffer = larger;
  }
}

function tooLong(tag: number, length: number): VoxseekError {
  return new VoxseekError('DICOM_INVALID', `a value of ${length} bytes does not fit into its attribute`, {
    subject: tagName(tag),
    advice: 'Correct the attribute in the files of the query.',
  });
}
