/**
 * Average precision of a ranking:
 *
 *     AP = 1/R * sum over i with grade(i) > 0 of P@i
 *
 * Relevant documents that the ranking lacks contribute 0 (as trec_eval's map).
 *
 * @param grades of the documents of the ranking, best first; relevant is what has a grade above 0.
 * @param relevantCount R: how many documents of the whole database are relevant. Without any, AP is 0: as for
 *   recall, a query to which the database has no answer is not left out.
 */
export function averagePrecision(grades: readonly number[], relevantCount: number): number {
  let found = 0;
  let sum = 0;
  for (const [place, grade] of grades.entries()) {
    if (grade <= 0) continue;
    found++;
    sum += found / (place + 1);
  }
  return relevantCount === 0 ? 0 : sum / relevantCount;
}
