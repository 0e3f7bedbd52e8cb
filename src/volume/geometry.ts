import { VoxseekError } from '../errors.js';
import type { Affine, Plane, Size3, Vector3, Volume, VoxelArray } from './volume.js';

/** Axes of the patient: 0 towards right, 1 towards anterior, 2 towards superior. */
export type PatientAxis = 0 | 1 | 2;

/** The patient axis that slices of each plane are stacked along. */
export const patientAxisAcross: Readonly<Record<Plane, PatientAxis>> = { sagittal: 0, coronal: 1, axial: 2 };

/**
 * For each of the file's axes: the patient axis it runs along most nearly and whether it runs towards the positive end of it (+1) or the negative one (-1).
 */
export type Orientation = readonly [AxisDirection, AxisDirection, AxisDirection];
export interface AxisDirection {
  readonly patientAxis: PatientAxis;
  readonly sign: 1 | -1;
}

/** Column norms of the affine: the distance of voxel centres along each of the file's axes, in mm. */
export function spacingOf(affine: Affine): Vector3 {
  const norm = (column: number) => Math.hypot(affine[column]!, affine[4 + column]!, affine[8 + column]!);
  return [norm(0), norm(1), norm(2)];
}

/**
 * @param affine voxel to RAS+ mm.
 * @returns position of the voxel centre (i, j, k) in RAS+ mm; fractional indices are allowed.
 */
export function voxelToPatient(affine: Affine, [i, j, k]: Vector3): Vector3 {
  const row = (r: number) =>
    affine[4 * r]! * i + affine[4 * r + 1]! * j + affine[4 * r + 2]! * k + affine[4 * r + 3]!;
  return [row(0), row(1), row(2)];
}

function determinant3(m: readonly number[]): number {
  return (
    m[0]! * (m[4]! * m[8]! - m[5]! * m[7]!) -
    m[1]! * (m[3]! * m[8]! - m[5]! * m[6]!) +
    m[2]! * (m[3]! * m[7]! - m[4]! * m[6]!)
  );
}

function inverse3(m: readonly number[]): number[] {
  const d = determinant3(m);
  const cofactor = (a: number, b: number, c: number, e: number) => (m[a]! * m[b]! - m[c]! * m[e]!) / d;
  return [
    cofactor(4, 8, 5, 7),
    cofactor(2, 7, 1, 8),
    cofactor(1, 5, 2, 4),
    cofactor(5, 6, 3, 8),
    cofactor(0, 8, 2, 6),
    cofactor(2, 3, 0, 5),
    cofactor(3, 7, 4, 6),
    cofactor(1, 6, 0, 7),
    cofactor(0, 4, 1, 3),
  ];
}

function linearPart(affine: Affine): number[] {
  return [0, 1, 2].flatMap((r) => [affine[4 * r]!, affine[4 * r + 1]!, affine[4 * r + 2]!]);
}

/** @returns the voxel index (fractional) whose centre lies at a point given in RAS+ mm. */
export function patientToVoxel(affine: Affine, [x, y, z]: Vector3): Vector3 {
  const inverse = inverse3(linearPart(affine));
  const d = [x - affine[3]!, y - affine[7]!, z - affine[11]!];
  const row = (r: number) =>
    inverse[3 * r]! * d[0]! + inverse[3 * r + 1]! * d[1]! + inverse[3 * r + 2]! * d[2]!;
  return [row(0), row(1), row(2)];
}

/**
 * Refuses an affine from which no position can be told.
 *
 * @throws VoxseekError GEOMETRY_DEGENERATE
 */
export function assertUsableAffine(affine: Affine, subject: string): void {
  if (affine.length !== 16 || !affine.every(Number.isFinite)) {
    throw new VoxseekError('GEOMETRY_DEGENERATE', 'the affine has numbers that are not finite', { subject });
  }
  const spacing = spacingOf(affine);
  if (spacing.some((s) => s < 1e-6)) {
    throw new VoxseekError('GEOMETRY_DEGENERATE', `a voxel spacing is zero (${formatSpacing(spacing)})`, {
      subject,
    });
  }
  const directions = linearPart(affine).map((value, index) => value / spacing[index % 3]!);
  if (Math.abs(determinant3(directions)) < 1e-3) {
    throw new VoxseekError('GEOMETRY_DEGENERATE', 'two axes of the affine run in the same direction', {
      subject,
    });
  }
}

/**
 * Which patient axis each of the file's axes follows. Same rule as nibabel's `io_orientation`: the rotation
 * nearest to the affine (polar decomposition, here by Newton's iteration of Higham, 1986) decides, axis by
 * axis, so that shear does not tip the balance.
 */
export function orientationOf(affine: Affine): Orientation {
  const spacing = spacingOf(affine);
  let rotation = linearPart(affine).map((value, index) => value / spacing[index % 3]!);
  for (let iteration = 0; iteration < 32; iteration++) {
    const inverse = inverse3(rotation);
    const next = rotation.map(
      (value, index) => (value + inverse[3 * (index % 3) + Math.floor(index / 3)]!) / 2,
    );
    const change = Math.max(...next.map((value, index) => Math.abs(value - rotation[index]!)));
    rotation = next;
    if (change < 1e-12) break;
  }
  const taken = new Set<number>();
  const axes = [0, 1, 2].map((fileAxis): AxisDirection => {
    const free = ([0, 1, 2] as const).filter((axis) => !taken.has(axis));
    const patientAxis = free.reduce((best, axis) =>
      Math.abs(rotation[3 * axis + fileAxis]!) > Math.abs(rotation[3 * best + fileAxis]!) ? axis : best,
    );
    taken.add(patientAxis);
    return { patientAxis, sign: rotation[3 * patientAxis + fileAxis]! < 0 ? -1 : 1 };
  });
  return [axes[0]!, axes[1]!, axes[2]!];
}

/** Orientation as the usual three letters, for example "LPS": the end that each file axis runs towards. */
export function orientationCode(orientation: Orientation): string {
  const letters = ['LR', 'PA', 'IS'] as const;
  return orientation.map(({ patientAxis, sign }) => letters[patientAxis]![sign > 0 ? 1 : 0]).join('');
}

/** @returns the file's axis across which slices of this plane are stacked. */
export function stackingAxis(orientation: Orientation, plane: Plane): 0 | 1 | 2 {
  return orientation.findIndex((axis) => axis.patientAxis === patientAxisAcross[plane]) as 0 | 1 | 2;
}

/**
 * The same voxels in canonical order (axes towards right, anterior, superior) by flips and axis permutation
 * alone: nothing is resampled, an oblique volume stays oblique. Same result as nibabel's
 * `as_closest_canonical`.
 */
export function toCanonical(volume: Volume): Volume {
  const orientation = orientationOf(volume.affine);
  const fileAxisOf = [0, 1, 2].map((axis) => orientation.findIndex((o) => o.patientAxis === axis));
  const size = fileAxisOf.map((axis) => volume.size[axis]!) as [number, number, number];
  const fileStride = [1, volume.size[0], volume.size[0] * volume.size[1]];
  let start = 0;
  const origin: [number, number, number] = [0, 0, 0];
  const step = fileAxisOf.map((axis) => {
    if (orientation[axis]!.sign > 0) return fileStride[axis]!;
    start += (volume.size[axis]! - 1) * fileStride[axis]!;
    origin[axis] = volume.size[axis]! - 1;
    return -fileStride[axis]!;
  });

  const data = new (volume.data.constructor as new (length: number) => VoxelArray)(volume.data.length);
  let target = 0;
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      let source = start + j * step[1]! + k * step[2]!;
      for (let i = 0; i < size[0]; i++, source += step[0]!) data[target++] = volume.data[source]!;
    }
  }

  const corner = voxelToPatient(volume.affine, origin);
  const affine = [0, 1, 2].flatMap((row) => [
    ...fileAxisOf.map((axis) => volume.affine[4 * row + axis]! * orientation[axis]!.sign + 0),
    corner[row]!,
  ]);
  const canonical = [...affine, 0, 0, 0, 1];
  return { data, size, affine: canonical, spacing: spacingOf(canonical) };
}

/**
 * Whether two grids are the same: equal sizes, and no corner voxel further apart than a twentieth of the
 * smallest spacing (header fields are float32, and some writers round them).
 */
export function sameGrid(a: Pick<Volume, 'size' | 'affine'>, b: Pick<Volume, 'size' | 'affine'>): boolean {
  if (a.size.some((n, axis) => n !== b.size[axis])) return false;
  return cornerDistance(a, b) <= Math.min(...spacingOf(a.affine)) / 20;
}

/** @returns the largest distance in mm between the same corner voxel of two grids of equal size. */
export function cornerDistance(
  a: Pick<Volume, 'size' | 'affine'>,
  b: Pick<Volume, 'size' | 'affine'>,
): number {
  const distances = Array.from({ length: 8 }, (_, corner) => {
    const voxel = [0, 1, 2].map((axis) => ((corner >> axis) & 1) * (a.size[axis]! - 1)) as [
      number,
      number,
      number,
    ];
    const p = voxelToPatient(a.affine, voxel);
    const q = voxelToPatient(b.affine, voxel);
    return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
  });
  return Math.max(...distances);
}

/** "512 x 512 x 90, 0.98 x 0.98 x 3 mm, LPS, origin (-250, -250, -700)": one grid for an error message. */
export function formatGrid(grid: Pick<Volume, 'size' | 'affine'>): string {
  const origin = [3, 7, 11].map((i) => round(grid.affine[i]!)).join(', ');
  return `${formatSize(grid.size)}, ${formatSpacing(spacingOf(grid.affine))}, ${orientationCode(orientationOf(grid.affine))}, origin (${origin})`;
}

function formatSize(size: Size3): string {
  return size.join(' x ');
}

function formatSpacing(spacing: Vector3): string {
  return `${spacing.map(round).join(' x ')} mm`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
