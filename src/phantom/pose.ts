import type { Vector3 } from '../volume/volume.js';
import type { Grid } from './grid.js';
import type { Box, PointField } from './shapes.js';
import type { Subject } from './subject.js';

/** Distance between the nodes of the deformation, mm. */
const nodeSpacing = 42;
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
          const angle =
            (subject.headTurn * Math.PI * smoothStep((z - neckBottom) / (neckTop - neckBottom))) / 180;
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
  return { points, indexRange: (box) => indexRange(box, subject, grid, rotation, displacement.largest) };
}

function bend(subject: Subject, z: number): number {
  const along = (z - 330) / 250;
  return along * along < 1 ? subject.scoliosis * (1 - along * along) ** 2 : 0;
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

interface Displacement {
  readonly nodes: readonly [number, number, number];
  readonly largest: number;
  /** Displacements (mm along x, y, z) at the nodes of the row at distances y and z from the origin. */
  row(y: number, z: number, result: Float64Array[]): void;
}

function drawDisplacement(subject: Subject, grid: Grid): Displacement {
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
    largest: Math.max(
      ...values.map((axis) => axis.reduce((most, value) => Math.max(most, Math.abs(value)), 0)),
    ),
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

function indexRange(
  box: Box,
  subject: Subject,
  grid: Grid,
  rotation: readonly number[],
  margin: number,
): [number, number, number, number, number, number] {
  const far = 2000;
  const finite = box.map((side) => Math.max(-far, Math.min(far, side))) as unknown as Box;
  // What the head's turn and the spine's bend may move, on top of the deformation.
  const reach = Math.hypot(
    Math.max(Math.abs(finite[0]), Math.abs(finite[1])),
    Math.max(Math.abs(finite[2] - neckAxis), Math.abs(finite[3] - neckAxis)),
  );
  const swing =
    finite[5] > neckBottom ? 2 * reach * Math.sin((Math.abs(subject.headTurn) * Math.PI) / 360) : 0;
  const sideways = margin + swing + Math.abs(subject.scoliosis);
  const low = [far, far, far];
  const high = [-far, -far, -far];
  for (let corner = 0; corner < 8; corner++) {
    const x = (corner & 1 ? finite[1] + sideways : finite[0] - sideways) * subject.scale[0];
    const y = (corner & 2 ? finite[3] + margin + swing : finite[2] - margin - swing) * subject.scale[1];
    const z = ((corner & 4 ? finite[5] + margin : finite[4] - margin) - grid.pivot) * subject.scale[2];
    for (const axis of [0, 1, 2] as const) {
      const straight = rotation[3 * axis]! * x + rotation[3 * axis + 1]! * y + rotation[3 * axis + 2]! * z;
      const world = axis === 2 ? straight + grid.pivot * subject.scale[2] : straight;
      const index = (world - grid.origin[axis]!) / grid.spacing[axis]!;
      low[axis] = Math.min(low[axis]!, index);
      high[axis] = Math.max(high[axis]!, index);
    }
  }
  return ([0, 1, 2] as const).flatMap((axis) => [
    Math.max(0, Math.floor(low[axis]!) - 1),
    Math.min(grid.size[axis] - 1, Math.ceil(high[axis]!) + 1),
  ]) as [number, number, number, number, number, number];
}
