import { type BenchmarkRanking, type Mode, rankings } from '../../outcomes.js';
import { dotPlot } from '../charts/dot-plot.js';
import { slope } from '../charts/slope.js';
import { type Block, paragraph, type Section } from '../document.js';
import { distinct, leadingIndex, modeTitles, rankingTitles } from '../figures.js';
import type { ReportFigure, ReportInput } from '../input.js';
import { absent, formatInterval, formatMeanAndDeviation, formatShare } from '../numbers.js';

/** The localization ratio of every encoder and ranking. */
export function ratioSection(input: ReportInput): Section {
  const index = leadingIndex(input);
  const blocks = input.classMaps.flatMap(({ name }): Block[] => {
    const figures = input.figures.filter(
      (figure) => figure.mode === 'ratio' && figure.classMap === name && figure.index === index,
    );
    const valued = figures.flatMap((figure) =>
      figure.mean === null ? [] : [{ ...figure, mean: figure.mean }],
    );
    if (valued.length === 0) return [];
    const series = presentRankings(valued);
    const title = `Localization ratio, ${name}`;
    return [
      {
        kind: 'chart',
        chart: {
          title,
          description: `Mean over classes with its 95 % interval, for every encoder and ranking (index ${index}).`,
          drawing: dotPlot(
            'Localization ratio',
            series.map((ranking) => rankingTitles[ranking]),
            distinct(valued.map(({ encoder }) => encoder)).map((encoder) => ({
              label: encoder,
              points: valued
                .filter((figure) => figure.encoder === encoder)
                .map(({ ranking, mean, interval }) => ({
                  series: series.indexOf(ranking),
                  value: mean,
                  interval,
                  tip: `${encoder}, ${rankingTitles[ranking]}: ${formatShare(mean)} ${formatInterval(interval)}`,
                })),
            })),
          ),
          table: {
            caption: title,
            columns: [
              { title: 'Encoder', isNumeric: false },
              { title: 'Ranking', isNumeric: false },
              { title: 'Ratio', isNumeric: true },
              { title: '95 % interval', isNumeric: true },
            ],
            rows: figures.map(({ encoder, ranking, mean, std, interval }) => [
              { text: encoder },
              { text: rankingTitles[ranking] },
              { text: formatMeanAndDeviation(mean, std) },
              { text: formatInterval(interval) },
            ]),
          },
          isCollapsed: false,
        },
      },
    ];
  });
  return {
    id: 'ratio',
    title: 'Localization ratio',
    blocks: blocks.length === 0 ? [paragraph('The localization ratio was not computed.')] : blocks,
  };
}

/** What re-ranking changes: lines from count-based retrieval to late interaction. */
export function rerankingSection(input: ReportInput): Section {
  const blocks = input.classMaps.flatMap(({ name }) => rerankingChart(input, name));
  return {
    id: 'reranking',
    title: 'Count-based against re-ranked',
    blocks:
      blocks.length === 0
        ? [paragraph('Count-based retrieval and late interaction were not both run: nothing to compare.')]
        : blocks,
  };
}

function rerankingChart(input: ReportInput, classMap: string): Block[] {
  const index = leadingIndex(input);
  const figures = input.figures.filter(
    (figure) =>
      figure.mode !== 'slice' &&
      figure.classMap === classMap &&
      figure.index === index &&
      figure.mean !== null &&
      (figure.ranking === 'count' || figure.ranking.startsWith('late-interaction')),
  );
  const stations = presentRankings(figures);
  if (!stations.includes('count') || stations.length < 2) return [];
  const encoders = distinct(figures.map(({ encoder }) => encoder));
  const panelModes = (['volume', 'region', 'localized', 'ratio', 'range'] as const).filter((mode) =>
    figures.some((figure) => figure.mode === mode),
  );
  const meanOf = (encoder: string, mode: Mode, ranking: BenchmarkRanking) =>
    figures.find((figure) => figure.encoder === encoder && figure.mode === mode && figure.ranking === ranking)
      ?.mean ?? null;
  const title = `Count-based against re-ranked, ${classMap}`;
  return [
    {
      kind: 'chart',
      chart: {
        title,
        description: `A line from ranking to ranking for each encoder (index ${index}), one panel for each mode. The axis does not begin at 0.${stations.includes('late-interaction-all') ? ' "All volumes" is late interaction without candidates.' : ''}`,
        drawing: slope(
          'Mean over classes',
          encoders,
          stations.map((ranking) => shortTitles[ranking]),
          panelModes.map((mode) => ({
            title: modeTitles[mode],
            lines: encoders.map((encoder, series) => ({
              series,
              values: stations.map((ranking) => meanOf(encoder, mode, ranking)),
              tips: stations.map(
                (ranking) =>
                  `${encoder}, ${rankingTitles[ranking]}: ${formatShare(meanOf(encoder, mode, ranking))}`,
              ),
            })),
          })),
        ),
        table: {
          caption: title,
          columns: [
            { title: 'Encoder', isNumeric: false },
            { title: 'Mode', isNumeric: false },
            ...stations.map((ranking) => ({ title: rankingTitles[ranking], isNumeric: true })),
          ],
          rows: encoders.flatMap((encoder) =>
            panelModes.map((mode) => [
              { text: encoder },
              { text: modeTitles[mode] },
              ...stations.map((ranking) => {
                const mean = meanOf(encoder, mode, ranking);
                return { text: mean === null ? absent : formatShare(mean) };
              }),
            ]),
          ),
        },
        isCollapsed: false,
      },
    },
  ];
}

/** Narrow enough to stand side by side under a panel. */
const shortTitles: Readonly<Record<BenchmarkRanking, string>> = {
  ...rankingTitles,
  'late-interaction-all': 'all volumes',
};

function presentRankings(figures: readonly ReportFigure[]): BenchmarkRanking[] {
  return rankings.filter((ranking) => figures.some((figure) => figure.ranking === ranking));
}
