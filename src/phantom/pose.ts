import type { Vector3 } from '../volume/volume.js';
import { drawDisplacement, nodeSpacing } from './displacement.js';
import type { Grid } from './grid.js';
import type { Box, PointField } from './shapes.js';
import type { Subject } from './subject.js';

/** Heights between which the neck twists when the head turns, and the axis it turns about (y), mm. */
const neckBottom = 575;
const neckTop = 665;
const neckAxis = -12;

/** Where each voxel of a grid lies in the reference body, and the way back for boxes. */
export interface Pose {
  readonly points: PointField;
  /** Index ranges, ends included, of the voxels that a box in body coordinates can touch. */
  indexRange(box: Box): readonly [number, number, number, number, number, number];
}

/**
 * Lays the reference body of a subject into a grid: scaled to the subject's size, turned a little, the head
 * turned more, the spine bent, and all of it deformed smoothly so that no outline is a perfect ellipse.
 */
export function poseBody(subject: Subject, grid: Grid): Pose {
  const [nx, ny, nz] = grid.size;
  const [sx, sy, sz] = subject.scale;
  const rotation = rotationMatrix(subject.turn);
  const pivot: Vector3 = [0, 0, grid.pivot];
  const points = {
    x: new Float32Array(nx * ny * nz),
    y: new Float32Array(nx * ny * nz),
    z: new Float32Array(nx * ny * nz),
  };
  const displacement = drawDisplacement(subject, grid);
  const row = [0, 1, 2].map(() => new Float64Array(displacement.nodes[0]));
  for (let k = 0; k < nz; k++) {
    const worldZ = grid.origin[2] + k * grid.spacing[2] - pivot[2] * sz;
    for (let j = 0; j < ny; j++) {
      const worldY = grid.origin[1] + j * grid.spacing[1];
      displacement.row(j * grid.spacing[1], k * grid.spacing[2], row);
      const start = nx * (j + ny * k);
      for (let i = 0; i < nx; i++) {
        const worldX = grid.origin[0] + i * grid.spacing[0];
        const position = (i * grid.spacing[0]) / nodeSpacing;
        const node = Math.floor(position);
        const t = position - node;
        const shift = (axis: 0 | 1 | 2) => row[axis]![node]! * (1 - t) + row[axis]![node + 1]! * t;
        let x = (rotation[0]! * worldX + rotation[3]! * worldY + rotation[6]! * worldZ) / sx + shift(0);
        let y = (rotation[1]! * worldX + rotation[4]! * worldY + rotation[7]! * worldZ) / sy + shift(1);
        const z =
          (rotation[2]! * worldX + rotation[5]! * worldY + rotation[8]! * worldZ) / sz + pivot[2] + shift(2);
        x -= bend(subject, z);
        if (z > neckBottom) {
          const angle = turnAt(subject, z);
          const cos = Math.cos(angle);
          const sin = Math.sin(angle);
          const dy = y - neckAxis;
          y = neckAxis + cos * dy - sin * x;
          x = cos * x + sin * dy;
        }
        points.x[start + i] = x;
        points.y[start + i] = y;
        points.z[start + i] = z;
      }
    }
  }
  const everywhere = displacement.bounds([0, nx - 1, 0, ny - 1, 0, nz - 1]);
  return {
    points,
    indexRange(box) {
      const far = 2000;
      const straight = unturned(box.map((side) => Math.max(-far, Math.min(far, side))) as Range, subject);
      // First with the largest deformation there is, then with the largest in that range.
      const generous = projected(straight, everywhere, subject, grid, rotation);
      if (generous[0] > generous[1] || generous[2] > generous[3] || generous[4] > generous[5])
        return generous;
      return projected(straight, displacement.bounds(generous), subject, grid, rotation);
    },
  };
}

function bend(subject: Subject, z: number): number {
  const along = (z - 330) / 250;
  return along * along < 1 ? subject.scoliosis * (1 - along * along) ** 2 : 0;
}

/** Angle in radians by which the neck is turned at a height. */
function turnAt(subject: Subject, z: number): number {
  return (subject.headTurn * Math.PI * smoothStep((z - neckBottom) / (neckTop - neckBottom))) / 180;
}

function smoothStep(t: number): number {
  return t >= 1 ? 1 : t <= 0 ? 0 : t * t * (3 - 2 * t);
}

/** Rz * Ry * Rx for angles in degrees, row-major. */
function rotationMatrix(turn: Vector3): number[] {
  const [a, b, c] = turn.map((angle) => (angle * Math.PI) / 180) as [number, number, number];
  const [ca, sa, cb, sb, cc, sc] = [
    Math.cos(a),
    Math.sin(a),
    Math.cos(b),
    Math.sin(b),
    Math.cos(c),
    Math.sin(c),
  ];
  return [
    ...[cc * cb, cc * sb * sa - sc * ca, cc * sb * ca + sc * sa],
    ...[sc * cb, sc * sb * sa + cc * ca, sc * sb * ca - cc * sa],
    ...[-sb, cb * sa, cb * ca],
  ];
}

type Range = [number, number, number, number, number, number];

/** A box around what a box was before the head turned. */
function unturned(box: Range, subject: Subject): Range {
  if (box[5] <= neckBottom) return box;
  const result: Range = [Infinity, -Infinity, Infinity, -Infinity, box[4], box[5]];
  const most = turnAt(subject, box[5]);
  const least = turnAt(subject, box[4]);
  for (const angle of [least, most]) {
    for (let corner = 0; corner < 4; corner++) {
      const x = corner & 1 ? box[1] : box[0];
      const dy = (corner & 2 ? box[3] : box[2]) - neckAxis;
      const straightX = Math.cos(angle) * x - Math.sin(angle) * dy;
      const straightY = neckAxis + Math.sin(angle) * x + Math.cos(angle) * dy;
      // Between the two angles a corner moves on an arc, whose height is this at most.
      const arc = Math.hypot(x, dy) * (1 - Math.cos((most - least) / 2));
      result[0] = Math.min(result[0], straightX - arc);
      result[1] = Math.max(result[1], straightX + arc);
      result[2] = Math.min(result[2], straightY - arc);
      result[3] = Math.max(result[3], straightY + arc);
    }
  }
  return result;
}

function projected(
  box: Range,
  { low, high }: { readonly low: Vector3; readonly high: Vector3 },
  subject: Subject,
  grid: Grid,
  rotation: readonly number[],
): Range {
  const bends = Math.abs(subject.scoliosis);
  const lowest = [Infinity, Infinity, Infinity];
  const highest = [-Infinity, -Infinity, -Infinity];
  for (let corner = 0; corner < 8; corner++) {
    const x = corner & 1 ? box[1] - low[0] + bends : box[0] - high[0] - bends;
    const y = corner & 2 ? box[3] - low[1] : box[2] - high[1];
    const z = (corner & 4 ? box[5] - low[2] : box[4] - high[2]) - grid.pivot;
    const [scaledX, scaledY, scaledZ] = [x * subject.scale[0], y * subject.scale[1], z * subject.scale[2]];
    for (const axis of [0, 1, 2] as const) {
      const straight =
        rotation[3 * axis]! * scaledX + rotation[3 * axis + 1]! * scaledY + rotation[3 * axis + 2]! * scaledZ;
      const world = axis === 2 ? straight + grid.pivot * subject.scale[2] : straight;
      const index = (world - grid.origin[axis]!) / grid.spacing[axis]!;
      lowest[axis] = Math.min(lowest[axis]!, index);
      highest[axis] = Math.max(highest[axis]!, index);
    }
  }
  // One voxel more on each side: a surface blends into its neighbours.
  return ([0, 1, 2] as const).flatMap((axis) => [
    Math.max(0, Math.ceil(lowest[axis]! - 1)),
    Math.min(grid.size[axis] - 1, Math.floor(highest[axis]! + 1)),
  ]) as Range;
}
