/**
 * Text of DICOM files: Specific Character Set (0008,0005) as PS3.3 C.12.1.1.2 defines it, decoded as PS3.5 6.1
 * says, code extensions by escape sequences (ISO 2022) included.
 */

/** Defined terms without code extensions, by their encoding; those of "ISO 2022 IR n" are the same sets. */
const encodings: Readonly<Record<string, string>> = {
  'ISO_IR 100': 'iso-8859-1',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 203': 'iso-8859-15',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

/** How bytes of one half of the code table become text, until the next escape sequence. */
type DecodeRun = (bytes: Uint8Array) => string;

const decode =
  (encoding: string): DecodeRun =>
  (bytes) =>
    new TextDecoder(encoding).decode(bytes);

/** Two-byte sets in the lower half: their EUC form has the upper bit set, and JIS X 0212 a prefix. */
const decodeAsEuc =
  (encoding: string, prefix?: number): DecodeRun =>
  (bytes) => {
    const euc: number[] = [];
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      const paired = byte > 0x20 && i + 1 < bytes.length;
      if (!paired) {
        euc.push(byte);
        continue;
      }
      if (prefix !== undefined) euc.push(prefix);
      euc.push(byte | 0x80, bytes[++i]! | 0x80);
    }
    return new TextDecoder(encoding).decode(Uint8Array.from(euc));
  };

/** Escape sequences of PS3.3 tables C.12-3 and C.12-4, without the ESC, and what they switch to. */
const escapes: readonly (readonly [sequence: string, half: 'lower' | 'upper', run: DecodeRun])[] = [
  ['(B', 'lower', decode('iso-8859-1')],
  ['(J', 'lower', decode('shift_jis')],
  ['$B', 'lower', decodeAsEuc('euc-jp')],
  ['$@', 'lower', decodeAsEuc('euc-jp')],
  ['$(D', 'lower', decodeAsEuc('euc-jp', 0x8f)],
  [')I', 'upper', decode('shift_jis')],
  ['$)C', 'upper', decode('euc-kr')],
  ['$)A', 'upper', decode('gbk')],
  ['-A', 'upper', decode('iso-8859-1')],
  ['-B', 'upper', decode('iso-8859-2')],
  ['-C', 'upper', decode('iso-8859-3')],
  ['-D', 'upper', decode('iso-8859-4')],
  ['-L', 'upper', decode('iso-8859-5')],
  ['-G', 'upper', decode('iso-8859-6')],
  ['-F', 'upper', decode('iso-8859-7')],
  ['-H', 'upper', decode('iso-8859-8')],
  ['-M', 'upper', decode('windows-1254')],
  ['-b', 'upper', decode('iso-8859-15')],
  ['-T', 'upper', decode('windows-874')],
];

const escapeByte = 0x1b;
/** Characters after which the first character set holds again (PS3.5 6.1.2.5.3): line ends, "\", "^", "=". */
const delimiters: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x5c, 0x5e, 0x3d]);

/**
 * @param characterSets the values of Specific Character Set; empty where the file has none. A term that is not
 *   in the standard counts as none.
 * @returns the text, padding at its end (spaces, NUL) and spaces at its start removed
 */
export function decodeText(bytes: Uint8Array, characterSets: readonly string[]): string {
  let text: string;
  if (bytes.every((byte) => byte < 0x80 && byte !== escapeByte)) text = decodeAscii(bytes);
  else if (bytes.includes(escapeByte)) text = decodeWithEscapes(bytes, characterSets);
  else text = decodeFirst(characterSets)(bytes);
  return text.replace(/[\0 ]+$/u, '').replace(/^ +/u, '');
}

function decodeAscii(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function decodeFirst(characterSets: readonly string[]): DecodeRun {
  const encoding = encodings[(characterSets[0] ?? '').replace(/^ISO 2022 IR /u, 'ISO_IR ')];
  return encoding === undefined ? decodeUndeclared : decode(encoding);
}

/** Files that declare nothing but are not ASCII are UTF-8 if they can be, else Latin-1, for those are what is met. */
const decodeUndeclared: DecodeRun = (bytes) => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('iso-8859-1').decode(bytes);
  }
};

function decodeWithEscapes(bytes: Uint8Array, characterSets: readonly string[]): string {
  const first = decodeFirst(characterSets);
  let lower: DecodeRun = first;
  let upper: DecodeRun = first;
  let text = '';
  let start = 0;
  const flush = (end: number) => {
    if (end > start) text += decodeHalves(bytes.subarray(start, end), lower, upper);
  };
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === escapeByte) {
      const switched = escapes.find(([sequence]) =>
        [...sequence].every((character, k) => bytes[i + 1 + k] === character.charCodeAt(0)),
      );
      if (switched === undefined) continue;
      flush(i);
      const [sequence, half, run] = switched;
      if (half === 'lower') lower = run;
      else upper = run;
      i += sequence.length;
      start = i + 1;
    } else if (delimiters.has(byte) && !isTwoByte(lower)) {
      flush(i + 1);
      start = i + 1;
      lower = first;
      upper = first;
    }
  }
  flush(bytes.length);
  return text;
}

const twoByteRuns: ReadonlySet<DecodeRun> = new Set(
  escapes.filter(([sequence, half]) => half === 'lower' && sequence.startsWith('$')).map(([, , run]) => run),
);

/** In a two-byte set every byte below 0x80 is half of a character, also those that look like a delimiter. */
function isTwoByte(lower: DecodeRun): boolean {
  return twoByteRuns.has(lower);
}

function decodeHalves(bytes: Uint8Array, lower: DecodeRun, upper: DecodeRun): string {
  let text = '';
  let start = 0;
  for (let i = 1; i <= bytes.length; i++) {
    if (i < bytes.length && bytes[i]! >= 0x80 === bytes[start]! >= 0x80) continue;
    text += (bytes[start]! >= 0x80 ? upper : lower)(bytes.subarray(start, i));
    start = i;
  }
  return text;
}
