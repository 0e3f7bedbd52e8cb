/**
 * A square image averaged to few pixels.
 *
 * @param image row-major [size, size].
 * @param pixels pixels along each side of the result; divides `size`.
 * @param output [pixels, pixels], from `offset` on.
 */
export function thumbnail(
  image: Float32Array,
  size: number,
  pixels: number,
  output: Float32Array,
  offset: number,
): void {
  const factor = size / pixels;
  const share = 1 / (factor * factor);
  output.fill(0, offset, offset + pixels * pixels);
  for (let y = 0; y < size; y++) {
    const row = offset + Math.floor(y / factor) * pixels;
    for (let x = 0; x < size; x++) output[row + Math.floor(x / factor)]! += image[y * size + x]! * share;
  }
}
