import type { Outcomes } from '../outcomes.js';

/**
 * Mean of the values of all queries of each class; undefined for a class without a query, which has none and
 * is to be left out of every mean over classes.
 */
export function classMeans({ classes, queries, values }: Outcomes): (number | undefined)[] {
  return classes.map((_, classPosition) => {
    let count = 0;
    let sum = 0;
    for (let cell = classPosition; cell < queries.length; cell += classes.length) {
      count += queries[cell]!;
      sum += values[cell]!;
    }
    return count === 0 ? undefined : sum / count;
  });
}
