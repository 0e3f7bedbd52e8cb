/** A curve through points with growing `from`, straight between them and level beyond the ends. */
export interface Curve {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The value of a curve at every pixel. */
export function applyCurve(curve: Curve, values: Float32Array, length: number, output: Float32Array): void {
  const { from, to } = curve;
  const last = from.length - 1;
  const first = from[0]!;
  const lowest = to[0]!;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value <= first) {
      output[i] = lowest;
      continue;
    }
    let k = 1;
    while (k < last && value > from[k]!) k++;
    const share = Math.min(1, (value - from[k - 1]!) / (from[k]! - from[k - 1]!));
    output[i] = to[k - 1]! + share * (to[k]! - to[k - 1]!);
  }
}
