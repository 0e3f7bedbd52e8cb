/**
 * Histograms of oriented gradients (Dalal and Triggs 2005): for each cell of a square image, how much edge
 * there is in each direction. Direction is unsigned, so that it does not matter which side of an edge is
 * bright: fat against muscle keeps its place when MR contrast turns over.
 */
export interface HogLayout {
  /** Pixels along each side of the image. */
  readonly size: number;
  /** Cells along each side. */
  readonly cells: number;
  /** Directions between 0 and 180 degrees. */
  readonly directions: number;
}

/** Numbers that {@link orientedGradients} writes. */
export function hogLength(layout: HogLayout): number {
  return layout.cells * layout.cells * layout.directions;
}

/**
 * Adds up gradient magnitudes by cell and direction, shared linearly between the two nearest directions and
 * the four nearest cells, so that nothing jumps when the image moves by less than a cell.
 *
 * @param image row-major [size, size].
 * @param output [cells, cells, directions], from `offset` on.
 */
export function orientedGradients(
  image: Float32Array,
  layout: HogLayout,
  output: Float32Array,
  offset: number,
): void {
  const { size, cells, directions } = layout;
  output.fill(0, offset, offset + hogLength(layout));
  const cellsPerPixel = cells / size;
  const directionsPerRadian = directions / Math.PI;
  for (let y = 1; y < size - 1; y++) {
    const cellY = (y + 0.5) * cellsPerPixel - 0.5;
    const upper = Math.floor(cellY);
    const lowerShare = cellY - upper;
    for (let x = 1; x < size - 1; x++) {
      const i = y * size + x;
      const dx = image[i + 1]! - image[i - 1]!;
      const dy = image[i + size]! - image[i - size]!;
      if (dx === 0 && dy === 0) continue;
      const magnitude = Math.sqrt(dx * dx + dy * dy);
      let angle = Math.atan2(dy, dx) * directionsPerRadian;
      if (angle < 0) angle += directions;
      const whole = Math.floor(angle);
      const nextShare = angle - whole;
      const direction = whole >= directions ? whole - directions : whole;
      const next = direction + 1 === directions ? 0 : direction + 1;
      const cellX = (x + 0.5) * cellsPerPixel - 0.5;
      const leftCell = Math.floor(cellX);
      const rightShare = cellX - leftCell;
      for (let corner = 0; corner < 4; corner++) {
        const row = upper + (corner >> 1);
        const column = leftCell + (corner & 1);
        if (row < 0 || row >= cells || column < 0 || column >= cells) continue;
        const share =
          (corner >> 1 ? lowerShare : 1 - lowerShare) * (corner & 1 ? rightShare : 1 - rightShare);
        const base = offset + (row * cells + column) * directions;
        output[base + direction]! += magnitude * share * (1 - nextShare);
        output[base + next]! += magnitude * share * nextShare;
      }
    }
  }
}
