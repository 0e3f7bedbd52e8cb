/** A closed polygon in the voxel coordinates of one slice: [i0, j0, i1, j1, ...]. */
export type Polygon = Float64Array;

/**
 * Fills closed polygons by the even-odd rule: a voxel is inside where a ray from its centre crosses their edges
 * an odd number of times. Several polygons are combined by exclusive or, so that an inner contour is a hole, and
 * so is the inner part of a keyhole contour, whose channel is walked twice.
 *
 * A centre on an edge counts as inside where the edge is on the smaller side (left or upper), so that polygons
 * which share an edge neither overlap nor leave a gap.
 *
 * @param target [nj, ni] of one slice; gets 1 inside and is left as it is elsewhere.
 */
export function fillPolygons(polygons: readonly Polygon[], ni: number, nj: number, target: Uint8Array): void {
  const crossings: number[][] = Array.from({ length: nj }, () => []);
  for (const polygon of polygons) {
    const points = polygon.length / 2;
    for (let p = 0; p < points; p++) {
      const next = p + 1 === points ? 0 : p + 1;
      addCrossings(
        crossings,
        polygon[2 * p]!,
        polygon[2 * p + 1]!,
        polygon[2 * next]!,
        polygon[2 * next + 1]!,
      );
    }
  }
  for (const [j, row] of crossings.entries()) {
    row.sort((a, b) => a - b);
    for (let pair = 0; pair + 1 < row.length; pair += 2) {
      const from = Math.max(Math.ceil(row[pair]!), 0);
      const to = Math.min(Math.ceil(row[pair + 1]!), ni);
      if (from < to) target.fill(1, j * ni + from, j * ni + to);
    }
  }
}

/** Where an edge crosses the rows of voxel centres; of its two ends it owns the one with the smaller j. */
function addCrossings(crossings: number[][], i0: number, j0: number, i1: number, j1: number): void {
  if (j0 === j1) return;
  // Always from the upper to the lower end: an edge walked both ways crosses at the very same places.
  if (j0 > j1) {
    addCrossings(crossings, i1, j1, i0, j0);
    return;
  }
  const first = Math.max(Math.ceil(j0), 0);
  const end = Math.min(Math.ceil(j1), crossings.length);
  for (let j = first; j < end; j++) crossings[j]!.push(i0 + ((j - j0) / (j1 - j0)) * (i1 - i0));
}
