import type { Drawing } from '../document.js';
import { drawVerticalAxis, linearAxis } from './axis.js';
import { legend, line, marker, text } from './series.js';

export interface SlopePanel {
  readonly title: string;
  /** A line for each series; null where a station has no value. */
  readonly lines: readonly {
    /** Position in the names of the series. */
    readonly series: number;
    readonly values: readonly (number | null)[];
    readonly tips: readonly string[];
  }[];
}

const width = 1100;
const plotHeight = 280;
const panelGap = 76;

/**
 * Panels side by side on one y axis; in each a line for every series from station to station (such as from
 * count-based to re-ranked). The axis begins below the smallest value, not at 0.
 */
export function slope(
  axisTitle: string,
  series: readonly string[],
  stations: readonly string[],
  panels: readonly SlopePanel[],
): Drawing {
  const names = legend(series, width);
  const top = names.height + 64;
  const bottom = top + plotHeight;
  const panelWidth = (width - panelGap * panels.length) / panels.length;
  const values = panels
    .flatMap(({ lines }) => lines.flatMap((entry) => entry.values))
    .filter((v) => v !== null);
  const axis = linearAxis(Math.min(...values), Math.max(...values), {
    title: axisTitle,
    from: bottom,
    to: top,
  });
  const drawn = panels.map(({ title, lines }, at) => {
    const left = 60 + at * (panelWidth + panelGap);
    // The stations keep away from the edges, for their names are written in the middle below them.
    const margin = panelWidth / (stations.length * 2);
    const xOf = (station: number) =>
      left + margin + (station * (panelWidth - 2 * margin)) / Math.max(1, stations.length - 1);
    const body = lines.map(({ series: position, values: heights, tips }) => {
      const points = heights.flatMap((height, station) =>
        height === null ? [] : [{ x: xOf(station), y: axis.position(height), tip: tips[station]! }],
      );
      const path = line(
        position,
        points.map(({ x, y }) => [x, y] as const),
      );
      return path + points.map(({ x, y, tip }) => marker(position, x, y, tip)).join('');
    });
    return [
      text(left - 40, top - 38, title, 'start', 'panel'),
      drawVerticalAxis(axis, left, left + panelWidth),
      // Of more than two, every second name one line lower, so that long names do not meet.
      ...stations.map((name, station) =>
        text(
          xOf(station),
          bottom + 20 + (stations.length > 2 ? station % 2 : 0) * 16,
          name,
          'middle',
          'tick',
        ),
      ),
      ...body,
    ].join('');
  });
  return { width, height: bottom + 46, content: names.content + drawn.join('') };
}
