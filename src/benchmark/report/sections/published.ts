import type { BenchmarkRanking, Mode } from '../../outcomes.js';
import { type Cell, paragraph, type Section } from '../document.js';
import { bestOf, describeConfiguration, rankingTitles } from '../figures.js';
import type { ReportInput } from '../input.js';
import { formatCount, formatMeanAndDeviation } from '../numbers.js';

/** The best averages of arXiv 2405.09334, over 29 and over 104 classes. */
const published: readonly {
  readonly title: string;
  readonly mode: Mode;
  readonly rankings: readonly BenchmarkRanking[];
  readonly averages: readonly {
    readonly encoder: string;
    readonly classes: 29 | 104;
    readonly mean: number;
    readonly deviation: number;
  }[];
}[] = [
  {
    title: 'Slice-wise',
    mode: 'slice',
    rankings: ['count'],
    averages: [
      { encoder: 'DreamSim', classes: 29, mean: 0.863, deviation: 0.107 },
      { encoder: 'DreamSim', classes: 104, mean: 0.797, deviation: 0.129 },
    ],
  },
  {
    title: 'Volume-based, re-ranked',
    mode: 'volume',
    rankings: ['late-interaction', 'late-interaction-all'],
    averages: [
      { encoder: 'DINOv1', classes: 29, mean: 0.967, deviation: 0.04 },
      { encoder: 'Swin (RadImageNet)', classes: 104, mean: 0.924, deviation: 0.072 },
    ],
  },
  {
    title: 'Region-based, re-ranked',
    mode: 'region',
    rankings: ['late-interaction', 'late-interaction-all'],
    averages: [
      { encoder: 'DreamSim', classes: 29, mean: 0.987, deviation: 0.027 },
      { encoder: 'DreamSim', classes: 104, mean: 0.987, deviation: 0.024 },
    ],
  },
];

/** What the paper reports, and the best of this run under it, with what keeps the two from being compared. */
export function publishedSection(input: ReportInput): Section {
  const rows = published.flatMap(({ title, mode, rankings, averages }): Cell[][] => [
    ...averages.map(({ encoder, classes, mean, deviation }) => [
      { text: title },
      { text: 'paper' },
      { text: encoder },
      { text: `${classes} classes` },
      { text: formatMeanAndDeviation(mean, deviation) },
    ]),
    ...input.classMaps.map(({ name, classes }) => {
      const best = bestOf(
        input.figures.filter(
          (figure) => figure.mode === mode && figure.classMap === name && rankings.includes(figure.ranking),
        ),
      );
      return [
        { text: title },
        { text: 'this report' },
        { text: best.length === 0 ? 'not run' : best.map(describeConfiguration).join(', ') },
        { text: `${classes.length} classes (${name})` },
        { text: formatMeanAndDeviation(best[0]?.mean ?? null, best[0]?.std ?? null) },
      ];
    }),
  ]);
  return {
    id: 'published',
    title: 'Beside the published averages',
    blocks: [
      paragraph(
        `The paper (Khun Jush, Vogler, Truong and Lenga, arXiv 2405.09334) gives these averages for its best encoders; under them stands the best configuration of this report. Re-ranked means ${rankingTitles['late-interaction']}. `,
        input.dataset.isTotalSegmentator
          ? 'Both stand on TotalSegmentator; before a difference is read as one between encoders, mind the following.'
          : 'The two are not comparable: this report does not stand on TotalSegmentator.',
      ),
      {
        kind: 'table',
        table: {
          caption: 'Published averages and the best of this report, mean ± standard deviation over classes',
          columns: [
            { title: 'Mode', isNumeric: false },
            { title: 'Source', isNumeric: false },
            { title: 'Encoder', isNumeric: false },
            { title: 'Classes', isNumeric: false },
            { title: 'Recall', isNumeric: true },
          ],
          rows,
        },
      },
      { kind: 'list', items: differences(input).map((difference) => [difference]) },
    ],
  };
}

function differences({ dataset, classMaps }: ReportInput): string[] {
  const data = dataset.isTotalSegmentator
    ? `Data: the paper searches the training split of TotalSegmentator (over 290,000 slices) with its test split; here ${formatCount(dataset.database.slices)} slices of ${formatCount(dataset.database.volumes)} volumes are searched, and releases of the data set differ in volumes and masks.`
    : `Data: the paper searches the training split of TotalSegmentator (over 290,000 slices) with its test split; this report searches ${formatCount(dataset.database.slices)} slices of ${formatCount(dataset.database.volumes)} volumes of ${dataset.name}. A smaller or more uniform collection is easier or harder for reasons that have nothing to do with an encoder.`;
  return [
    data,
    `Classes: the map of the paper from 104 to 29 classes is not public. This report uses ${classMaps.map(({ name }) => name).join(' and ')}; "Data and parameters" says whose they are.`,
    'Encoders: the paper uses DINOv1, DINOv2, DreamSim, Swin and ResNet50 (RadImageNet) and ResNet50 (fractals); a figure of another encoder, or of other weights of the same name, says nothing about those.',
    'Preprocessing: windowing, normalisation, resizing and the choice of slices are those named with the encoders under "Data and parameters", not those of the paper.',
  ];
}
