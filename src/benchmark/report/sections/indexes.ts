import { scatter } from '../charts/scatter.js';
import { type Block, paragraph, type Section, type Table } from '../document.js';
import { distinct } from '../figures.js';
import type { ReportInput } from '../input.js';
import { absent, formatBytes, formatSeconds, formatShare } from '../numbers.js';

/** What an index costs and loses, apart from what the encoder does. */
export function indexSection({ indexes }: ReportInput): Section {
  const table: Table = {
    caption: 'Indexes: recall against exact search, time and memory',
    columns: [
      { title: 'Index', isNumeric: false },
      { title: 'Encoder', isNumeric: false },
      { title: 'Parameters', isNumeric: false },
      { title: 'Recall against exact', isNumeric: true },
      { title: 'Build, s', isNumeric: true },
      { title: 'Search, s', isNumeric: true },
      { title: 'Memory', isNumeric: true },
    ],
    rows: indexes.map((index) => [
      { text: index.name },
      { text: index.encoder },
      { text: index.parameters === '' ? 'none' : index.parameters },
      { text: formatShare(index.recallAgainstExact) },
      { text: formatSeconds(index.buildSeconds) },
      { text: formatSeconds(index.searchSeconds) },
      { text: formatBytes(index.bytes) },
    ]),
  };
  const names = distinct(indexes.map(({ name }) => name));
  const points = indexes.flatMap(({ name, encoder, searchSeconds, recallAgainstExact }) =>
    searchSeconds === null || recallAgainstExact === null
      ? []
      : [
          {
            series: names.indexOf(name),
            x: searchSeconds,
            y: recallAgainstExact,
            tip: `${name}, ${encoder}: ${formatShare(recallAgainstExact)} in ${formatSeconds(searchSeconds)} s`,
          },
        ],
  );
  const drawn: Block[] =
    names.length < 2 || points.length < 2
      ? [{ kind: 'table', table }]
      : [
          {
            kind: 'chart',
            chart: {
              title: 'Index recall against search time',
              description:
                'Share of the query slices for which an index finds the nearest slice of exact search, against the time for all queries, one point for each index and encoder. Up and left is better.',
              drawing: scatter(
                { xTitle: 'Search time of all queries, s', yTitle: 'Recall against exact search' },
                names,
                points,
              ),
              isCollapsed: false,
            },
          },
          { kind: 'table', table },
        ];
  return {
    id: 'indexes',
    title: 'Indexes',
    blocks: [
      paragraph(
        'Times are of the machine named under "Data and parameters" and differ between runs; every other figure is the same for the same data and seeds. ',
        `Where a number was not measured stands ${absent}.`,
      ),
      ...(indexes.length === 0 ? [paragraph('No index was measured.')] : drawn),
    ],
  };
}
