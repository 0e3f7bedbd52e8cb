import type { Shape } from './shapes.js';
import type { Subject } from './subject.js';

/** Top of each dome at mid inspiration (mm), and how far from the midline it lies. */
const rightApex = 384;
const leftApex = 371;
const domeOffset = 68;
const domeDepth = 4;
/** Fall of the dome, mm for each squared mm of distance from its top. */
const fall = { lateral: 0.0235, medial: 0.006, front: 0.006, back: 0.0122 };
const lowestEdge = 262;

/** Everything below the two domes of the diaphragm, moved up by `offset` mm. */
export function belowDiaphragm(subject: Subject, offset = 0): Shape {
  return {
    box: [-Infinity, Infinity, -Infinity, Infinity, -Infinity, rightApex - subject.inspiration + offset + 2],
    measure(points, start, count, distances) {
      for (let point = 0; point < count; point++) {
        const x = points.x[start + point]!;
        const dy = points.y[start + point]! - domeDepth;
        const right = x < -25 ? 0 : x > 25 ? 1 : (x + 25) / 50;
        const apex = leftApex + right * (rightApex - leftApex) - subject.inspiration + offset;
        const dx = Math.abs(x) - domeOffset;
        const alongX = dx > 0 ? fall.lateral : fall.medial;
        const alongY = dy > 0 ? fall.front : fall.back;
        const height = Math.max(lowestEdge + offset, apex - alongX * dx * dx - alongY * dy * dy);
        const slope = Math.sqrt(1 + (2 * alongX * dx) ** 2 + (2 * alongY * dy) ** 2);
        distances[point] = (points.z[start + point]! - height) / slope;
      }
    },
  };
}
