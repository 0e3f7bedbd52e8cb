import { CodecError } from './decoded-frame.js';
import type { JpegSegment } from './jpeg-header.js';

/** Looked up with the next 16 bits: length of the code in the upper, its symbol in the lower byte; 0: no code. */
export type HuffmanTable = Uint16Array;

/**
 * Adds the tables of a DHT segment (ITU-T T.81 B.2.4.2) to those before, by class (0: DC or lossless, 1: AC) times
 * 16 plus destination.
 *
 * @throws CodecError
 */
export function readHuffmanTables({ parameters }: JpegSegment, tables: Map<number, HuffmanTable>): void {
  for (let position = 0; position < parameters.length; ) {
    const counts = parameters.subarray(position + 1, position + 17);
    const table = new Uint16Array(1 << 16);
    let value = position + 17;
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      const step = 1 << (16 - length);
      for (let k = 0; k < (counts[length - 1] ?? 0); k++) {
        const symbol = parameters[value++];
        if (symbol === undefined || code + step > table.length)
          throw new CodecError('has a broken Huffman table');
        table.fill((length << 8) | symbol, code, code + step);
        code += step;
      }
    }
    tables.set(parameters[position]!, table);
    position = value;
  }
}

/** The bytes up to the next marker, those that were stuffed in after 0xFF taken out, and where to go on behind it. */
export function entropyCodedSegment(encoded: Uint8Array, start: number): { bits: Uint8Array; end: number } {
  const bits = new Uint8Array(encoded.length - start);
  let length = 0;
  for (let i = start; i < encoded.length; i++) {
    const byte = encoded[i]!;
    bits[length++] = byte;
    if (byte !== 0xff) continue;
    const next = encoded[i + 1];
    if (next === 0) i++;
    else if (next !== 0xff) return { bits: bits.subarray(0, length - 1), end: i + 2 };
    else length--;
  }
  return { bits: bits.subarray(0, length), end: encoded.length };
}

/** Reads codes and numbers from entropy-coded bytes; behind their end there are zeros, which `overrun` tells. */
export class BitReader {
  private buffer = 0;
  private available = 0;
  private position = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Whether bits were made up that the data do not have. */
  get overrun(): boolean {
    return this.position - (this.available >> 3) > this.bytes.length;
  }

  /** @throws CodecError */
  symbol(table: HuffmanTable): number {
    this.fill(16);
    const entry = table[(this.buffer >> (this.available - 16)) & 0xffff]!;
    if (entry === 0) throw new CodecError('holds a code that its Huffman table does not have');
    this.drop(entry >> 8);
    return entry & 0xff;
  }

  /** A number of up to 16 bits that stands for a difference of that category (F.1.2.1). */
  difference(category: number): number {
    if (category === 0) return 0;
    this.fill(category);
    const bits = (this.buffer >> (this.available - category)) & ((1 << category) - 1);
    this.drop(category);
    return bits < 1 << (category - 1) ? bits - (1 << category) + 1 : bits;
  }

  private fill(count: number): void {
    while (this.available < count) {
      this.buffer = (this.buffer << 8) | (this.bytes[this.position++] ?? 0);
      this.available += 8;
    }
  }

  private drop(count: number): void {
    this.available -= count;
    this.buffer &= (1 << this.available) - 1;
  }
}
