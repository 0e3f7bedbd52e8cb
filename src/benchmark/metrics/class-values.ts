import type { Outcomes } from '../outcomes.js';

/** The value of one class over all of its queries. */
export interface ClassValue {
  readonly class: string;
  readonly queries: number;
  /** Undefined where the class has no query. */
  readonly value: number | undefined;
}

/**
 * The mean of the values of a class's queries. For the modes of right and wrong it is the recall
 *
 *     recall(c) = TP(c) / (TP(c) + FN(c))
 *
 * and for `ratio` the localization ratio, A(q) being the answering slices, with repetitions:
 *
 *     ratio(c) = 1 / |Q(c)| * sum over q in Q(c) of |{s in A(q) : c in s}| / |A(q)|
 *
 * @returns in the order of `outcomes.classes`.
 */
export function valueByClass(outcomes: Outcomes): ClassValue[] {
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
