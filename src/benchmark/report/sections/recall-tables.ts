import type { Mode } from '../../outcomes.js';
import { type Block, type Cell, paragraph, type Section, type Table } from '../document.js';
import {
  classesWithoutValue,
  distinct,
  figureTitle,
  markExtremes,
  modeTitles,
  presentModes,
  presentScopes,
  rankingTitles,
  scopeSuffix,
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
      ...(presentScopes(input).includes('annotated') ? [paragraph(annotatedSentence)] : []),
      ...presentModes(input).flatMap((mode) => modeBlocks(input, mode)),
    ],
  };
}

const annotatedSentence =
  'Among all volumes an answer is wrong where its mask does not show the class, also where nobody looked for the class when that mask was drawn; among annotated volumes only those in which the class was looked for may answer, and only those ask.';

function modeBlocks(input: ReportInput, mode: Mode): Block[] {
  const figures = input.figures.filter((figure) => figure.mode === mode);
  const places = input.classMaps.flatMap(({ name, classes }) =>
    presentScopes(input).flatMap((among) => {
      const ofPlace = figures.filter((figure) => figure.classMap === name && figure.among === among);
      if (ofPlace.length === 0) return [];
      const mark = markExtremes(ofPlace.map(({ mean }) => mean));
      return [{ name, title: `${name}${scopeSuffix(among)}`, among, classes, figures: ofPlace, mark }];
    }),
  );
  const keyOf = ({ encoder, index, ranking }: (typeof figures)[number]) =>
    JSON.stringify([encoder, index, ranking]);
  const rows = distinct(figures.map(keyOf)).map((key): Cell[] => {
    const ofRow = figures.filter((figure) => keyOf(figure) === key);
    const { encoder, index, ranking } = ofRow[0]!;
    const values = places.flatMap((place): Cell[] => {
      const figure = ofRow.find((one) => place.figures.includes(one));
      if (figure === undefined) return [{ text: absent }, { text: absent }];
      const mark = place.mark(figure.mean);
      const text = formatMeanAndDeviation(figure.mean, figure.std);
      return [mark === undefined ? { text } : { text, mark }, { text: formatInterval(figure.interval) }];
    });
    const ranked = mode === 'slice' ? [] : [{ text: rankingTitles[ranking] }];
    return [{ text: encoder }, { text: index }, ...ranked, ...values];
  });
  const table: Table = {
    caption: figureTitle(mode),
    columns: [
      { title: 'Encoder', isNumeric: false },
      { title: 'Index', isNumeric: false },
      ...(mode === 'slice' ? [] : [{ title: 'Ranking', isNumeric: false }]),
      ...places.flatMap(({ title, classes }) => [
        { title: `${title}, ${countClasses(classes.length)}`, isNumeric: true },
        { title: `${title}, 95 % interval`, isNumeric: true },
      ]),
    ],
    rows,
  };
  const missing = places.flatMap(({ name, title, classes, figures: ofPlace }) => {
    const without = classesWithoutValue(classes, ofPlace);
    // Where it is the same among all volumes, once is enough.
    const [first] = places.filter((place) => place.name === name);
    if (title !== first!.title && without.join() === classesWithoutValue(classes, first!.figures).join()) {
      return [];
    }
    return without.length === 0
      ? `${title}: every class has a query.`
      : `${title}: ${without.length} of ${countClasses(classes.length)} without a query, left out of the mean: ${without.join(', ')}.`;
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
  const rows = measured.map(({ encoder, index, ranking, classMap, among, columns }): Cell[] => [
    { text: encoder },
    { text: index },
    { text: rankingTitles[ranking] },
    { text: `${classMap}${scopeSuffix(among)}` },
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
