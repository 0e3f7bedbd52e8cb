/** Imaging modality, as far as it matters for intensities: CT has Hounsfield units, MR has arbitrary ones. */
export type Modality = 'CT' | 'MR';

/** Voxel types that a volume may hold. 64-bit integers are not among them: no scanner and no mask needs them. */
export type VoxelArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/**
 * A 4 x 4 homogeneous matrix in row-major order (16 numbers): voxel index (i, j, k) of the file's own axes to
 * millimetres in patient coordinates RAS+ (x grows towards the patient's right, y towards anterior, z towards
 * superior), the convention of NIfTI and nibabel. DICOM and ITK use LPS: x and y negated.
 */
export type Affine = readonly number[];

export type Size3 = readonly [i: number, j: number, k: number];
export type Vector3 = readonly [x: number, y: number, z: number];

/**
 * One 3D scan as it is stored, nothing resampled.
 *
 * The voxel (i, j, k) of the file's own axes is `data[i + size[0] * (j + size[1] * k)]`; its centre lies at
 * `affine * (i, j, k, 1)` mm, RAS+. Values are in Hounsfield units for CT and in the units of the file for
 * MR: rescaling (`scl_slope`, `scl_inter`) is already applied.
 */
export interface Volume {
  readonly data: VoxelArray;
  readonly size: Size3;
  /** Distance of voxel centres along each of the file's axes, in mm: the column norms of the affine. */
  readonly spacing: Vector3;
  readonly affine: Affine;
}

/** Labelled voxels on the grid of a volume. Label 0 is background. */
export interface Mask extends Volume {
  readonly data: Uint8Array | Uint16Array;
  /** Names of the labels that may occur, by label number. */
  readonly labels: ReadonlyMap<number, string>;
}

export type Plane = 'axial' | 'coronal' | 'sagittal';

/** One 2D slice in display orientation, ready for an encoder or for a picture. */
export interface SliceImage {
  /** Row-major [height, width], in HU or the modality's own units. */
  readonly pixels: Float32Array;
  readonly width: number;
  readonly height: number;
  /** Millimetres per pixel along a row (x) and down a column (y). */
  readonly pixelSpacing: readonly [x: number, y: number];
}

/** What has to be known of the whole volume to interpret the intensities of one slice of it. */
export interface IntensityContext {
  readonly modality: Modality;
  /** 0.5th and 99.5th percentile over all voxels of the volume; MR is scaled by them. */
  readonly percentiles: readonly [low: number, high: number];
}
