import { paragraph, type Section, type Span, strong } from '../document.js';
import {
  bestOf,
  classesWithoutValue,
  describeConfiguration,
  modeTitles,
  presentModes,
  presentScopes,
  scopeSuffix,
  withScope,
} from '../figures.js';
import type { ReportFigure, ReportInput, SideFacts } from '../input.js';
import { formatCount, formatInterval, formatMeanAndDeviation } from '../numbers.js';

/** The answer in words: the best configuration of each mode and class map, and what was left out. */
export function summarySection(input: ReportInput): Section {
  const { dataset, classMaps } = input;
  const places = presentModes(input).flatMap((mode) =>
    classMaps.flatMap(({ name, classes }) =>
      presentScopes(input).map((among) => ({ mode, name, classes, among })),
    ),
  );
  const items = places.flatMap(({ mode, name, classes, among }): Span[][] => {
    const figures = withScope(input, among).figures.filter(
      (figure) => figure.mode === mode && figure.classMap === name,
    );
    const best = bestOf(figures);
    if (figures.length === 0) return [];
    const where = `${modeTitles[mode]}, ${name}${scopeSuffix(among)}: `;
    if (best.length === 0) return [[where, 'no class has a query, so there is no figure.']];
    const valued = classes.length - classesWithoutValue(classes, figures).length;
    return [[where, ...describeBest(best, figures.length, valued, classes.length)]];
  });
  return {
    id: 'summary',
    title: 'Summary',
    blocks: [
      paragraph(
        `Data set ${dataset.name}: ${describeSide(dataset.queries)} ask, ${describeSide(dataset.database)} may answer. `,
        leftOutSentence(dataset.leftOut.length),
      ),
      ...(items.length === 0
        ? [paragraph('No figure was computed.')]
        : [
            { kind: 'list', items } as const,
            paragraph(
              'The best of many is so by luck too: "Comparisons" says which differences are more than chance.',
            ),
          ]),
    ],
  };
}

function describeBest(
  best: readonly ReportFigure[],
  compared: number,
  valued: number,
  classCount: number,
): Span[] {
  const [first] = best;
  const names = best.map(describeConfiguration).join(' and ');
  const verdict = compared === 1 ? ', the only configuration,' : best.length > 1 ? ' (equal as printed)' : '';
  const verb = best.length > 1 ? 'have' : 'has';
  return [
    compared === 1 ? '' : `best of ${compared} configurations `,
    strong(names),
    `${verdict} ${verb} ${formatMeanAndDeviation(first!.mean, first!.std)} over ${valued} of ${classCount} classes, 95 % interval ${formatInterval(first!.interval)}.`,
  ];
}

function leftOutSentence(count: number): string {
  if (count === 0) return 'No volume was left out.';
  return `${formatCount(count)} ${count === 1 ? 'volume was' : 'volumes were'} left out; the section on data lists them.`;
}

function describeSide({ volumes, slices, patients }: SideFacts): string {
  return `${formatCount(volumes)} volumes (${formatCount(slices)} slices of ${formatCount(patients)} patients)`;
}
