import { type FontWeight, fontFamily } from './font.js';

/** The colours of a radiology workstation: the pictures are the brightest things on it. */
export const palette = {
  background: '#0b0e13',
  tile: '#000000',
  frame: '#2b3442',
  rule: '#1d242e',
  text: '#e8ebf0',
  secondary: '#9ba6b5',
  query: '#6cc7ff',
  range: '#ff9f43',
  problem: '#e58a8a',
} as const;

/** Characters that XML 1.0 forbids even as references: controls, halves of surrogate pairs, U+FFFE and U+FFFF. */
const forbidden = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** @returns text that can stand in an element or in an attribute of an SVG; what XML forbids becomes U+FFFD. */
export function escapeXml(content: string): string {
  return content
    .replace(forbidden, '\u{fffd}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

export interface TextStyle {
  readonly size: number;
  readonly weight?: FontWeight;
  readonly fill?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  /** A dark outline, for text that stands on a picture. */
  readonly outlined?: boolean;
}

/** One line of text; (x, y) is the point of its anchor on the base line. */
export function textElement(x: number, y: number, content: string, style: TextStyle): string {
  const { size, weight = 'regular', fill = palette.text, anchor = 'start', outlined = false } = style;
  const outline = outlined
    ? ' stroke="#000" stroke-width="1.6" stroke-linejoin="round" paint-order="stroke"'
    : '';
  const bold = weight === 'bold' ? ' font-weight="bold"' : '';
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}" text-anchor="${anchor}"${bold}${outline}>${escapeXml(content)}</text>`;
}

export interface RectangleStyle {
  readonly fill?: string;
  readonly fillOpacity?: number;
  readonly stroke?: string;
  readonly strokeWidth?: number;
  readonly dashes?: string;
}

export function rectangle(
  x: number,
  y: number,
  width: number,
  height: number,
  { fill = 'none', fillOpacity, stroke, strokeWidth = 1, dashes }: RectangleStyle,
): string {
  const opacity = fillOpacity === undefined ? '' : ` fill-opacity="${fillOpacity}"`;
  const border = stroke === undefined ? '' : ` stroke="${stroke}" stroke-width="${strokeWidth}"`;
  const dashed = dashes === undefined ? '' : ` stroke-dasharray="${dashes}"`;
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"${opacity}${border}${dashed}/>`;
}

/** A picture; its pixels are shown as they are where `width` and `height` are its size at the final scale. */
export function imageElement(x: number, y: number, width: number, height: number, png: Uint8Array): string {
  const data = Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString('base64');
  return `<image x="${x}" y="${y}" width="${width}" height="${height}" href="data:image/png;base64,${data}"/>`;
}

export function svgDocument(width: number, height: number, content: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}">`,
    rectangle(0, 0, width, height, { fill: palette.background }),
    ...content,
    '</svg>',
  ].join('\n');
}
