import { escapeXml } from '../../../answer/figure/svg.js';

/**
 * Colours and shapes of series. The colours themselves stand in the style sheet of the page, for light and for
 * dark; the shape tells series apart where colours do not.
 */
export const colourCount = 6;

/** Outlines around (0, 0), all of about the same area. */
const shapes: readonly string[] = [
  '<circle r="4"/>',
  '<rect x="-3.6" y="-3.6" width="7.2" height="7.2"/>',
  '<path d="M0-5 4.8 3.6H-4.8z"/>',
  '<path d="M0-5.2 4.4 0 0 5.2-4.4 0z"/>',
  '<path d="M0 5 4.8-3.6H-4.8z"/>',
];

const shapeOf = (series: number) => shapes[series % shapes.length]!;
export const colourOf = (series: number) => `c${(series % colourCount) + 1}`;

/** A point of a series; `tip` is shown when the pointer rests on it. */
export function marker(series: number, x: number, y: number, tip: string): string {
  return `<g class="mark ${colourOf(series)}" transform="translate(${place(x)} ${place(y)})"><title>${escapeXml(tip)}</title>${shapeOf(series)}</g>`;
}

/** A line of a series from point to point. */
export function line(series: number, points: readonly (readonly [x: number, y: number])[]): string {
  const path = points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${place(x)} ${place(y)}`).join('');
  return `<path class="line ${colourOf(series)}" d="${path}"/>`;
}

const legendLine = 22;
/** Wide enough for the letters of the page's font at its size in charts. */
const letterWidth = 7.2;

/** The names of the series with their marks, in lines as wide as the chart. */
export function legend(names: readonly string[], width: number): { content: string; height: number } {
  let [x, y] = [0, 0];
  const content = names.map((name, series) => {
    const needed = 34 + name.length * letterWidth;
    if (x > 0 && x + needed > width) [x, y] = [0, y + legendLine];
    const entry = `<g class="mark ${colourOf(series)}" transform="translate(${place(x + 8)} ${y + 10})">${shapeOf(series)}</g>${text(x + 18, y + 14, name)}`;
    x += needed;
    return entry;
  });
  return { content: content.join(''), height: y + legendLine };
}

export function text(
  x: number,
  y: number,
  content: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
  style = '',
): string {
  const [aligned, styled] = [
    anchor === 'start' ? '' : ` text-anchor="${anchor}"`,
    style === '' ? '' : ` class="${style}"`,
  ];
  return `<text x="${place(x)}" y="${place(y)}"${aligned}${styled}>${escapeXml(content)}</text>`;
}

export function moved(x: number, y: number, content: string): string {
  return `<g transform="translate(${place(x)} ${place(y)})">${content}</g>`;
}

/** A coordinate with one decimal at most. */
export function place(value: number): string {
  return String(Math.round(value * 10) / 10);
}
