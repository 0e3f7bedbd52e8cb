import type { Vector3 } from '../volume/volume.js';
import type { Grid } from './grid.js';
import type { Subject } from './subject.js';

/** Distance between the nodes of the deformation, mm. */
export const nodeSpacing = 42;

/** A smooth random deformation: displacements at the nodes of a coarse grid, linear in between. */
export interface Displacement {
  readonly nodes: readonly [number, number, number];
  /** Displacements (mm along x, y, z) at the nodes of the row at distances y and z from the origin. */
  row(y: number, z: number, result: Float64Array[]): void;
  /**
   * Smallest and largest displacement along x, y and z within ranges of voxel indices (i0, i1, j0, j1, k0, k1).
   */
  bounds(range: readonly number[]): { readonly low: Vector3; readonly high: Vector3 };
}

export function drawDisplacement(subject: Subject, grid: Grid): Displacement {
  const random = subject.random('displacement');
  const nodes = grid.size.map(
    (length, axis) => Math.ceil((length * grid.spacing[axis]!) / nodeSpacing) + 2,
  ) as [number, number, number];
  const values = [0, 1, 2].map(() =>
    Float64Array.from(
      { length: nodes[0] * nodes[1] * nodes[2] },
      () => subject.irregularity * random.normal(),
    ),
  );
  return {
    nodes,
    bounds(range) {
      const low: [number, number, number] = [Infinity, Infinity, Infinity];
      const high: [number, number, number] = [-Infinity, -Infinity, -Infinity];
      const [i0, i1, j0, j1, k0, k1] = range.map((index, side) => {
        const axis = side >> 1;
        return Math.floor((index * grid.spacing[axis]!) / nodeSpacing) + (side & 1);
      }) as [number, number, number, number, number, number];
      for (let k = k0; k <= k1; k++) {
        for (let j = j0; j <= j1; j++) {
          for (let i = i0; i <= i1; i++) {
            const place = i + nodes[0] * (j + nodes[1] * k);
            for (const axis of [0, 1, 2] as const) {
              const value = values[axis]![place]!;
              if (value < low[axis]) low[axis] = value;
              if (value > high[axis]) high[axis] = value;
            }
          }
        }
      }
      return { low, high };
    },
    row(y, z, result) {
      const [j, k] = [Math.floor(y / nodeSpacing), Math.floor(z / nodeSpacing)];
      const [u, v] = [y / nodeSpacing - j, z / nodeSpacing - k];
      const low = nodes[0] * (j + nodes[1] * k);
      const high = low + nodes[0] * nodes[1];
      for (const axis of [0, 1, 2] as const) {
        const source = values[axis]!;
        const target = result[axis]!;
        for (let i = 0; i < nodes[0]; i++) {
          const near = source[low + i]! * (1 - u) + source[low + nodes[0] + i]! * u;
          const far = source[high + i]! * (1 - u) + source[high + nodes[0] + i]! * u;
          target[i] = near * (1 - v) + far * v;
        }
      }
    },
  };
}
