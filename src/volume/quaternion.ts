import type { Affine, Vector3 } from './volume.js';

/** An affine as NIfTI-1's qform holds it: spacings, a sign for the third axis, and a unit quaternion. */
export interface QuaternionForm {
  /** b, c and d of the unit quaternion (a, b, c, d) with a >= 0. */
  readonly vector: Vector3;
  /** `qfac`: -1 where the axes are left-handed, so that the third one is turned round before rotating. */
  readonly handedness: 1 | -1;
  /** Norms of the affine's columns in mm. */
  readonly spacing: Vector3;
  /** False where the axes are not at right angles: then no quaternion stands for this affine. */
  readonly exact: boolean;
}

/** Cosine of the angle between two axes up to which they count as perpendicular; headers hold float32. */
const perpendicularTolerance = 1e-5;

/**
 * The quaternion form of an affine (row-major 4 x 4, voxel index to mm). The translation is left to the caller.
 *
 * Source: nifti1.h, "method 2"; Shepperd's method for the quaternion of a rotation matrix.
 */
export function affineToQuaternion(affine: Affine): QuaternionForm {
  const column = (axis: number): [number, number, number] => [
    affine[axis] ?? Number.NaN,
    affine[4 + axis] ?? Number.NaN,
    affine[8 + axis] ?? Number.NaN,
  ];
  const columns = [column(0), column(1), column(2)] as const;
  const spacing = columns.map((axis) => Math.hypot(...axis)) as [number, number, number];
  const [i, j, k] = columns.map((axis, index) => axis.map((value) => value / spacing[index]!)) as [
    number[],
    number[],
    number[],
  ];
  const dot = (a: number[], b: number[]) => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
  const exact =
    Math.max(Math.abs(dot(i, j)), Math.abs(dot(i, k)), Math.abs(dot(j, k))) < perpendicularTolerance;
  const cross = [i[1]! * j[2]! - i[2]! * j[1]!, i[2]! * j[0]! - i[0]! * j[2]!, i[0]! * j[1]! - i[1]! * j[0]!];
  const handedness = dot(cross, k) < 0 ? -1 : 1;
  const [r11, r21, r31] = i as [number, number, number];
  const [r12, r22, r32] = j as [number, number, number];
  const [r13, r23, r33] = k.map((value) => value * handedness) as [number, number, number];

  // The largest of the four parts is computed first, so that nothing is divided by a small number.
  const candidates = [r11 + r22 + r33, r11 - r22 - r33, r22 - r11 - r33, r33 - r11 - r22];
  const largest = candidates.indexOf(Math.max(...candidates));
  const root = Math.sqrt(1 + candidates[largest]!) / 2;
  const quarter = 0.25 / root;
  let parts: [number, number, number, number];
  if (largest === 0) parts = [root, (r32 - r23) * quarter, (r13 - r31) * quarter, (r21 - r12) * quarter];
  else if (largest === 1) parts = [(r32 - r23) * quarter, root, (r12 + r21) * quarter, (r13 + r31) * quarter];
  else if (largest === 2) parts = [(r13 - r31) * quarter, (r12 + r21) * quarter, root, (r23 + r32) * quarter];
  else parts = [(r21 - r12) * quarter, (r13 + r31) * quarter, (r23 + r32) * quarter, root];
  const sign = parts[0] < 0 ? -1 : 1;
  const vector: Vector3 = exact ? [sign * parts[1], sign * parts[2], sign * parts[3]] : [0, 0, 0];
  return { vector, handedness, spacing, exact };
}

/**
 * The axes that a quaternion form stands for: rows of the 3 x 3 part of the affine, in mm. Where b, c and d are
 * too long for a unit quaternion by more than rounding, a is 0 and they are scaled to length 1.
 *
 * Source: nifti1.h, "3D IMAGE (VOLUME) ORIENTATION", method 2.
 */
export function quaternionToAxes({
  vector,
  handedness,
  spacing,
}: Omit<QuaternionForm, 'exact'>): [Vector3, Vector3, Vector3] {
  let [b, c, d] = vector;
  const rest = 1 - (b * b + c * c + d * d);
  let a = Math.sqrt(Math.max(0, rest));
  if (rest < -1e-6) {
    const norm = Math.hypot(b, c, d);
    [a, b, c, d] = [0, b / norm, c / norm, d / norm];
  }
  const [sx, sy, sz] = [spacing[0], spacing[1], spacing[2] * handedness];
  return [
    [(a * a + b * b - c * c - d * d) * sx, 2 * (b * c - a * d) * sy, 2 * (b * d + a * c) * sz],
    [2 * (b * c + a * d) * sx, (a * a + c * c - b * b - d * d) * sy, 2 * (c * d - a * b) * sz],
    [2 * (b * d - a * c) * sx, 2 * (c * d + a * b) * sy, (a * a + d * d - c * c - b * b) * sz],
  ];
}
