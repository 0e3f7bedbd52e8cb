import type { Outcomes } from '../outcomes.js';

/** The value of one class over all of its queries. */
export interface ClassValue {
  readonly class: string;
  readonly queries: number;
  /** Undefined where the class has no query. */
  readonly value: number | undefined;
}

/**
 * Recall of every class, TP / (TP + FN) over all of its queries (for the mode `ratio`, the mean localization
 * ratio). A class without a query has none, and is left out of the mean over classes.
 *
 * @returns in the order of `outcomes.classes`.
 */
export function recallByClass(outcomes: Outcomes): ClassValue[] {
  const width = outcomes.classes.length;
  return outcomes.classes.map((name, column) => {
    let queries = 0;
    let sum = 0;
    for (let cell = column; cell < outcomes.queries.length; cell += width) {
      queries += outcomes.queries[cell]!;
      sum += outcomes.values[cell]!;
    }
    return { class: name, queries, value: queries === 0 ? undefined : sum / queries };
  });
}

/**
 * Mean and standard deviation over those classes that have queries. The deviation is that of a population
 * (divided by the number of classes, as NumPy's default `ddof=0`): the classes are all there are, no sample.
 *
 * @returns undefined where no class has a query.
 */
export function meanOverClasses(
  values: readonly (number | undefined)[],
): { readonly mean: number; readonly std: number } | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / known.length) };
}
