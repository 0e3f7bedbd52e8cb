/** Planes nearer to each other than this, in slices, are one plane: headers round positions. */
const samePlane = 0.05;

/** Which planes of a mask stand for which slices of a volume. */
export interface NearestPlanes {
  /** For each slice that has any: the indices of its planes, all at one position. */
  readonly ofSlice: ReadonlyMap<number, readonly number[]>;
  /** Indices of the planes that lie more than half a slice before the first or behind the last slice. */
  readonly outside: readonly number[];
}

/**
 * Gives every slice of a volume the planes nearest to it, and none that is further than half a spacing: of the
 * volume's slices, or of the planes where they lie closer, for writers leave out empty planes and the next one
 * must not stand in for them.
 *
 * @param positions of the planes along the volume's k axis, in slices; whole numbers are slice centres.
 * @param spacing distance of neighbouring planes in slices, see {@link planeSpacing}.
 */
export function nearestPlanes(
  positions: readonly number[],
  sliceCount: number,
  spacing: number,
): NearestPlanes {
  const reach = Math.min(1, spacing) / 2 + 1e-3;
  const ofSlice = new Map<number, number[]>();
  const outside: number[] = [];
  for (const [index, position] of positions.entries()) {
    if (position < -0.5 - 1e-3 || position > sliceCount - 0.5 + 1e-3) {
      outside.push(index);
      continue;
    }
    const slice = Math.min(Math.max(Math.round(position), 0), sliceCount - 1);
    const distance = Math.abs(position - slice);
    if (distance > reach) continue;
    const held = ofSlice.get(slice);
    if (held === undefined) {
      ofSlice.set(slice, [index]);
      continue;
    }
    const heldPosition = positions[held[0]!]!;
    if (Math.abs(position - heldPosition) <= samePlane) held.push(index);
    else if (distance < Math.abs(heldPosition - slice)) ofSlice.set(slice, [index]);
  }
  return { ofSlice, outside };
}

/** @returns the median distance of neighbouring planes; 1 where there is only one plane. */
export function planeSpacing(positions: readonly number[]): number {
  const ascending = [...positions].sort((a, b) => a - b);
  const distances: number[] = [];
  let last = ascending[0];
  for (const position of ascending) {
    if (position - last! <= samePlane) continue;
    distances.push(position - last!);
    last = position;
  }
  if (distances.length === 0) return 1;
  return distances.sort((a, b) => a - b)[Math.floor((distances.length - 1) / 2)]!;
}
