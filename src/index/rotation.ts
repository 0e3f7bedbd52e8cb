/**
 * A random linear map that keeps inner products as well as the number of dimensions lets it, as FAISS's
 * `RandomRotationMatrix`: normal numbers made orthonormal (Gram and Schmidt). With `outputs <= inputs` the rows
 * are orthonormal: a rotation of which the first outputs are kept. With more outputs the columns are: a rotation
 * in the space of the outputs, so that inner products stay exactly what they were.
 *
 * @returns row-major [outputs, inputs].
 */
export function randomRotation(inputs: number, outputs: number, seed: number): Float32Array {
  const isWide = outputs <= inputs;
  const length = Math.max(inputs, outputs);
  const vectors = orthonormalVectors(Math.min(inputs, outputs), length, seed);
  if (isWide) return Float32Array.from(vectors);
  const rotation = new Float32Array(outputs * inputs);
  for (let input = 0; input < inputs; input++) {
    for (let output = 0; output < outputs; output++) {
      rotation[output * inputs + input] = vectors[input * length + output]!;
    }
  }
  return rotation;
}

/** @returns row-major [count, length], count <= length, uniformly distributed over all such matrices. */
function orthonormalVectors(count: number, length: number, seed: number): Float64Array {
  const normal = normalNumbers(seed);
  const vectors = Float64Array.from({ length: count * length }, normal);
  const row = (index: number) => vectors.subarray(index * length, (index + 1) * length);
  for (let index = 0; index < count; index++) {
    const vector = row(index);
    const norm = Math.sqrt(product(vector, vector));
    for (let i = 0; i < length; i++) vector[i]! /= norm;
    // The later ones lose their share of this one at once (the modified scheme): orthogonal to rounding.
    for (let later = index + 1; later < count; later++) {
      const other = row(later);
      const share = product(vector, other);
      for (let i = 0; i < length; i++) other[i]! -= share * vector[i]!;
    }
  }
  return vectors;
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Standard normal numbers (Box and Muller) from 32-bit uniform ones (mulberry32), the same for a seed anywhere. */
function normalNumbers(seed: number): () => number {
  let state = seed | 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  // 1 - uniform() is never 0, so the logarithm is finite.
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
