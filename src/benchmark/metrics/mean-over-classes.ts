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
