/**
 * Precision of the first k places of a ranking:
 *
 *     P@k = 1/k * sum over i = 1..k of [grade(i) > 0]
 *
 * A ranking of fewer than k documents counts as if irrelevant ones followed (as trec_eval's P_k).
 *
 * @param grades of the documents of the ranking, best first; relevant is what has a grade above 0.
 */
export function precisionAtK(grades: readonly number[], k: number): number {
  return grades.slice(0, k).filter((grade) => grade > 0).length / k;
}
