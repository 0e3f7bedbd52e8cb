import { paragraph, type Section } from '../document.js';
import { describeConfiguration, modeTitles, scopeSuffix } from '../figures.js';
import type { ReportFigure, ReportInput } from '../input.js';
import { absent, formatDifference, formatProbability } from '../numbers.js';

const level = 0.05;

/** The paired tests, with and without correction. */
export function comparisonSection({ comparisons, figures }: ReportInput): Section {
  const figureOf = new Map(figures.map((figure) => [figure.name, figure]));
  const describe = (name: string) => {
    const figure = figureOf.get(name);
    return figure === undefined ? name : describeConfiguration(figure);
  };
  const significant = comparisons.filter(({ pHolm }) => pHolm < level).length;
  return {
    id: 'comparisons',
    title: 'Comparisons',
    blocks:
      comparisons.length === 0
        ? [paragraph('There was nothing to compare: only one encoder and one ranking were run.')]
        : [
            paragraph(
              `Paired permutation tests over query patients; the difference is A minus B. After Holm's correction ${significant} of ${comparisons.length} differences are significant at ${String(level).slice(1)}. A difference that is not significant is not proof that two are equal.`,
            ),
            {
              kind: 'table',
              table: {
                caption: 'Paired permutation tests',
                columns: [
                  { title: 'A', isNumeric: false },
                  { title: 'B', isNumeric: false },
                  { title: 'Mode, class map', isNumeric: false },
                  { title: 'What is compared', isNumeric: false },
                  { title: 'Difference', isNumeric: true },
                  { title: 'p', isNumeric: true },
                  { title: 'p after Holm', isNumeric: true },
                ],
                rows: comparisons.map(({ a, b, what, difference, p, pHolm }) => [
                  { text: describe(a) },
                  { text: describe(b) },
                  { text: placeOf(figureOf.get(a)) },
                  { text: what },
                  { text: formatDifference(difference) },
                  { text: formatProbability(p) },
                  { text: formatProbability(pHolm) },
                ]),
              },
            },
          ],
  };
}

function placeOf(figure: ReportFigure | undefined): string {
  return figure === undefined
    ? absent
    : `${modeTitles[figure.mode]}, ${figure.classMap}${scopeSuffix(figure.among)}`;
}
