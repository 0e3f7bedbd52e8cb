/**
 * A smooth curve through control points (cubic Hermite with finite-difference tangents), constant beyond its
 * ends: how the outline of a body part changes along its axis.
 *
 * @param points rows of [position, ...values], sorted by rising position.
 * @returns the values at a position.
 */
export function profile(points: readonly (readonly number[])[]): (position: number) => number[] {
  const width = points[0]!.length - 1;
  const tangents = points.map((_, row) => {
    const before = points[Math.max(0, row - 1)]!;
    const after = points[Math.min(points.length - 1, row + 1)]!;
    const span = after[0]! - before[0]!;
    return Array.from({ length: width }, (_, value) =>
      row === 0 || row === points.length - 1 ? 0 : (after[value + 1]! - before[value + 1]!) / span,
    );
  });
  return (position) => {
    if (position <= points[0]![0]!) return points[0]!.slice(1);
    if (position >= points.at(-1)![0]!) return points.at(-1)!.slice(1);
    let row = 0;
    while (points[row + 1]![0]! < position) row++;
    const start = points[row]!;
    const end = points[row + 1]!;
    const span = end[0]! - start[0]!;
    const t = (position - start[0]!) / span;
    const squared = t * t;
    const cubed = squared * t;
    return Array.from({ length: width }, (_, value) => {
      const from = start[value + 1]!;
      const to = end[value + 1]!;
      return (
        from * (2 * cubed - 3 * squared + 1) +
        to * (3 * squared - 2 * cubed) +
        span * tangents[row]![value]! * (cubed - 2 * squared + t) +
        span * tangents[row + 1]![value]! * (cubed - squared)
      );
    });
  };
}
