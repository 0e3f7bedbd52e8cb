import type { Mode } from '../../outcomes.js';
import { dotPlot } from '../charts/dot-plot.js';
import { type Block, type Chart, paragraph, type Section } from '../document.js';
import {
  classesWithoutValue,
  leadingFigures,
  leadingMode,
  modeTitles,
  presentModes,
  presentScopes,
  rankingTitles,
  recallModes,
  scopeSuffix,
  withScope,
} from '../figures.js';
import type { ClassFigure, ReportFigure, ReportInput } from '../input.js';
import { absent, formatCount, formatInterval, formatShare } from '../numbers.js';

/**
 * A chart of every class for each mode, class map and choice of volumes that may answer; all but those of the
 * leading mode among all volumes are folded up.
 */
export function classSection(input: ReportInput): Section {
  const leading = leadingMode(input);
  const charts = presentModes(input)
    .filter((mode) => recallModes.includes(mode))
    .sort((a, b) => Number(b === leading) - Number(a === leading))
    .flatMap((mode) =>
      input.classMaps.flatMap(({ name, classes }) =>
        presentScopes(input).flatMap((among): Block[] => {
          const figures = leadingFigures(withScope(input, among), mode, name);
          if (figures.every(({ mean }) => mean === null)) return [];
          const isCollapsed = mode !== leading || among !== 'all';
          const chart = classChart(mode, `${name}${scopeSuffix(among)}`, classes, figures, isCollapsed);
          return [{ kind: 'chart', chart }];
        }),
      ),
    );
  return {
    id: 'classes',
    title: 'Recall of each class',
    blocks: [
      paragraph(
        'Points are recalls, bars their 95 % bootstrap intervals over query patients; the number behind a class is that of its queries. Classes are in descending order of their mean recall over the encoders. Rest the pointer on a point to read it.',
      ),
      ...(charts.length === 0 ? [paragraph('No class has a query.')] : charts),
    ],
  };
}

function classChart(
  mode: Mode,
  place: string,
  classes: readonly string[],
  figures: readonly ReportFigure[],
  isCollapsed: boolean,
): Chart {
  const encoders = figures.map(({ encoder }) => encoder);
  const rows = classes
    .map((name) => ({
      name,
      entries: figures.map((figure) => figure.classes.find((entry) => entry.class === name)),
    }))
    .filter(({ entries }) => entries.some((entry) => isValued(entry)))
    .map((row) => ({ ...row, mean: meanOf(row.entries) }))
    .sort((a, b) => b.mean - a.mean || (a.name < b.name ? -1 : 1));
  const without = classesWithoutValue(classes, figures);
  const { index, ranking } = figures[0]!;
  const how = mode === 'slice' ? `index ${index}` : `index ${index}, ranking by ${rankingTitles[ranking]}`;
  const title = `${modeTitles[mode]} recall by class, ${place}`;
  return {
    title,
    description: `Measured with ${how}. ${encoders.length === 1 ? 'Highest' : 'Mean over the encoders: highest'} ${describeEnd(rows, rows[0]!)}, lowest ${describeEnd(rows, rows.at(-1)!)}. ${without.length === 0 ? 'Every class has a query.' : `Without a query, not drawn: ${without.join(', ')}.`}`,
    drawing: dotPlot(
      'Recall',
      encoders,
      rows.map(({ name, entries }) => ({
        label: `${name} (${formatCount(queriesOf(entries))})`,
        points: entries.flatMap((entry, series) =>
          isValued(entry)
            ? [
                {
                  series,
                  value: entry.value,
                  interval: entry.interval,
                  tip: `${encoders[series]}, ${name}: ${formatShare(entry.value)} ${formatInterval(entry.interval)}, ${entry.queries} queries`,
                },
              ]
            : [],
        ),
      })),
    ),
    table: {
      caption: `${title}: recall and 95 % interval`,
      columns: [
        { title: 'Class', isNumeric: false },
        { title: 'Queries', isNumeric: true },
        ...encoders.map((encoder) => ({ title: encoder, isNumeric: true })),
      ],
      rows: [
        ...rows.map(({ name, entries }) => [
          { text: name },
          { text: formatCount(queriesOf(entries)) },
          ...entries.map((entry) => ({
            text: isValued(entry) ? `${formatShare(entry.value)} ${formatInterval(entry.interval)}` : absent,
          })),
        ]),
        ...classes
          .filter((name) => !rows.some((row) => row.name === name))
          .map((name) => [{ text: name }, { text: '0' }, ...encoders.map(() => ({ text: absent }))]),
      ],
    },
    isCollapsed,
  };
}

/** Classes that are equal as printed are not told apart: naming one of many would make it look special. */
function describeEnd(
  rows: readonly { readonly name: string; readonly mean: number }[],
  { mean }: { readonly mean: number },
): string {
  const value = formatShare(mean);
  const names = rows.filter((row) => formatShare(row.mean) === value).map(({ name }) => name);
  return `${names.length > 3 ? `${names.length} classes` : names.join(', ')} (${value})`;
}

function isValued(entry: ClassFigure | undefined): entry is ClassFigure & { readonly value: number } {
  return entry !== undefined && entry.value !== null;
}

function meanOf(entries: readonly (ClassFigure | undefined)[]): number {
  const values = entries.filter(isValued).map(({ value }) => value);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function queriesOf(entries: readonly (ClassFigure | undefined)[]): number {
  return Math.max(0, ...entries.map((entry) => entry?.queries ?? 0));
}
