/**
 * How the output of a network becomes one vector per slice:
 *
 * - `none`: the output already is one vector, [n, d] (or [n, d, 1, 1] and the like);
 * - `cls`: the first token of [n, tokens, d];
 * - `mean`: the mean over the tokens of [n, tokens, d], or over the places of [n, d, h, w];
 * - `patch-mean`: the mean over the tokens of [n, tokens, d] without the first one.
 */
export const poolings = ['none', 'cls', 'mean', 'patch-mean'] as const;
export type Pooling = (typeof poolings)[number];

/** Length of the pooled vector, or undefined where this pooling cannot be applied to an output of this shape. */
export function pooledDimension(shape: readonly number[], pooling: Pooling): number | undefined {
  const [, ...sample] = shape;
  switch (pooling) {
    case 'none': {
      const long = sample.filter((length) => length !== 1);
      return sample.length >= 1 && long.length <= 1 ? (long[0] ?? 1) : undefined;
    }
    case 'cls':
      return sample.length === 2 ? sample[1] : undefined;
    case 'patch-mean':
      return sample.length === 2 && sample[0]! > 1 ? sample[1] : undefined;
    case 'mean':
      if (sample.length === 2) return sample[1];
      return sample.length === 3 ? sample[0] : undefined;
  }
}

/** The pooling that suits an output of this shape where nothing is said about it, or undefined. */
export function likelyPooling(shape: readonly number[]): Pooling | undefined {
  if (pooledDimension(shape, 'none') !== undefined) return 'none';
  if (shape.length === 3) return 'cls';
  return shape.length === 4 ? 'mean' : undefined;
}

/**
 * Pools one sample; sums are float64.
 *
 * @param data the output of a batch, row-major of the shape [n, ...].
 * @param shape one that {@link pooledDimension} accepts.
 * @param sample which of the n.
 */
export function poolSample(
  data: ArrayLike<number>,
  shape: readonly number[],
  pooling: Pooling,
  sample: number,
): Float64Array {
  const sampleSize = shape.slice(1).reduce((product, length) => product * length, 1);
  const start = sample * sampleSize;
  const dimension = pooledDimension(shape, pooling)!;
  const pooled = new Float64Array(dimension);
  if (pooling === 'none' || pooling === 'cls') {
    for (let index = 0; index < dimension; index++) pooled[index] = data[start + index]!;
    return pooled;
  }
  if (shape.length === 4) {
    const places = sampleSize / dimension;
    for (let channel = 0; channel < dimension; channel++) {
      let sum = 0;
      for (let place = 0; place < places; place++) sum += data[start + channel * places + place]!;
      pooled[channel] = sum / places;
    }
    return pooled;
  }
  const firstToken = pooling === 'patch-mean' ? 1 : 0;
  const tokens = shape[1]!;
  for (let token = firstToken; token < tokens; token++) {
    const row = start + token * dimension;
    for (let index = 0; index < dimension; index++) pooled[index]! += data[row + index]!;
  }
  for (let index = 0; index < dimension; index++) pooled[index]! /= tokens - firstToken;
  return pooled;
}
