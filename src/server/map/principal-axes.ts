import type { Breath } from '../breath.js';

/** Steps of the power iteration; directions of a map need few digits. */
const iterations = 60;

export type Place = [x: number, y: number];

/**
 * Places of points along the two directions in which they differ most (principal component analysis, by power
 * iteration with deflation). The sign of a direction is such that its largest component is positive, so that
 * the same points always come to lie at the same places.
 *
 * @param points row-major [count, dimension].
 */
export async function principalPlaces(
  points: Float32Array,
  dimension: number,
  breath: Breath,
): Promise<Place[]> {
  const count = points.length / dimension;
  const centred = Float64Array.from(points);
  const mean = new Float64Array(dimension);
  for (let i = 0; i < centred.length; i++) mean[i % dimension]! += centred[i]! / count;
  for (let i = 0; i < centred.length; i++) centred[i]! -= mean[i % dimension]!;
  const columns: Float64Array[] = [];
  for (let component = 0; component < 2; component++) {
    columns.push(takeOut(centred, dimension, await strongestAxis(centred, dimension, breath)));
  }
  return Array.from({ length: count }, (_, row) => [columns[0]![row]!, columns[1]![row]!]);
}

/** Unit vector of the largest variance; zeros where there is none. */
async function strongestAxis(
  centred: Float64Array,
  dimension: number,
  breath: Breath,
): Promise<Float64Array> {
  // Any start will do that is not at a right angle to the axis.
  let axis = Float64Array.from({ length: dimension }, (_, d) => 1 + (d % 7) / 7);
  for (let step = 0; step < iterations; step++) {
    const next = new Float64Array(dimension);
    for (let start = 0; start < centred.length; start += dimension) {
      let product = 0;
      for (let d = 0; d < dimension; d++) product += centred[start + d]! * axis[d]!;
      for (let d = 0; d < dimension; d++) next[d]! += product * centred[start + d]!;
    }
    await breath.take();
    const norm = Math.hypot(...next);
    if (norm < 1e-12) return new Float64Array(dimension);
    axis = next.map((value) => value / norm);
  }
  const largest = axis.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? axis.map((value) => -value) : axis;
}

/** Removes the component along an axis from all points; returns it. */
function takeOut(centred: Float64Array, dimension: number, axis: Float64Array): Float64Array {
  const components = new Float64Array(centred.length / dimension);
  for (let row = 0; row < components.length; row++) {
    const start = row * dimension;
    let product = 0;
    for (let d = 0; d < dimension; d++) product += centred[start + d]! * axis[d]!;
    for (let d = 0; d < dimension; d++) centred[start + d]! -= product * axis[d]!;
    components[row] = product;
  }
  return components;
}
