import type { StoredSlices } from '../../archive/stored-slices.js';
import type { Breath } from '../breath.js';

/**
 * The mean of the embeddings of each volume's slices, at length 1.
 *
 * @param volumes positions in `slices.volumes`.
 * @returns row-major [volumes, dimension].
 */
export async function meanEmbeddings(
  slices: StoredSlices,
  volumes: readonly number[],
  breath: Breath,
): Promise<Float32Array> {
  const { dimension, embeddings } = slices;
  const means = new Float32Array(volumes.length * dimension);
  const sum = new Float64Array(dimension);
  for (const [place, volume] of volumes.entries()) {
    const { firstRow, rowCount } = slices.volumes[volume]!;
    sum.fill(0);
    for (let row = firstRow; row < firstRow + rowCount; row++) {
      for (let d = 0; d < dimension; d++) sum[d]! += embeddings[row * dimension + d]!;
    }
    const norm = Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
    // Only where slices cancel each other out, which no encoder does.
    if (norm > 0) for (let d = 0; d < dimension; d++) means[place * dimension + d] = sum[d]! / norm;
    await breath.take();
  }
  return means;
}
