import type { Outcomes } from '../outcomes.js';
import type { Results } from '../results/schema.js';
import { scopedName } from '../results/trec-names.js';
import { holm } from '../statistics/holm.js';
import { comparePaired, type PermutationOptions } from '../statistics/permutation.js';

/** One configuration with the outcomes that its figure is made of. */
export interface Measured {
  readonly configuration: Results['configurations'][number];
  readonly outcomes: Outcomes;
}

type Comparison = Results['comparisons'][number];

/**
 * Paired tests, on exact search: every two encoders that are otherwise configured alike, and for each encoder
 * late interaction against the count of nearest slices. p values are corrected after Holm within a family: the
 * tests of one kind under one class map, among the same volumes. Two encoders that did not answer the same queries (another set of
 * slices) are not compared.
 */
export function compareAll(measured: readonly Measured[], options: PermutationOptions): Comparison[] {
  const families = new Map<string, Omit<Comparison, 'pHolm'>[]>();
  for (const [position, b] of measured.entries()) {
    for (const a of measured.slice(0, position)) {
      const what = kindOf(a, b);
      if (what === undefined || !areSameQueries(a.outcomes, b.outcomes)) continue;
      const compared = comparePaired(b.outcomes, a.outcomes, options);
      if (compared === undefined) continue;
      const { classMap, among } = b.configuration;
      const family = `${scopedName(classMap, among)}: ${what.split(',')[0]}`;
      const tests = families.get(family) ?? [];
      families.set(family, tests);
      tests.push({ a: b.configuration.name, b: a.configuration.name, what, ...compared });
    }
  }
  return [...families.values()].flatMap((tests) => {
    const corrected = holm(tests.map(({ p }) => p));
    return tests.map((test, i) => ({ ...test, pHolm: corrected[i]! }));
  });
}

function kindOf({ configuration: a }: Measured, { configuration: b }: Measured): string | undefined {
  if (a.index !== 'flat' || b.index !== 'flat') return undefined;
  if (a.classMap !== b.classMap || a.mode !== b.mode || a.among !== b.among) return undefined;
  if (a.encoder !== b.encoder) {
    return a.ranking === b.ranking ? `encoders, ${b.mode}, ${b.ranking}` : undefined;
  }
  const isRerank = a.ranking === 'count' && b.ranking === 'late-interaction';
  return isRerank ? `re-ranking, ${b.mode}, ${b.encoder}` : undefined;
}

function areSameQueries(a: Outcomes, b: Outcomes): boolean {
  return (
    a.volumes.length === b.volumes.length &&
    a.volumes.every(({ id }, i) => id === b.volumes[i]!.id) &&
    a.queries.every((count, i) => count === b.queries[i])
  );
}
