/**
 * Holm's step-down correction for several tests (Holm 1979, A simple sequentially rejective multiple test
 * procedure): of m values in ascending order the i-th becomes the largest of (m - j + 1) * p(j), j <= i, at most 1.
 *
 * @returns corrected values, in the order given.
 */
export function holm(values: readonly number[]): number[] {
  const ascending = values.map((_, position) => position).sort((a, b) => values[a]! - values[b]!);
  const corrected = new Array<number>(values.length);
  let largest = 0;
  ascending.forEach((position, rank) => {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * values[position]!));
    corrected[position] = largest;
  });
  return corrected;
}
