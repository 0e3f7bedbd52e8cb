import type { Drawing } from '../document.js';
import { drawHorizontalAxis, linearAxis } from './axis.js';
import { colourOf, legend, marker, moved, place, text } from './series.js';

export interface DotPlotRow {
  readonly label: string;
  readonly points: readonly {
    /** Position in the names of the series. */
    readonly series: number;
    readonly value: number;
    readonly interval: readonly [low: number, high: number] | null;
    readonly tip: string;
  }[];
}

const width = 1100;
const labelWidth = 270;
/** What fits beside the plot; the table of the chart has every label whole. */
const labelLength = 36;
/** Between the lines of two series in a row, and between the last of a row and the first of the next. */
const [seriesStep, rowGap] = [9, 11];

/** A row for each label; values on an axis from 0 to 1 as points, intervals as bars. */
export function dotPlot(axisTitle: string, series: readonly string[], rows: readonly DotPlotRow[]): Drawing {
  const rowHeight = Math.max(20, (series.length - 1) * seriesStep + rowGap + 4);
  const names = series.length > 1 ? legend(series, width) : { content: '', height: 0 };
  const top = names.height + 22;
  const bottom = top + rows.length * rowHeight;
  const axis = linearAxis(0, 1, { title: axisTitle, from: labelWidth, to: width - 20 });
  const body = rows.map(({ label, points }, at) => {
    const middle = (at + 0.5) * rowHeight;
    const stripe =
      at % 2 === 0
        ? `<rect class="stripe" y="${place(at * rowHeight)}" width="${width}" height="${rowHeight}"/>`
        : '';
    const marks = points.map(({ series: position, value, interval, tip }) => {
      const y = middle + (position - (series.length - 1) / 2) * seriesStep;
      const bar =
        interval === null
          ? ''
          : `<path class="interval ${colourOf(position)}" d="M${place(axis.position(interval[0]))} ${place(y)}H${place(axis.position(interval[1]))}"/>`;
      return bar + marker(position, axis.position(value), y, tip);
    });
    return { stripe, marks: text(labelWidth - 12, middle + 4, shortened(label), 'end') + marks.join('') };
  });
  return {
    width,
    height: bottom + 46,
    content: [
      names.content,
      moved(0, top, body.map(({ stripe }) => stripe).join('')),
      // Above the rows too: the lower end of a tall plot is out of sight.
      ...axis.ticks.map(({ value, label }) => text(axis.position(value), top - 6, label, 'middle', 'tick')),
      drawHorizontalAxis(axis, top, bottom),
      moved(0, top, body.map(({ marks }) => marks).join('')),
    ].join(''),
  };
}

function shortened(label: string): string {
  const letters = [...label];
  return letters.length > labelLength ? `${letters.slice(0, labelLength - 1).join('')}…` : label;
}
