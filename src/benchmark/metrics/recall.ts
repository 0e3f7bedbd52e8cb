import type { Outcomes } from '../outcomes.js';
import { classMeans } from './class-means.js';

/**
 * Recall of each class over all of its queries:
 *
 *     recall(c) = TP(c) / (TP(c) + FN(c))
 *
 * @param outcomes of any mode but `ratio`.
 * @returns by class, between 0 and 1; undefined for a class without a query.
 */
export function recallByClass(outcomes: Outcomes): (number | undefined)[] {
  return classMeans(outcomes);
}
