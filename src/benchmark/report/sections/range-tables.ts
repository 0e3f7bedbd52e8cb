import { type Block, type Cell, paragraph, type Section } from '../document.js';
import { leadingIndex, presentScopes, rankingTitles, scopeSuffix, withScope } from '../figures.js';
import type { ReportFigure, ReportInput } from '../input.js';
import { formatCount, formatMeanAndDeviation, formatShare } from '../numbers.js';

/** Where in the answering volume: the overlap of the range by class, for every encoder and ranking. */
export function rangeSection(input: ReportInput): Section {
  const blocks = input.classMaps.flatMap(({ name }) =>
    presentScopes(input).flatMap((among) =>
      rangeTable(withScope(input, among), name, `${name}${scopeSuffix(among)}`),
    ),
  );
  return {
    id: 'range',
    title: 'Where in the volume',
    blocks:
      blocks.length === 0
        ? [paragraph('The overlap of the localized range was not computed.')]
        : [
            paragraph(
              'Intersection over union, in mm, of the range in which the region was found and the extent of the class in the answering volume; behind it the share of the queries for which it is .5 at least. The last line is the mean ± standard deviation over classes.',
            ),
            ...blocks,
          ],
  };
}

function rangeTable(input: ReportInput, classMap: string, title: string): Block[] {
  const index = leadingIndex(input);
  const ofMode = (mode: ReportFigure['mode']) =>
    input.figures.filter(
      (figure) => figure.mode === mode && figure.classMap === classMap && figure.index === index,
    );
  const halves = ofMode('range-half');
  const pairs = ofMode('range').map((overlap) => ({
    overlap,
    half: halves.find(({ encoder, ranking }) => encoder === overlap.encoder && ranking === overlap.ranking),
  }));
  const [first] = pairs;
  if (first === undefined || pairs.every(({ overlap }) => overlap.mean === null)) return [];
  const cells = (describe: (figure: ReportFigure) => string): Cell[] =>
    pairs.flatMap(({ overlap, half }) => [
      { text: describe(overlap) },
      ...(half === undefined ? [] : [{ text: describe(half) }]),
    ]);
  const asked = first.overlap.classes.filter(({ value }) => value !== null);
  return [
    {
      kind: 'table',
      table: {
        caption: `Overlap of the range by class, ${title}`,
        columns: [
          { title: 'Class', isNumeric: false },
          { title: 'Queries', isNumeric: true },
          ...pairs.flatMap(({ overlap: { encoder, ranking }, half }) => {
            const how = `${encoder}, ${rankingTitles[ranking]}`;
            return [
              { title: how, isNumeric: true },
              ...(half === undefined ? [] : [{ title: `${how}, at least .5`, isNumeric: true }]),
            ];
          }),
        ],
        rows: [
          ...asked.map(({ class: name, queries }) => [
            { text: name },
            { text: formatCount(queries) },
            ...cells(({ classes }) => formatShare(classes.find((one) => one.class === name)?.value ?? null)),
          ]),
          [
            { text: 'mean ± standard deviation' },
            { text: '' },
            ...cells(({ mean, std }) => formatMeanAndDeviation(mean, std)),
          ],
        ],
      },
    },
  ];
}
