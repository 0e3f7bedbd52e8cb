import { describe, expect, it } from 'vitest';
import { ctImage, fileBytesOf } from '../../../tests/dicom-bytes.js';
import { decodeText } from './character-set.js';
import { memoryBytes } from './instance-bytes.js';
import { readInstance } from './read-instance.js';

/** Bytes as the standard prints them: column/row of the code table in hexadecimal, other characters as they are. */
const bytes = (text: string) =>
  Uint8Array.from(
    Buffer.from(
      text.replace(/<([0-9a-f ]+)>/gu, (_, hex: string) =>
        Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('latin1'),
      ),
      'latin1',
    ),
  );

describe('text of the standard examples', () => {
  // PS3.5 annex H, I, J and PS3.3 C.12.1.1.2, byte by byte.
  const examples: Record<string, readonly [string, string[], string]> = {
    'H.3.1: Japanese, ideographic and phonetic, over ASCII': [
      'Yamada^Tarou=<1b>$B<3b 33 45 44 1b>(B^<1b>$B<42 40 4f 3a 1b>(B=<1b>$B<24 64 24 5e 24 40 1b>(B^<1b>$B<24 3f 24 6d 24 26 1b>(B',
      ['', 'ISO 2022 IR 87'],
      'Yamada^Tarou=山田^太郎=やまだ^たろう',
    ],
    'H.3.2: Japanese over JIS X 0201': [
      '<d4 cf c0 de 5e c0 db b3 3d 1b 24 42 3b 33 45 44 1b 28 4a 5e 1b 24 42 42 40 4f 3a 1b 28 4a 3d 1b 24 42 24 64 24 5e 24 40 1b 28 4a 5e 1b 24 42 24 3f 24 6d 24 26 1b 28 4a>',
      ['ISO 2022 IR 13', 'ISO 2022 IR 87'],
      'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
    ],
    'I.2: Korean, the escape sequence once for each component': [
      'Hong^Gildong=<1b>$)C<fb f3>^<1b>$)C<d1 ce d4 d7>=<1b>$)C<c8 ab>^<1b>$)C<b1 e6 b5 bf>',
      ['', 'ISO 2022 IR 149'],
      'Hong^Gildong=洪^吉洞=홍^길동',
    ],
    'J.1: Chinese in UTF-8': [
      'Wang^XiaoDong=<e7 8e 8b>^<e5 b0 8f e6 9d b1>=',
      ['ISO_IR 192'],
      'Wang^XiaoDong=王^小東=',
    ],
    'J.3: Chinese in GB18030': [
      'Wang^XiaoDong=<cd f5>^<d0 a1 b6 ab>=',
      ['GB18030'],
      'Wang^XiaoDong=王^小东=',
    ],
    'K.2: Chinese in GB 2312': [
      'Zhang^XiaoDong=<1b>$)A<d5 c5>^<1b>$)A<d0 a1 b6 ab>=',
      ['', 'ISO 2022 IR 58'],
      'Zhang^XiaoDong=张^小东=',
    ],
    'JIS X 0212': ['<1b>$(D<30 21 1b>(B', ['', 'ISO 2022 IR 159'], '丂'],
  };
  for (const [name, [text, characterSets, expected]] of Object.entries(examples)) {
    it(name, () => expect(decodeText(bytes(text), characterSets)).toBe(expected));
  }
});

describe('one-byte sets', () => {
  // One character of each, as the tables of ISO 8859, TIS 620 and JIS X 0201 have them.
  const characters: Record<string, readonly [number, string]> = {
    'ISO_IR 100': [0xc4, 'Ä'],
    'ISO_IR 101': [0xa9, 'Š'],
    'ISO_IR 109': [0xb1, 'ħ'],
    'ISO_IR 110': [0xbd, 'Ŋ'],
    'ISO_IR 144': [0xbb, 'Л'],
    'ISO_IR 127': [0xc7, 'ا'],
    'ISO_IR 126': [0xd3, 'Σ'],
    'ISO_IR 138': [0xe0, 'א'],
    'ISO_IR 148': [0xfd, 'ı'],
    'ISO_IR 203': [0xa4, '€'],
    'ISO_IR 13': [0xb1, 'ｱ'],
    'ISO_IR 166': [0xa1, 'ก'],
  };
  for (const [term, [byte, character]] of Object.entries(characters)) {
    it(term, () => {
      expect(decodeText(Uint8Array.of(0x61, byte), [term])).toBe(`a${character}`);
      expect(decodeText(Uint8Array.of(byte), [term.replace('ISO_IR', 'ISO 2022 IR')])).toBe(character);
    });
  }

  it('are switched by escape sequences, up to the next delimiter', () => {
    const text = bytes('<c4 1b>-L<bb 5e c4>');
    expect(decodeText(text, ['ISO 2022 IR 100', 'ISO 2022 IR 144'])).toBe('ÄЛ^Ä');
  });
});

describe('files that do not say, or say wrongly', () => {
  it('are UTF-8 where that fits, else Latin-1', () => {
    for (const characterSets of [[], [''], ['NO SUCH SET']]) {
      expect(decodeText(bytes('Sch<c3 a4>del'), characterSets)).toBe('Schädel');
      expect(decodeText(bytes('Sch<e4>del'), characterSets)).toBe('Schädel');
    }
  });

  it('lose their padding and nothing else', () => {
    expect(decodeText(bytes('  Neck and  chest <00>'), [])).toBe('Neck and  chest');
  });
});

it('the character set of the file holds for its description', async () => {
  const file = fileBytesOf(
    ctImage([
      { tag: 0x00080005, vr: 'CS', value: 'ISO_IR 144' },
      { tag: 0x0008103e, vr: 'LO', value: Uint8Array.of(0xbb, 0xd5, 0xd3, 0xda, 0xd8, 0xd5) },
    ]),
  );
  expect((await readInstance(memoryBytes('the file', file))).seriesDescription).toBe('Легкие');
});
