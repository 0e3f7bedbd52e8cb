import type { Mode } from '../../outcomes.js';
import { type Block, type Cell, paragraph, type Section, type Table } from '../document.js';
import {
  classesWithoutValue,
  distinct,
  markExtremes,
  modeTitles,
  presentModes,
  rankingTitles,
} from '../figures.js';
import type { ReportFigure, ReportInput } from '../input.js';
import { absent, formatInterval, formatMeanAndDeviation, formatShare } from '../numbers.js';

/** One table for each mode, as in the paper: a row for each encoder and ranking, columns for each class map. */
export function recallSection(input: ReportInput): Section {
  return {
    id: 'recall',
    title: 'Recall and localization ratio',
    blocks: [
      paragraph(
        'Mean ± standard deviation over the classes that have a query, and the 95 % bootstrap interval of the mean over query patients. In every column the best mean is ',
        { kind: 'strong', text: 'bold' },
        ' and the worst is underlined; means that are equal as printed are marked alike.',
      ),
      ...presentModes(input).flatMap((mode) => modeBlocks(input, mode)),
    ],
  };
}

function modeBlocks(input: ReportInput, mode: Mode): Block[] {
  const figures = input.figures.filter((figure) => figure.mode === mode);
  const maps = input.classMaps.filter(({ name }) => figures.some(({ classMap }) => classMap === name));
  const marks = new Map(
    maps.map(({ name }) => [
      name,
      markExtremes(figures.filter(({ classMap }) => classMap === name).map(({ mean }) => mean)),
    ]),
  );
  const keyOf = ({ encoder, index, ranking }: (typeof figures)[number]) =>
    JSON.stringify([encoder, index, ranking]);
  const rows = distinct(figures.map(keyOf)).map((key): Cell[] => {
    const ofRow = figures.filter((figure) => keyOf(figure) === key);
    const { encoder, index, ranking } = ofRow[0]!;
    const values = maps.flatMap(({ name }): Cell[] => {
      const figure = ofRow.find(({ classMap }) => classMap === name);
      if (figure === undefined) return [{ text: absent }, { text: absent }];
      const mark = marks.get(name)!(figure.mean);
      const text = formatMeanAndDeviation(figure.mean, figure.std);
      return [mark === undefined ? { text } : { text, mark }, { text: formatInterval(figure.interval) }];
    });
    const ranked = mode === 'slice' ? [] : [{ text: rankingTitles[ranking] }];
    return [{ text: encoder }, { text: index }, ...ranked, ...values];
  });
  const table: Table = {
    caption: `${modeTitles[mode]}${mode === 'ratio' ? '' : ' recall'}`,
    columns: [
      { title: 'Encoder', isNumeric: false },
      { title: 'Index', isNumeric: false },
      ...(mode === 'slice' ? [] : [{ title: 'Ranking', isNumeric: false }]),
      ...maps.flatMap(({ name, classes }) => [
        { title: `${name}, ${countClasses(classes.length)}`, isNumeric: true },
        { title: `${name}, 95 % interval`, isNumeric: true },
      ]),
    ],
    rows,
  };
  const missing = maps.map(({ name, classes }) => {
    const without = classesWithoutValue(
      classes,
      figures.filter(({ classMap }) => classMap === name),
    );
    return without.length === 0
      ? `${name}: every class has a query.`
      : `${name}: ${without.length} of ${countClasses(classes.length)} without a query, left out of the mean: ${without.join(', ')}.`;
  });
  return [
    { kind: 'heading', text: modeTitles[mode] },
    { kind: 'table', table },
    paragraph(missing.join(' ')),
    ...furtherColumns(mode, figures),
  ];
}

/** Metrics of the ranked list beside recall, where any were computed. */
function furtherColumns(mode: Mode, figures: readonly ReportFigure[]): Block[] {
  const measured = figures.filter(({ columns }) => Object.keys(columns).length > 0);
  const names = distinct(measured.flatMap(({ columns }) => Object.keys(columns)));
  if (names.length === 0) return [];
  const rows = measured.map(({ encoder, index, ranking, classMap, columns }): Cell[] => [
    { text: encoder },
    { text: index },
    { text: rankingTitles[ranking] },
    { text: classMap },
    ...names.map((name) => ({ text: formatShare(columns[name] ?? null) })),
  ]);
  const table: Table = {
    caption: `${modeTitles[mode]}, metrics of the ranked list`,
    columns: [
      ...['Encoder', 'Index', 'Ranking', 'Class map'].map((title) => ({ title, isNumeric: false })),
      ...names.map((title) => ({ title, isNumeric: true })),
    ],
    rows,
  };
  return [{ kind: 'table', table, isCollapsed: true }];
}

function countClasses(count: number): string {
  return count === 1 ? '1 class' : `${count} classes`;
}
