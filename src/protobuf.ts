/**
 * Protocol buffers as far as ONNX files need them: a message is taken apart into its fields and put together again.
 * Nothing is known here of what the fields mean, so that those which a reader does not know pass through untouched.
 * (Wire format: https://protobuf.dev/programming-guides/encoding/; groups are not supported, ONNX has none.)
 */

/** 0: a number of variable length; 1: 8 bytes; 2: bytes with their length; 5: 4 bytes. */
export type WireType = 0 | 1 | 2 | 5;

export interface Field {
  readonly number: number;
  readonly wireType: WireType;
  /** What it holds, without its tag and its length. */
  readonly content: Uint8Array;
  /** As it stands in the message. */
  readonly encoded: Uint8Array;
}

/** Pieces of a message, in order: joined once, at the very end, because weights are large. */
export type Pieces = readonly Uint8Array[];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The fields of a message, in their order; views of its memory.
 *
 * @throws RangeError where it is no message, or ends in the middle of a field.
 */
export function* readFields(message: Uint8Array): Generator<Field> {
  let position = 0;
  const varint = (): bigint => {
    const value = decodeVarint(message, position);
    position += value.length;
    return value.value;
  };
  while (position < message.length) {
    const start = position;
    const tag = varint();
    const number = Number(tag >> 3n);
    const wireType = Number(tag & 7n);
    if (number < 1 || number > 0x1fffffff) throw new RangeError(`a field has the number ${number}`);
    let begin = position;
    if (wireType === 0) varint();
    else if (wireType === 1) position += 8;
    else if (wireType === 5) position += 4;
    else if (wireType === 2) {
      const length = varint();
      begin = position;
      // Compared as it is: a length beyond 2^53 would not survive becoming a number.
      position = length > BigInt(message.length) ? Number.POSITIVE_INFINITY : position + Number(length);
    } else throw new RangeError(`a field has the wire type ${wireType}`);
    if (position > message.length) throw new RangeError('it ends in the middle of a field');
    yield {
      number,
      wireType: wireType as WireType,
      content: message.subarray(begin, position),
      encoded: message.subarray(start, position),
    };
  }
}

function decodeVarint(message: Uint8Array, start: number): { value: bigint; length: number } {
  let value = 0n;
  for (let length = 1; length <= 10; length++) {
    const byte = message[start + length - 1];
    if (byte === undefined) throw new RangeError('it ends in the middle of a number');
    value |= BigInt(byte & 0x7f) << BigInt(7 * (length - 1));
    if (byte < 128) return { value, length };
  }
  throw new RangeError('a number has more than 10 bytes');
}

/** @returns the number that a field of wire type 0 holds, as int64. */
export function integerOf({ wireType, content }: Field): number {
  if (wireType !== 0) throw new RangeError('a number was expected in a field');
  return Number(BigInt.asIntN(64, decodeVarint(content, 0).value));
}

/** @returns the number that a field of wire type 5 holds, as float32. */
export function floatOf({ wireType, content }: Field): number {
  if (wireType !== 5) throw new RangeError('a float was expected in a field');
  return new DataView(content.buffer, content.byteOffset, 4).getFloat32(0, true);
}

/** @returns the numbers of a repeated int64, of which each field holds one or, packed, several. */
export function integersOf(field: Field): number[] {
  if (field.wireType === 0) return [integerOf(field)];
  const packed = bytesOf(field);
  const values: number[] = [];
  for (let position = 0; position < packed.length; ) {
    const { value, length } = decodeVarint(packed, position);
    values.push(Number(BigInt.asIntN(64, value)));
    position += length;
  }
  return values;
}

/** @returns the content of a field of wire type 2: bytes, or a message inside. */
export function bytesOf({ wireType, content }: Field): Uint8Array {
  if (wireType !== 2) throw new RangeError('bytes were expected in a field');
  return content;
}

/** @returns the text that a field holds. */
export function textOf(field: Field): string {
  try {
    return utf8.decode(bytesOf(field));
  } catch (error) {
    throw error instanceof RangeError ? error : new RangeError('a text is not UTF-8');
  }
}

/** A field that holds an int64. */
export function integerField(number: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(BigInt(number) << 3n), ...varint(BigInt.asUintN(64, BigInt(value)))]);
}

/** A field that holds a text. */
export function textField(number: number, value: string): Uint8Array {
  return joinPieces(bytesField(number, [Buffer.from(value)]));
}

/** A field that holds bytes, or a message inside. */
export function bytesField(number: number, content: Pieces): Pieces {
  const length = content.reduce((sum, piece) => sum + piece.length, 0);
  const head = [...varint((BigInt(number) << 3n) | 2n), ...varint(BigInt(length))];
  return [Uint8Array.from(head), ...content];
}

export function joinPieces(pieces: Pieces): Uint8Array {
  return Buffer.concat(pieces);
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return bytes;
}
