/** Rows that are drawn above and below what is on screen, so that scrolling finds them there. */
const overscan = 6;

/** @returns the rows of a list, all equally high, that are on screen or near it: from first up to but without last. */
export function visibleRange(
  scrolled: number,
  height: number,
  rowHeight: number,
  total: number,
): { readonly first: number; readonly last: number } {
  const last = Math.min(total, Math.ceil((scrolled + height) / rowHeight) + overscan);
  const first = Math.max(0, Math.min(Math.floor(scrolled / rowHeight) - overscan, last));
  return { first, last };
}
