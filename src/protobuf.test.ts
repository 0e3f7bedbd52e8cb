import { describe, expect, it } from 'vitest';
import {
  bytesField,
  bytesOf,
  integerField,
  integerOf,
  integersOf,
  joinPieces,
  readFields,
  textField,
  textOf,
} from './protobuf.js';

const fieldsOf = (...bytes: number[]) => [...readFields(Uint8Array.from(bytes))];

describe('protocol buffers', () => {
  it("reads the examples of the format's own documentation", () => {
    // "08 96 01": field 1 is 150; "12 07 74 65 73 74 69 6e 67": field 2 is "testing".
    const [number, text] = fieldsOf(0x08, 0x96, 0x01, 0x12, 7, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67);
    expect([number!.number, integerOf(number!)]).toEqual([1, 150]);
    expect([text!.number, textOf(text!)]).toEqual([2, 'testing']);
    // "32 06 03 8e 02 9e a7 05": field 6, packed: 3, 270, 86942.
    expect(integersOf(fieldsOf(0x32, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5)[0]!)).toEqual([3, 270, 86942]);
  });

  it('writes them', () => {
    expect([...integerField(1, 150)]).toEqual([0x08, 0x96, 0x01]);
    expect([...textField(2, 'testing')]).toEqual([0x12, 7, ...Buffer.from('testing')]);
    // -2 takes ten bytes: 2^64 - 2.
    expect([...integerField(1, -2)]).toEqual([8, 0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    expect(integerOf(fieldsOf(...integerField(1, -2))[0]!)).toBe(-2);
    const nested = joinPieces(bytesField(20, [integerField(1, 1), integerField(2, 2)]));
    expect([...nested]).toEqual([0xa2, 1, 4, 8, 1, 16, 2]);
  });

  it('keeps how each field stood there, also where it could be shorter', () => {
    const message = Uint8Array.from([
      0x88, 0x80, 0, 0x96, 0x81, 0, 0x15, 1, 2, 3, 4, 0x19, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    const fields = [...readFields(message)];
    expect(fields.map(({ number, wireType }) => [number, wireType])).toEqual([
      [1, 0],
      [2, 5],
      [3, 1],
    ]);
    expect(joinPieces(fields.map(({ encoded }) => encoded))).toEqual(Buffer.from(message));
    expect([...bytesOf(fieldsOf(0x12, 2, 9, 8)[0]!)]).toEqual([9, 8]);
  });

  it.each([
    ['a number that does not end', [0x08, 0x80]],
    ['a number of eleven bytes', [0x08, ...new Array<number>(10).fill(0x80), 1]],
    ['a text shorter than it says', [0x12, 7, 0x74]],
    ['a length beyond all bounds', [0x12, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0]],
    ['four bytes of which three are there', [0x15, 1, 2, 3]],
    ['a group', [0x0b, 0x0c]],
    ['field 0', [0x00, 0x01]],
  ])('refuses %s', (_, bytes) => {
    expect(() => fieldsOf(...bytes)).toThrow(RangeError);
  });

  it('refuses a field that holds something else', () => {
    expect(() => integerOf(fieldsOf(0x12, 0)[0]!)).toThrow(RangeError);
    expect(() => textOf(fieldsOf(0x08, 1)[0]!)).toThrow(RangeError);
    expect(() => textOf(fieldsOf(0x12, 2, 0xc3, 0x28)[0]!)).toThrow(RangeError);
  });
});
