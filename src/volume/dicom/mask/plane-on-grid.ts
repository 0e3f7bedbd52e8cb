import { patientToVoxel } from '../../geometry.js';
import type { Vector3, Volume } from '../../volume.js';

export type Grid = Pick<Volume, 'size' | 'affine'>;

/** One image plane in space (PS3.3 C.7.6.2): positions in LPS mm, directions as unit vectors. */
export interface ImagePlane {
  readonly rows: number;
  readonly columns: number;
  /** Centre of the first pixel. */
  readonly position: Vector3;
  /** Direction of a row (column index grows), and of a column (row index grows). */
  readonly row: Vector3;
  readonly column: Vector3;
  readonly spacing: readonly [betweenRows: number, betweenColumns: number];
}

/** How an image plane that is parallel to the slices of a grid lies on it. */
export interface PlaneOnGrid {
  /** Position along the k axis, in slices. */
  readonly slice: number;
  /** Pixel of the plane from the voxel (i, j): column = c[0] + c[1] * i + c[2] * j, row likewise; fractional. */
  readonly column: readonly [number, number, number];
  readonly row: readonly [number, number, number];
}

/** An image plane may leave the slices of the volume by so much of their distance, from edge to edge. */
const parallelTolerance = 0.5;

/** From a point in LPS mm to the voxel index (fractional) whose centre lies there. */
export type ToVoxel = (point: Vector3) => Vector3;

export function lpsToVoxel({ affine }: Pick<Grid, 'affine'>): ToVoxel {
  // The map is affine: four points give it, and the inverse of the matrix is computed no more often.
  const origin = patientToVoxel(affine, [0, 0, 0]);
  const [x, y, z] = [
    [-1, 0, 0],
    [0, -1, 0],
    [0, 0, 1],
  ].map((axis) => patientToVoxel(affine, axis as [number, number, number])) as [Vector3, Vector3, Vector3];
  const along = (a: 0 | 1 | 2) => [x[a] - origin[a], y[a] - origin[a], z[a] - origin[a]] as const;
  const [i, j, k] = [along(0), along(1), along(2)];
  return (point) => [
    origin[0] + i[0] * point[0] + i[1] * point[1] + i[2] * point[2],
    origin[1] + j[0] * point[0] + j[1] * point[1] + j[2] * point[2],
    origin[2] + k[0] * point[0] + k[1] * point[1] + k[2] * point[2],
  ];
}

/**
 * @param toVoxel that of the grid, see {@link lpsToVoxel}.
 * @returns undefined where the plane is not parallel to the slices of the grid.
 */
export function planeOnGrid(plane: ImagePlane, toVoxel: ToVoxel): PlaneOnGrid | undefined {
  const { position, row, column, spacing } = plane;
  const at = (c: number, r: number) =>
    toVoxel([
      position[0] + row[0] * spacing[1] * c + column[0] * spacing[0] * r,
      position[1] + row[1] * spacing[1] * c + column[1] * spacing[0] * r,
      position[2] + row[2] * spacing[1] * c + column[2] * spacing[0] * r,
    ]);
  const lastColumn = Math.max(plane.columns - 1, 1);
  const lastRow = Math.max(plane.rows - 1, 1);
  const origin = at(0, 0);
  const alongRow = at(lastColumn, 0);
  const alongColumn = at(0, lastRow);
  const centre = at(lastColumn / 2, lastRow / 2);
  const rise = Math.abs(alongRow[2] - origin[2]) + Math.abs(alongColumn[2] - origin[2]);
  if (!(rise <= parallelTolerance)) return undefined;
  // Voxel from pixel: (i, j) = origin + m * (column, row); the inverse is wanted.
  const m = [
    (alongRow[0] - origin[0]) / lastColumn,
    (alongColumn[0] - origin[0]) / lastRow,
    (alongRow[1] - origin[1]) / lastColumn,
    (alongColumn[1] - origin[1]) / lastRow,
  ] as const;
  const determinant = m[0] * m[3] - m[1] * m[2];
  const ci = m[3] / determinant;
  const cj = -m[1] / determinant;
  const ri = -m[2] / determinant;
  const rj = m[0] / determinant;
  return {
    slice: centre[2],
    column: [-(ci * origin[0] + cj * origin[1]), ci, cj],
    row: [-(ri * origin[0] + rj * origin[1]), ri, rj],
  };
}

/**
 * The pixels of a plane as a slice of the grid, by nearest neighbour: a voxel is inside where the pixel nearest to
 * its centre is.
 *
 * @param pixels row-major [plane.rows, plane.columns], 1 inside and 0 elsewhere.
 * @returns [size[1], size[0]] (j, i), 1 inside; `pixels` itself where the pixels are the voxels.
 */
export function sliceOfPlane(
  pixels: Uint8Array,
  { rows, columns }: Pick<ImagePlane, 'rows' | 'columns'>,
  placed: PlaneOnGrid,
  [ni, nj]: Grid['size'],
): Uint8Array {
  if (columns === ni && rows === nj && isIdentity(placed, ni, nj)) return pixels;
  const slice = new Uint8Array(ni * nj);
  for (let j = 0; j < nj; j++) {
    for (let i = 0; i < ni; i++) {
      const c = Math.round(placed.column[0] + placed.column[1] * i + placed.column[2] * j);
      const r = Math.round(placed.row[0] + placed.row[1] * i + placed.row[2] * j);
      if (c < 0 || c >= columns || r < 0 || r >= rows) continue;
      slice[j * ni + i] = pixels[r * columns + c]!;
    }
  }
  return slice;
}

/** Whether the pixels of a plane are the voxels of a slice, up to what headers round. */
function isIdentity({ column, row }: PlaneOnGrid, ni: number, nj: number): boolean {
  for (const i of [0, ni - 1]) {
    for (const j of [0, nj - 1]) {
      const c = column[0] + column[1] * i + column[2] * j;
      const r = row[0] + row[1] * i + row[2] * j;
      if (Math.abs(c - i) > 0.01 || Math.abs(r - j) > 0.01) return false;
    }
  }
  return true;
}
