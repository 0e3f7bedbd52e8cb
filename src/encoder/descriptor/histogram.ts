/**
 * Soft histograms of a square image, one for each cell of a grid over it: a pixel is shared between the two
 * classes whose centres it lies between, so that a small change of intensity makes a small change here.
 *
 * @param image row-major [size, size].
 * @param centres class centres, growing.
 * @param cells cells along each side of the grid; divides `size`.
 * @param output [cells, cells, centres.length] shares of the pixels of the image, from `offset` on.
 */
export function softHistogram(
  image: Float32Array,
  size: number,
  centres: readonly number[],
  cells: number,
  output: Float32Array,
  offset: number,
): void {
  const classes = centres.length;
  const last = classes - 1;
  const factor = size / cells;
  const share = 1 / (size * size);
  output.fill(0, offset, offset + cells * cells * classes);
  for (let y = 0; y < size; y++) {
    const row = Math.floor(y / factor) * cells;
    for (let x = 0; x < size; x++) {
      const value = image[y * size + x]!;
      const base = offset + (row + Math.floor(x / factor)) * classes;
      if (value <= centres[0]!) {
        output[base]! += share;
        continue;
      }
      let k = 1;
      while (k < last && value > centres[k]!) k++;
      const upper = Math.min(1, (value - centres[k - 1]!) / (centres[k]! - centres[k - 1]!));
      output[base + k - 1]! += share * (1 - upper);
      output[base + k]! += share * upper;
    }
  }
}
