import type { Outcomes } from '../outcomes.js';
import { classMeans } from './class-means.js';

/**
 * Localization ratio of each class: of the slices of the returned volume that answered, the share that contain
 * the class, averaged over the queries of the class.
 *
 *     ratio(c) = 1 / |Q(c)| * sum over q in Q(c) of |{s in A(q) : c in s}| / |A(q)|
 *
 * A(q) are the answering slices (`answeringRows`), with repetitions. The average over classes is the mean of
 * what is returned here.
 *
 * @param outcomes of the mode `ratio`.
 * @returns by class, between 0 and 1; undefined for a class without a query.
 */
export function localizationRatioByClass(outcomes: Outcomes): (number | undefined)[] {
  return classMeans(outcomes);
}
