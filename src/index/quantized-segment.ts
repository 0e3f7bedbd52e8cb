/** Of rows that share a center and a scale: what approximates them, and how far that is off; by segment. */
export interface Segments {
  /**
   * Row-major [segments, dimension], or [1, dimension] where all share one. The approximation of a row is
   * center + scale * (codes - 128).
   */
  readonly centers: Float32Array;
  readonly scales: Float64Array;
  /** Largest distance of a row from its approximation; Infinity where a row is not finite. */
  readonly residuals: Float64Array;
  /** Largest distance of an approximation from the center. */
  readonly spreads: Float64Array;
  /** Largest norm of a row, plus the norm of the center. */
  readonly norms: Float64Array;
}

/** The code of 0. */
export const zeroCode = 128;

/**
 * @param rows row-major [rows, dimension], at least one row; any numbers.
 * @param center best near to all rows.
 * @param codes gets the codes of the rows, as many numbers.
 * @param segments gets what else there is to know, at `place`.
 */
export function quantizeSegment(
  rows: Float32Array,
  center: Float32Array,
  codes: Uint8Array,
  segments: Segments,
  place: number,
): void {
  const dimension = center.length;
  const scale = largestDifference(rows, center) / 127;
  const inverse = scale > 0 ? 1 / scale : 0;
  let [residual, spread, norm, centerSquares] = [0, 0, 0, 0];
  for (let i = 0; i < dimension; i++) centerSquares += center[i]! ** 2;
  for (let from = 0; from < rows.length; from += dimension) {
    let [residualSquares, codeSquares, squares] = [0, 0, 0];
    for (let i = 0; i < dimension; i++) {
      const value = rows[from + i]!;
      const difference = value - center[i]!;
      // Rounds to the nearest, for what is cut off is positive.
      const code = (difference * inverse + (zeroCode + 0.5)) | 0;
      codes[from + i] = code;
      const step = code - zeroCode;
      const rest = difference - scale * step;
      residualSquares += rest * rest;
      codeSquares += step * step;
      squares += value * value;
    }
    // Unlike a comparison, Math.max passes NaN on.
    residual = Math.max(residual, residualSquares);
    spread = Math.max(spread, codeSquares);
    norm = Math.max(norm, squares);
  }
  const bounds = [scale, Math.sqrt(residual), scale * Math.sqrt(spread), Math.sqrt(norm * centerSquares)];
  const hasBounds = bounds.every(Number.isFinite);
  segments.scales[place] = hasBounds ? scale : 0;
  segments.residuals[place] = hasBounds ? Math.sqrt(residual) : Number.POSITIVE_INFINITY;
  segments.spreads[place] = hasBounds ? scale * Math.sqrt(spread) : 0;
  segments.norms[place] = hasBounds ? Math.sqrt(norm) + Math.sqrt(centerSquares) : 0;
}

/** Sets a center to the mean of rows, row-major [rows, dimension]. */
export function setToMean(center: Float32Array, rows: Float32Array): void {
  const dimension = center.length;
  const rowCount = rows.length / dimension;
  for (let i = 0; i < dimension; i++) {
    let sum = 0;
    for (let at = i; at < rows.length; at += dimension) sum += rows[at]!;
    center[i] = sum / rowCount;
  }
}

function largestDifference(rows: Float32Array, center: Float32Array): number {
  const dimension = center.length;
  let largest = 0;
  for (let from = 0; from < rows.length; from += dimension) {
    for (let i = 0; i < dimension; i++) {
      const difference = Math.abs(rows[from + i]! - center[i]!);
      if (difference > largest) largest = difference;
    }
  }
  return largest;
}
