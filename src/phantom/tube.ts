import type { Vector3 } from '../volume/volume.js';
import { capsule, type Shape } from './shapes.js';

/** A point of a tube's centre line with the tube's radius there (mm). */
export type TubePoint = readonly [x: number, y: number, z: number, radius: number];

/**
 * A tube along a Catmull-Rom spline through the given points, as round cones that are painted one by one.
 *
 * @param stepsPerSpan straight pieces between two points.
 */
export function tube(points: readonly TubePoint[], stepsPerSpan = 3): Shape[] {
  const centreLine = spline(points, stepsPerSpan);
  return centreLine.slice(1).map((to, piece) => {
    const from = centreLine[piece]!;
    return capsule(position(from), position(to), from[3], to[3]);
  });
}

/** Points along the Catmull-Rom spline through `points`, radius included. */
export function spline(points: readonly TubePoint[], stepsPerSpan: number): TubePoint[] {
  const result: TubePoint[] = [points[0]!];
  for (let span = 0; span < points.length - 1; span++) {
    const p0 = points[Math.max(0, span - 1)]!;
    const p1 = points[span]!;
    const p2 = points[span + 1]!;
    const p3 = points[Math.min(points.length - 1, span + 2)]!;
    for (let step = 1; step <= stepsPerSpan; step++) {
      const t = step / stepsPerSpan;
      const mix = (axis: 0 | 1 | 2 | 3) =>
        0.5 *
        (2 * p1[axis] +
          (p2[axis] - p0[axis]) * t +
          (2 * p0[axis] - 5 * p1[axis] + 4 * p2[axis] - p3[axis]) * t * t +
          (3 * p1[axis] - p0[axis] - 3 * p2[axis] + p3[axis]) * t * t * t);
      result.push([mix(0), mix(1), mix(2), Math.max(0.5, mix(3))]);
    }
  }
  return result;
}

function position(point: TubePoint): Vector3 {
  return [point[0], point[1], point[2]];
}
