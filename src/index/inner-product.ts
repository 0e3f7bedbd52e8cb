/**
 * Inner product, summed in float64, of one row of `a` and one row of `b`, both row-major [rows, dimension].
 * Equal rows give equal results, so that ties are ties.
 */
export function innerProduct(
  a: Float32Array,
  aRow: number,
  b: Float32Array,
  bRow: number,
  dimension: number,
): number {
  const aFirst = aRow * dimension;
  const bFirst = bRow * dimension;
  let even = 0;
  let odd = 0;
  let i = 0;
  // Two sums, so that one addition need not wait for the other.
  for (; i + 1 < dimension; i += 2) {
    even += a[aFirst + i]! * b[bFirst + i]!;
    odd += a[aFirst + i + 1]! * b[bFirst + i + 1]!;
  }
  if (i < dimension) even += a[aFirst + i]! * b[bFirst + i]!;
  return even + odd;
}
