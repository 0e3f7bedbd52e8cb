import { VoxseekError } from '../errors.js';
import { quaternionToAxes } from './quaternion.js';
import type { Affine, Size3, Vector3 } from './volume.js';

/** What a NIfTI-1 or NIfTI-2 header says that matters for reading one 3D scan. */
export interface NiftiHeader {
  readonly littleEndian: boolean;
  readonly size: Size3;
  readonly datatype: NiftiDatatype;
  /** Byte at which the voxels begin. */
  readonly dataOffset: number;
  /** value = stored * slope + intercept; 1 and 0 where the header asks for no scaling. */
  readonly slope: number;
  readonly intercept: number;
  /** Voxel to RAS+ mm. */
  readonly affine: Affine;
}

export type NiftiDatatype =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'int64'
  | 'uint64'
  | 'float32'
  | 'float64';

export const bytesPerVoxel: Readonly<Record<NiftiDatatype, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
};

const datatypeByCode: ReadonlyMap<number, NiftiDatatype> = new Map([
  [2, 'uint8'],
  [4, 'int16'],
  [8, 'int32'],
  [16, 'float32'],
  [64, 'float64'],
  [256, 'int8'],
  [512, 'uint16'],
  [768, 'uint32'],
  [1024, 'int64'],
  [1280, 'uint64'],
]);

/** Bytes that have to be there before {@link parseNiftiHeader} can tell NIfTI-1 from NIfTI-2 and read either. */
export const niftiHeaderBytes = 540;
const nifti1HeaderBytes = 348;

/** Fields whose place differs between the two versions of the format (nifti1.h, nifti2.h). */
interface FieldReader {
  dim(index: number): number;
  pixdim(index: number): number;
  readonly datatype: number;
  readonly dataOffset: number;
  readonly slope: number;
  readonly intercept: number;
  readonly qformCode: number;
  readonly sformCode: number;
  readonly quaternion: readonly [b: number, c: number, d: number];
  readonly qoffset: readonly [x: number, y: number, z: number];
  srow(index: number): number;
  readonly units: number;
}

/**
 * @param bytes the first {@link niftiHeaderBytes} bytes of the (decompressed) file, fewer only if the file is
 *   shorter.
 * @param subject the file, for error messages.
 * @throws VoxseekError VOLUME_CORRUPT (not a NIfTI header), VOLUME_NOT_3D, VOLUME_EMPTY,
 *   VOLUME_FORMAT_UNKNOWN (complex or colour voxels)
 */
export function parseNiftiHeader(bytes: Uint8Array, subject: string): NiftiHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { fields, littleEndian } = readFields(view, subject);
  const size = sizeOf(fields, subject);
  const datatype = datatypeByCode.get(fields.datatype);
  if (datatype === undefined) {
    throw new VoxseekError(
      'VOLUME_FORMAT_UNKNOWN',
      `voxels of NIfTI datatype ${fields.datatype} (complex or colour) are not intensities`,
      { subject, advice: 'Convert it to a scalar datatype such as int16 or float32.' },
    );
  }
  const rescales = Number.isFinite(fields.slope) && fields.slope !== 0;
  const intercept = rescales && Number.isFinite(fields.intercept) ? fields.intercept : 0;
  return {
    littleEndian,
    size,
    datatype,
    dataOffset: fields.dataOffset,
    slope: rescales ? fields.slope : 1,
    intercept,
    affine: affineOf(fields, size),
  };
}

function readFields(view: DataView, subject: string): { fields: FieldReader; littleEndian: boolean } {
  if (view.byteLength >= nifti1HeaderBytes) {
    for (const littleEndian of [true, false]) {
      const headerSize = view.getInt32(0, littleEndian);
      if (headerSize === nifti1HeaderBytes && view.getUint8(344) === 0x6e) {
        return { fields: nifti1Fields(view, littleEndian), littleEndian };
      }
      if (headerSize === niftiHeaderBytes && view.byteLength >= niftiHeaderBytes) {
        return { fields: nifti2Fields(view, littleEndian), littleEndian };
      }
    }
  }
  const reason =
    view.byteLength < nifti1HeaderBytes
      ? `the file ends after ${view.byteLength} bytes, within the header`
      : 'this is not a NIfTI file: neither header size nor magic number fit';
  throw new VoxseekError('VOLUME_CORRUPT', reason, { subject });
}

function nifti1Fields(view: DataView, le: boolean): FieldReader {
  const float = (offset: number) => view.getFloat32(offset, le);
  return {
    dim: (index) => view.getInt16(40 + 2 * index, le),
    pixdim: (index) => float(76 + 4 * index),
    datatype: view.getInt16(70, le),
    dataOffset: float(108),
    slope: float(112),
    intercept: float(116),
    qformCode: view.getInt16(252, le),
    sformCode: view.getInt16(254, le),
    quaternion: [float(256), float(260), float(264)],
    qoffset: [float(268), float(272), float(276)],
    srow: (index) => float(280 + 4 * index),
    units: view.getUint8(123),
  };
}

function nifti2Fields(view: DataView, le: boolean): FieldReader {
  const float = (offset: number) => view.getFloat64(offset, le);
  const long = (offset: number) => Number(view.getBigInt64(offset, le));
  return {
    dim: (index) => long(16 + 8 * index),
    pixdim: (index) => float(104 + 8 * index),
    datatype: view.getInt16(12, le),
    dataOffset: long(168),
    slope: float(176),
    intercept: float(184),
    qformCode: view.getInt32(344, le),
    sformCode: view.getInt32(348, le),
    quaternion: [float(352), float(360), float(368)],
    qoffset: [float(376), float(384), float(392)],
    srow: (index) => float(400 + 8 * index),
    units: view.getInt32(500, le),
  };
}

function sizeOf(fields: FieldReader, subject: string): Size3 {
  const rank = fields.dim(0);
  if (rank < 1 || rank > 7) {
    throw new VoxseekError('VOLUME_CORRUPT', `the header gives ${rank} dimensions`, { subject });
  }
  const dims = Array.from({ length: rank }, (_, index) => fields.dim(index + 1));
  if (dims.some((n) => n < 0)) {
    throw new VoxseekError('VOLUME_CORRUPT', `the header gives the size ${dims.join(' x ')}`, { subject });
  }
  if (dims.some((n) => n === 0)) {
    throw new VoxseekError('VOLUME_EMPTY', `the size is ${dims.join(' x ')}: there is no slice`, { subject });
  }
  const beyond = dims.slice(3).filter((n) => n > 1);
  if (rank < 3 || beyond.length > 0) {
    const what = rank < 3 ? 'one image' : 'a series or several channels';
    throw new VoxseekError('VOLUME_NOT_3D', `the size is ${dims.join(' x ')}: ${what}, not one volume`, {
      subject,
    });
  }
  return [dims[0]!, dims[1]!, dims[2]!];
}

/** Method 3 (sform), else method 2 (qform), else the centred, x-flipped grid that nibabel takes for method 1. */
function affineOf(fields: FieldReader, size: Size3): Affine {
  const unit = { 1: 1000, 3: 0.001 }[fields.units & 7] ?? 1;
  const inMillimetres = (rows: readonly number[]) => [...rows.map((value) => value * unit), 0, 0, 0, 1];
  if (fields.sformCode > 0) return inMillimetres(Array.from({ length: 12 }, (_, i) => fields.srow(i)));
  const zooms: Vector3 = [Math.abs(fields.pixdim(1)), Math.abs(fields.pixdim(2)), Math.abs(fields.pixdim(3))];
  if (fields.qformCode > 0) {
    const handedness = fields.pixdim(0) === -1 ? -1 : 1;
    const axes = quaternionToAxes({ vector: fields.quaternion, handedness, spacing: zooms });
    return inMillimetres(axes.flatMap((row, r) => [...row, fields.qoffset[r]!]));
  }
  const [dx, dy, dz] = [-zooms[0]!, zooms[1]!, zooms[2]!];
  return inMillimetres([
    dx,
    0,
    0,
    (-dx * (size[0] - 1)) / 2,
    0,
    dy,
    0,
    (-dy * (size[1] - 1)) / 2,
    0,
    0,
    dz,
    (-dz * (size[2] - 1)) / 2,
  ]);
}
