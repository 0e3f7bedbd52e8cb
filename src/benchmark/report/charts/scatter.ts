import type { Drawing } from '../document.js';
import { drawHorizontalAxis, drawVerticalAxis, linearAxis, logarithmicAxis } from './axis.js';
import { legend, marker, moved } from './series.js';

export interface ScatterPoint {
  /** Position in the names of the series. */
  readonly series: number;
  readonly x: number;
  readonly y: number;
  readonly tip: string;
}

export interface ScatterAxes {
  readonly xTitle: string;
  readonly yTitle: string;
  /** The lower end of the y axis; without it the axis begins below the smallest value. */
  readonly yFrom?: number;
}

const width = 1100;
const plotHeight = 380;
const left = 70;

/** Points over a logarithmic x axis, or a linear one where a value is not positive. At least one point. */
export function scatter(
  axes: ScatterAxes,
  series: readonly string[],
  points: readonly ScatterPoint[],
): Drawing {
  const names = legend(series, width);
  const top = names.height + 34;
  const bottom = top + plotHeight;
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const horizontal = { title: axes.xTitle, from: left, to: width - 20 };
  const [least, most] = [Math.min(...xs), Math.max(...xs)];
  const xAxis = least > 0 ? logarithmicAxis(least, most, horizontal) : linearAxis(0, most, horizontal);
  const vertical = { title: axes.yTitle, from: bottom, to: top };
  const yAxis = linearAxis(axes.yFrom ?? Math.min(...ys), Math.max(1, ...ys), vertical);
  return {
    width,
    height: bottom + 46,
    content: [
      moved(0, 0, names.content),
      drawVerticalAxis(yAxis, left, width - 20),
      drawHorizontalAxis(xAxis, top, bottom),
      ...points.map(({ series: position, x, y, tip }) =>
        marker(position, xAxis.position(x), yAxis.position(y), tip),
      ),
    ].join(''),
  };
}
