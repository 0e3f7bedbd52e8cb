import {
  type Orientation,
  orientationOf,
  patientAxisAcross,
  patientToVoxel,
  voxelToPatient,
} from '../../../src/volume/geometry.js';
import type { Plane } from '../../../src/volume/volume.js';

export type { Plane };
/** RAS+ mm, or voxel indices along the file's own axes. */
export type Vector3 = readonly [number, number, number];
/** RAS+ mm: [[xLow, xHigh], [yLow, yHigh], [zLow, zHigh]]. */
export type Box = readonly [readonly [number, number], readonly [number, number], readonly [number, number]];

/** Where the voxels of a volume lie. */
export interface Grid {
  /** Along the file's own axes. */
  readonly size: Vector3;
  /** Row-major 4 x 4, voxel index to RAS+ mm. */
  readonly affine: readonly number[];
}

export const planes: readonly Plane[] = ['axial', 'coronal', 'sagittal'];

/** Asked for at every movement of the mouse, and the same for one affine. */
const orientations = new WeakMap<readonly number[], Orientation>();

function orientation({ affine }: Grid): Orientation {
  const known = orientations.get(affine);
  if (known !== undefined) return known;
  const found = orientationOf(affine);
  orientations.set(affine, found);
  return found;
}

/** @returns the file's axis that runs along a patient axis, and whether it runs the same way. */
function fileAxis(grid: Grid, patientAxis: number): { readonly axis: 0 | 1 | 2; readonly sign: 1 | -1 } {
  const axes = orientation(grid);
  const axis = axes.findIndex((direction) => direction.patientAxis === patientAxis) as 0 | 1 | 2;
  return { axis, sign: axes[axis].sign };
}

/** @returns the plane whose slices are stacked along an axis of the file. */
export function planeAcross(grid: Grid, axis: 0 | 1 | 2): Plane {
  const { patientAxis } = orientation(grid)[axis];
  return planes.find((plane) => patientAxisAcross[plane] === patientAxis)!;
}

/** @returns how many slices a plane has. */
export function sliceCount(grid: Grid, plane: Plane): number {
  return grid.size[fileAxis(grid, patientAxisAcross[plane]).axis];
}

/** @returns index, along the file's own axis, of the slice that a point lies in or is nearest to. */
export function sliceAt(grid: Grid, plane: Plane, point: Vector3): number {
  const { axis } = fileAxis(grid, patientAxisAcross[plane]);
  return clamp(Math.round(patientToVoxel(grid.affine, point)[axis]), 0, grid.size[axis] - 1);
}

/** @returns the point moved into the middle of a slice, along the file's axis alone. */
export function movedToSlice(grid: Grid, plane: Plane, point: Vector3, index: number): Vector3 {
  const { axis } = fileAxis(grid, patientAxisAcross[plane]);
  const voxel = [...patientToVoxel(grid.affine, point)] as [number, number, number];
  voxel[axis] = clamp(index, 0, grid.size[axis] - 1);
  return voxelToPatient(grid.affine, voxel);
}

/** @returns the point a number of slices further towards the positive end of the patient (head, front, right). */
export function movedBySlices(grid: Grid, plane: Plane, point: Vector3, slices: number): Vector3 {
  const { sign } = fileAxis(grid, patientAxisAcross[plane]);
  return movedToSlice(grid, plane, point, sliceAt(grid, plane, point) + sign * slices);
}

/** Coordinate of a point across a plane: superior for axial, anterior for coronal, right for sagittal, mm. */
export function across(plane: Plane, point: Vector3): number {
  return point[patientAxisAcross[plane]];
}

/** @returns where a slice lies: that coordinate of its centre, as the archive stores it. */
export function slicePosition(grid: Grid, plane: Plane, index: number): number {
  return across(plane, movedToSlice(grid, plane, centre(grid), index));
}

/** @returns the slice whose centre lies nearest to a coordinate across the plane, mm. */
export function sliceAtPosition(grid: Grid, plane: Plane, positionMm: number): number {
  const first = slicePosition(grid, plane, 0);
  const last = sliceCount(grid, plane) - 1;
  const step = (slicePosition(grid, plane, last) - first) / Math.max(1, last);
  return clamp(Math.round((positionMm - first) / step), 0, last);
}

export function centre(grid: Grid): Vector3 {
  const [i, j, k] = grid.size;
  return voxelToPatient(grid.affine, [(i - 1) / 2, (j - 1) / 2, (k - 1) / 2]);
}

/**
 * Share of the volume that lies to the left of, behind and below a point: 0 to 1 between its outer faces, along
 * the axes right, anterior, superior. What a picture of a slice is drawn by.
 */
export function fractionOf(grid: Grid, point: Vector3): Vector3 {
  const voxel = patientToVoxel(grid.affine, point);
  const share = (patientAxis: number) => {
    const { axis, sign } = fileAxis(grid, patientAxis);
    const along = (voxel[axis] + 0.5) / grid.size[axis];
    return sign > 0 ? along : 1 - along;
  };
  return [share(0), share(1), share(2)];
}

/** Inverse of {@link fractionOf}. */
export function pointAt(grid: Grid, fraction: Vector3): Vector3 {
  const voxel: [number, number, number] = [0, 0, 0];
  for (const patientAxis of [0, 1, 2] as const) {
    const { axis, sign } = fileAxis(grid, patientAxis);
    const along = sign > 0 ? fraction[patientAxis] : 1 - fraction[patientAxis];
    voxel[axis] = along * grid.size[axis] - 0.5;
  }
  return voxelToPatient(grid.affine, voxel);
}

/** @returns extent of the volume along right, anterior, superior, from outer face to outer face, mm. */
export function extentMm(grid: Grid): Vector3 {
  const extent = (patientAxis: number) => {
    const { axis } = fileAxis(grid, patientAxis);
    return grid.size[axis] * Math.hypot(grid.affine[axis]!, grid.affine[4 + axis]!, grid.affine[8 + axis]!);
  };
  return [extent(0), extent(1), extent(2)];
}

/** @returns the smallest box along the patient's axes that holds the whole volume. */
export function boxOf(grid: Grid): Box {
  const corners = Array.from({ length: 8 }, (_, corner) =>
    pointAt(grid, [corner & 1, (corner >> 1) & 1, (corner >> 2) & 1]),
  );
  const range = (axis: 0 | 1 | 2) => {
    const values = corners.map((corner) => corner[axis]);
    return [Math.min(...values), Math.max(...values)] as const;
  };
  return [range(0), range(1), range(2)];
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
