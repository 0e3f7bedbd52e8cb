import { type Block, type Cell, paragraph, type Section } from '../document.js';
import { distinct, rankingTitles } from '../figures.js';
import type { CaseLabelFacts, ReportCaseFigure } from '../input.js';
import { formatCount, formatShare } from '../numbers.js';

const taskTitles: Readonly<Record<ReportCaseFigure['task'], string>> = {
  cancer_flag: 'tumour flag',
  lesion_group: 'lesion group',
};

/** What was asked of whole cases: for each file of labels its tables, and which volumes had no label. */
export function caseSection(
  caseLabels: readonly CaseLabelFacts[],
  figures: readonly ReportCaseFigure[],
): Section {
  return {
    id: 'cases',
    title: 'Labels of whole cases',
    blocks: [
      paragraph(
        'A query is all slices of a volume, and the ranked volumes answer it. Relevant is a volume of the database with the same tumour flag or lesion group in the same file of labels, which is about one organ; volumes without a tumour are a group of their own, and one without a case label is relevant to nothing. Means over the queries; one to which nothing is relevant counts 0. "map" is average precision over the whole ranking, divided by all relevant volumes of the database; "map@10" is that of 3D-MIR: over the first ten, divided by the relevant ones among them.',
      ),
      ...caseLabels.flatMap((labels) =>
        blocksOf(
          labels,
          figures.filter((figure) => figure.labels === labels.name),
        ),
      ),
    ],
  };
}

function blocksOf(labels: CaseLabelFacts, figures: readonly ReportCaseFigure[]): Block[] {
  const { name, database, queries, unlabelled, unmatched } = labels;
  return [
    { kind: 'heading', text: name },
    ...distinct(figures.map(({ task }) => task)).map((task) =>
      tableOf(
        `${name}: ${taskTitles[task]}`,
        figures.filter((figure) => figure.task === task),
      ),
    ),
    paragraph(
      `Labelled: ${formatCount(database)} volumes of the database and ${formatCount(queries)} of the queries; ${formatCount(unmatched)} labels are of volumes that are on neither side. `,
      unlabelled.length === 0
        ? 'Every volume that took part has a label.'
        : `Without a label: ${unlabelled.join(', ')}.`,
    ),
  ];
}

function tableOf(caption: string, figures: readonly ReportCaseFigure[]): Block {
  const names = distinct(figures.flatMap(({ columns }) => Object.keys(columns)));
  return {
    kind: 'table',
    table: {
      caption,
      columns: [
        ...['Encoder', 'Index', 'Ranking'].map((title) => ({ title, isNumeric: false })),
        ...['Queries', 'with nothing relevant', ...names].map((title) => ({ title, isNumeric: true })),
      ],
      rows: figures.map(({ encoder, index, ranking, queries, unanswerable, columns }): Cell[] => [
        { text: encoder },
        { text: index },
        { text: rankingTitles[ranking] },
        { text: formatCount(queries) },
        { text: formatCount(unanswerable) },
        ...names.map((name) => ({ text: formatShare(columns[name] ?? null) })),
      ]),
    },
  };
}
