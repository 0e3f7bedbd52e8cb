/** @returns a position as it is read: with a true minus, which is as wide as a plus. */
export function formatMm(mm: number, digits = 0): string {
  const rounded = mm.toFixed(digits);
  return Number(rounded) === 0 ? (0).toFixed(digits) : rounded.replace('-', '\u2212');
}
