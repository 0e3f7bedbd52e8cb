/**
 * Normalized discounted cumulative gain (Järvelin and Kekäläinen, ACM TOIS 20, 2002; with the discount of
 * trec_eval's ndcg_cut and ranx's ndcg):
 *
 *     DCG@k = sum over i = 1..k of grade(i) / log2(i + 1),   nDCG@k = DCG@k / DCG@k of the ideal ranking
 *
 * @param grades of the documents of the ranking, best first.
 * @param idealGrades grades of all relevant documents of the database, descending. Without any, nDCG is 0.
 */
export function ndcgAtK(grades: readonly number[], idealGrades: readonly number[], k: number): number {
  const ideal = discountedGain(idealGrades, k);
  return ideal === 0 ? 0 : discountedGain(grades, k) / ideal;
}

function discountedGain(grades: readonly number[], k: number): number {
  return grades.slice(0, k).reduce((sum, grade, place) => sum + grade / Math.log2(place + 2), 0);
}
