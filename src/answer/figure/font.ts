import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The weights that a figure is written in. */
export type FontWeight = 'regular' | 'bold';

export const fontFamily = 'DejaVu Sans';

const require = createRequire(import.meta.url);
const files: Readonly<Record<FontWeight, string>> = {
  regular: 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf',
  bold: 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf',
};

/** @returns the absolute paths of the font files, so that no font of the machine is needed. */
export function fontFiles(): string[] {
  return Object.values(files).map((file) => require.resolve(file));
}

/** Width of the glyph of a code point, in ems. */
type Advance = (codePoint: number) => number;

const advances = new Map<FontWeight, Advance>();

/** @returns the width of a line of text in the units of `size`; kerning, which only narrows it, is left out. */
export function textWidth(content: string, size: number, weight: FontWeight = 'regular'): number {
  let advance = advances.get(weight);
  if (advance === undefined) {
    advance = readAdvances(readFileSync(require.resolve(files[weight])));
    advances.set(weight, advance);
  }
  let ems = 0;
  for (const character of content) ems += advance(character.codePointAt(0)!);
  return ems * size;
}

/**
 * A line that is no wider than `width`: characters of the middle give way to an ellipsis, because the ids of
 * one archive tend to share their beginning and to differ at their end.
 */
export function shorten(
  content: string,
  width: number,
  size: number,
  weight: FontWeight = 'regular',
): string {
  if (textWidth(content, size, weight) <= width) return content;
  const characters = [...content];
  for (let kept = characters.length - 1; kept > 0; kept--) {
    const start = characters.slice(0, Math.ceil(kept / 2));
    const end = characters.slice(characters.length - Math.floor(kept / 2));
    const shortened = `${start.join('')}…${end.join('')}`;
    if (textWidth(shortened, size, weight) <= width) return shortened;
  }
  return '…';
}

/**
 * The advance widths of a TrueType font.
 *
 * Source: OpenType specification, tables `head`, `hhea`, `hmtx` and `cmap` (subtable format 4: the code points
 * up to U+FFFF).
 */
function readAdvances(font: Buffer): Advance {
  const tables = new Map<string, number>();
  for (let record = 0; record < font.readUInt16BE(4); record++) {
    const at = 12 + 16 * record;
    tables.set(font.toString('latin1', at, at + 4), font.readUInt32BE(at + 8));
  }
  const [head, hhea, hmtx, cmap] = ['head', 'hhea', 'hmtx', 'cmap'].map((tag) => tables.get(tag)!);
  const unitsPerEm = font.readUInt16BE(head! + 18);
  const metrics = font.readUInt16BE(hhea! + 34);
  const subtable = Array.from(
    { length: font.readUInt16BE(cmap! + 2) },
    (_, record) => cmap! + font.readUInt32BE(cmap! + 4 + 8 * record + 4),
  ).find((at) => font.readUInt16BE(at) === 4)!;
  const segmentBytes = font.readUInt16BE(subtable + 6);

  const glyphOf = (codePoint: number): number => {
    for (let segment = 0; segment < segmentBytes; segment += 2) {
      const end = subtable + 14 + segment;
      if (font.readUInt16BE(end) < codePoint) continue;
      const start = end + segmentBytes + 2;
      const first = font.readUInt16BE(start);
      if (first > codePoint) return 0;
      const delta = font.readUInt16BE(start + segmentBytes);
      const rangeOffset = font.readUInt16BE(start + 2 * segmentBytes);
      if (rangeOffset === 0) return (codePoint + delta) & 0xffff;
      const glyph = font.readUInt16BE(start + 2 * segmentBytes + rangeOffset + 2 * (codePoint - first));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
  return (codePoint) => {
    const glyph = codePoint > 0xffff ? 0 : glyphOf(codePoint);
    return font.readUInt16BE(hmtx! + 4 * Math.min(glyph, metrics - 1)) / unitsPerEm;
  };
}
