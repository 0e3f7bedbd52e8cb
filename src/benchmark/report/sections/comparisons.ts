import { paragraph, type Section } from '../document.js';
import type { ReportInput } from '../input.js';
import { formatDifference, formatProbability } from '../numbers.js';

const level = 0.05;

/** The paired tests, with and without correction. */
export function comparisonSection({ comparisons }: ReportInput): Section {
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
                  { title: 'Compared on', isNumeric: false },
                  { title: 'Difference', isNumeric: true },
                  { title: 'p', isNumeric: true },
                  { title: 'p after Holm', isNumeric: true },
                ],
                rows: comparisons.map(({ a, b, what, difference, p, pHolm }) => [
                  { text: a },
                  { text: b },
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
