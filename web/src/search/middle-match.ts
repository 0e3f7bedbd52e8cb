/** A query slice and its best slice in a hit. */
interface Match {
  readonly querySlice: number;
  readonly slice: number;
}

/** @returns the match of the middle slice of the query: what a hit is shown by. Null where there is none. */
export function middleMatch<T extends Match>(matches: readonly T[]): T | null {
  const sorted = [...matches].sort((a, b) => a.querySlice - b.querySlice);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
