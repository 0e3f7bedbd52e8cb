import { profile } from './profile.js';
import type { Shape } from './shapes.js';

/** One cross-section of a loft: height z, half width, half depth, and where its middle lies. All in mm. */
export interface Section {
  readonly z: number;
  readonly halfWidth: number;
  readonly halfDepth: number;
  readonly x?: number;
  readonly y: number;
}

const tableStep = 1;
const valuesPerRow = 4;

/**
 * A solid whose axial cross-sections are ellipses, or rounded rectangles where `squareness` (0 to 0.5) is
 * above 0 (the squircle of Fernandez-Guasti), that change smoothly along z.
 */
export function loft(sections: readonly Section[], squareness = 0): Shape {
  const at = profile(
    sections.map((section) => [section.z, section.halfWidth, section.halfDepth, section.x ?? 0, section.y]),
  );
  const bottom = sections[0]!.z;
  const top = sections.at(-1)!.z;
  const rows = Math.ceil((top - bottom) / tableStep) + 1;
  const table = new Float32Array(rows * valuesPerRow);
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let row = 0; row < rows; row++) {
    const values = at(bottom + row * tableStep) as [number, number, number, number];
    const [halfWidth, halfDepth, x, y] = values;
    table.set(values, row * valuesPerRow);
    x0 = Math.min(x0, x - halfWidth);
    x1 = Math.max(x1, x + halfWidth);
    y0 = Math.min(y0, y - halfDepth);
    y1 = Math.max(y1, y + halfDepth);
  }
  return {
    box: [x0, x1, y0, y1, bottom, top],
    measure(points, start, count, distances) {
      for (let point = 0; point < count; point++) {
        const z = points.z[start + point]!;
        let row = Math.round((z - bottom) / tableStep);
        row = row < 0 ? 0 : row >= rows ? rows - 1 : row;
        const halfWidth = table[row * valuesPerRow]!;
        const halfDepth = table[row * valuesPerRow + 1]!;
        const u = (points.x[start + point]! - table[row * valuesPerRow + 2]!) / halfWidth;
        const v = (points.y[start + point]! - table[row * valuesPerRow + 3]!) / halfDepth;
        const uu = u * u;
        const vv = v * v;
        // Far outside, the squircle's formula turns back inwards; a plain ellipse is good enough there.
        const bend = uu > 1.7 || vv > 1.7 ? 0 : squareness;
        const du = (u * (1 - bend * vv)) / halfWidth;
        const dv = (v * (1 - bend * uu)) / halfDepth;
        const gradient = 2 * Math.sqrt(du * du + dv * dv);
        const value = uu + vv - bend * uu * vv - 1;
        const sideways =
          gradient * 2 * halfWidth < 1 ? -0.5 * Math.min(halfWidth, halfDepth) : value / gradient;
        const below = bottom - z;
        const above = z - top;
        const upright = Math.max(below, above);
        distances[point] = Math.max(sideways, upright);
      }
    },
  };
}

/** The sections of a loft grown sideways: `width` on both sides, `front` and `back` along y (mm). */
export function grownSections(
  sections: readonly Section[],
  by: (z: number) => { width: number; front: number; back: number },
): Section[] {
  return sections.map((section) => {
    const { width, front, back } = by(section.z);
    return {
      ...section,
      halfWidth: Math.max(2, section.halfWidth + width),
      halfDepth: Math.max(2, section.halfDepth + (front + back) / 2),
      y: section.y + (front - back) / 2,
    };
  });
}
