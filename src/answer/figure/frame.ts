import type { Answer } from '../answer.js';
import { queryName } from '../answer.js';
import { shorten, textWidth } from './font.js';
import { type FigureLayout, margin, warningHeight } from './layout.js';
import { type SimilarityScale, scaleColour } from './scale.js';
import { palette, rectangle, textElement } from './svg.js';
import { describeSearch } from './text.js';

const size = 9;
const barWidth = 110;
const barSteps = 55;

/** What was searched for. @returns SVG elements. */
export function drawHeader(answer: Answer, shownSlices: number, width: number): string[] {
  const nameX = margin + textWidth('Voxseek', 20, 'bold') + 14;
  const room = width - margin - nameX;
  return [
    textElement(margin, 34, 'Voxseek', { size: 20, weight: 'bold', fill: palette.query }),
    textElement(nameX, 34, shorten(queryName(answer.query), room, 16, 'bold'), { size: 16, weight: 'bold' }),
    textElement(margin, 52, shorten(describeSearch(answer, shownSlices), width - 2 * margin, 10.5), {
      size: 10.5,
      fill: palette.secondary,
    }),
  ];
}

/** What bars, colours, lines and bands mean; below, a line for each warning. @returns SVG elements. */
export function drawLegend(
  { infoX: x, width, legendY }: FigureLayout,
  scale: SimilarityScale,
  { warnings }: Answer,
): string[] {
  const y = legendY + 12;
  const words = (at: number, content: string) =>
    textElement(at, y, content, { size, fill: palette.secondary });
  const elements = [rectangle(x, legendY - 6, width - 2 * x, 1, { fill: palette.rule })];
  let at = x;
  const add = (content: string) => {
    elements.push(words(at, content));
    at += textWidth(content, size);
  };

  add(`similarity (cosine) ${scale.low.toFixed(2)} `);
  at += 4;
  for (let step = 0; step < barSteps; step++) {
    const from = at + (step * barWidth) / barSteps;
    elements.push(
      rectangle(from, y - 6, barWidth / barSteps + 0.25, 5, { fill: scaleColour(step / (barSteps - 1)) }),
    );
  }
  at += barWidth + 5;
  add(scale.high.toFixed(2));

  at += 26;
  elements.push(rectangle(at, y - 3.5, 16, 1, { fill: scaleColour(0.75) }));
  at += 21;
  add('slice shown');
  at += 22;
  elements.push(rectangle(at, y - 3.25, 6, 0.75, { fill: palette.secondary }));
  at += 11;
  add('any matched slice');
  at += 22;
  elements.push(rectangle(at, y - 7, 13, 8, { fill: palette.range, fillOpacity: 0.3 }));
  elements.push(rectangle(at + 13, y - 7, 3, 8, { fill: palette.range }));
  at += 21;
  add('localized range');

  const note = `Positions in RAS+ mm. One scale for all tiles of a row; tiles show the body, overviews the whole stack.`;
  elements.push(textElement(x, y + 16, note, { size, fill: palette.secondary }));
  warnings.forEach((warning, line) => {
    elements.push(
      textElement(x, y + 16 + (line + 1) * warningHeight, shorten(warning, width - 2 * x, size), {
        size,
        fill: palette.range,
      }),
    );
  });
  return elements;
}
