/** A slice of the query and where its best match in the hit lies, both as coordinate across the plane, mm. */
interface MatchedPair {
  readonly queryMm: number;
  readonly hitMm: number;
  readonly similarity: number;
}

/** How two volumes scroll together. */
export interface SliceLink {
  /** Position in the hit for a position in the query, mm. */
  readonly toHit: (queryMm: number) => number;
  /** And back. */
  readonly toQuery: (hitMm: number) => number;
}

/**
 * Links positions along the matches: at a matched slice its match; between two, linearly interpolated in mm;
 * beyond the first and the last, as far from it in the one as in the other, for both are patients of about the
 * same size. Where several query slices have the same match, the way back leads to the most similar of them.
 *
 * @param pairs at least one, in any order.
 */
export function linkSlices(pairs: readonly MatchedPair[]): SliceLink {
  const forwards = interpolation(
    pairs.map(({ queryMm, hitMm, similarity }) => ({ from: queryMm, to: hitMm, similarity })),
  );
  const backwards = interpolation(
    pairs.map(({ queryMm, hitMm, similarity }) => ({ from: hitMm, to: queryMm, similarity })),
  );
  return { toHit: forwards, toQuery: backwards };
}

interface Knot {
  readonly from: number;
  readonly to: number;
  readonly similarity: number;
}

function interpolation(all: readonly Knot[]): (position: number) => number {
  const sorted = [...all].sort((a, b) => a.from - b.from || b.similarity - a.similarity);
  const knots = sorted.filter((knot, i) => i === 0 || knot.from !== sorted[i - 1]!.from);
  if (knots.length === 0) throw new RangeError('no matched slices to link along');
  return (position) => {
    const [first, last] = [knots[0]!, knots.at(-1)!];
    if (position <= first.from) return first.to + (position - first.from);
    if (position >= last.from) return last.to + (position - last.from);
    const above = knots.findIndex((knot) => knot.from >= position);
    const [before, after] = [knots[above - 1]!, knots[above]!];
    const share = (position - before.from) / (after.from - before.from);
    return before.to + share * (after.to - before.to);
  };
}
