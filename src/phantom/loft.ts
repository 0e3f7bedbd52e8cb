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
/** Above or below a loft by more than this, its outline no longer matters, mm. */
const farAway = 12;

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
    const [halfWidth, halfDepth, x, y] = at(bottom + row * tableStep) as [number, number, number, number];
    // Inverse radii: dividing is the slowest step of measuring.
    table.set([1 / halfWidth, 1 / halfDepth, x, y], row * valuesPerRow);
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
        const upright = Math.max(bottom - z, z - top);
        if (upright > farAway) {
          distances[point] = upright;
          continue;
        }
        const row = Math.min(rows - 1, Math.max(0, Math.round((z - bottom) / tableStep))) * valuesPerRow;
        const inverseWidth = table[row]!;
        const inverseDepth = table[row + 1]!;
        const u = (points.x[start + point]! - table[row + 2]!) * inverseWidth;
        const v = (points.y[start + point]! - table[row + 3]!) * inverseDepth;
        const uu = u * u;
        const vv = v * v;
        // Far outside, the squircle's formula turns back inwards; a plain ellipse is good enough there.
        const bend = uu > 1.7 || vv > 1.7 ? 0 : squareness;
        const du = u * (1 - bend * vv) * inverseWidth;
        const dv = v * (1 - bend * uu) * inverseDepth;
        const gradient = 2 * Math.sqrt(du * du + dv * dv);
        // Near the axis the gradient vanishes: any depth well inside will do there.
        const steepest = Math.max(inverseWidth, inverseDepth);
        const sideways =
          gradient < 0.5 * steepest ? -0.5 / steepest : (uu + vv - bend * uu * vv - 1) / gradient;
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
