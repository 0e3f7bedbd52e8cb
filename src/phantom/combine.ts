import { type Box, maximumRow, type Shape } from './shapes.js';

/**
 * What all shapes have in common. `rounding` (mm) rounds the edges where two of them meet (Inigo Quilez' smooth
 * maximum).
 */
export function intersection(shapes: readonly Shape[], rounding = 0): Shape {
  const scratch = new Float32Array(maximumRow);
  const box = ([0, 1, 2, 3, 4, 5] as const).map((side) => {
    const sides = shapes.map((shape) => shape.box[side]);
    return side % 2 === 0 ? Math.max(...sides) : Math.min(...sides);
  });
  return {
    box: box as unknown as Box,
    measure(points, start, count, distances) {
      shapes[0]!.measure(points, start, count, distances);
      for (let next = 1; next < shapes.length; next++) {
        shapes[next]!.measure(points, start, count, scratch);
        for (let point = 0; point < count; point++) {
          const a = distances[point]!;
          const b = scratch[point]!;
          const blend = rounding - Math.abs(a - b);
          const larger = Math.max(a, b);
          distances[point] = blend > 0 ? larger + (blend * blend) / (4 * rounding) : larger;
        }
      }
    },
  };
}

/** The outside of a shape. Its box is unbounded: use it in an intersection. */
export function complement(shape: Shape): Shape {
  return {
    box: [-Infinity, Infinity, -Infinity, Infinity, -Infinity, Infinity],
    measure(points, start, count, distances) {
      shape.measure(points, start, count, distances);
      for (let point = 0; point < count; point++) distances[point] = -distances[point]!;
    },
  };
}

/** A shape grown by a number of millimetres on all sides (shrunk if negative). */
export function grown(shape: Shape, by: number): Shape {
  const [x0, x1, y0, y1, z0, z1] = shape.box;
  return {
    box: [x0 - by, x1 + by, y0 - by, y1 + by, z0 - by, z1 + by],
    measure(points, start, count, distances) {
      shape.measure(points, start, count, distances);
      for (let point = 0; point < count; point++) distances[point] = distances[point]! - by;
    },
  };
}

/** The skin of a shape: all within `halfThickness` mm of its surface. */
export function shell(shape: Shape, halfThickness: number): Shape {
  const [x0, x1, y0, y1, z0, z1] = shape.box;
  return {
    box: [
      x0 - halfThickness,
      x1 + halfThickness,
      y0 - halfThickness,
      y1 + halfThickness,
      z0 - halfThickness,
      z1 + halfThickness,
    ],
    measure(points, start, count, distances) {
      shape.measure(points, start, count, distances);
      for (let point = 0; point < count; point++)
        distances[point] = Math.abs(distances[point]!) - halfThickness;
    },
  };
}

/** A shape that is looked at within a box only. The box does not cut it: voxels near its sides may be painted. */
export function bounded(shape: Shape, box: Box): Shape {
  return {
    box,
    measure: (points, start, count, distances) => shape.measure(points, start, count, distances),
  };
}
