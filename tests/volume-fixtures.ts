import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll } from 'vitest';
import type { NiftiDatatype } from '../src/volume/nifti-header.js';

/**
 * Volume files made byte by byte from the definitions of their formats, so that the readers are checked
 * against the formats and not against a writer that shares their mistakes.
 */

const folders: string[] = [];
// Here, because Vitest takes no hook of functions that run later, in hooks and tests.
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder for the files of one test file; removed when its tests are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'voxseek-test-'));
  folders.push(folder);
  return folder;
}

/** @returns the path of the new file. */
export function writeFixture(folder: string, name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Voxels by index, i fastest, as every one of these formats stores them. */
export function fillVoxels(
  [ni, nj, nk]: readonly [number, number, number],
  value: (i: number, j: number, k: number) => number,
): number[] {
  const values: number[] = [];
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++) values.push(value(i, j, k));
  return values;
}

type Setter = (view: DataView, offset: number, value: number, littleEndian: boolean) => void;

const voxelTypes: Readonly<Record<NiftiDatatype, { code: number; bytes: number; set: Setter }>> = {
  uint8: { code: 2, bytes: 1, set: (view, offset, value) => view.setUint8(offset, value) },
  int16: { code: 4, bytes: 2, set: (view, offset, value, le) => view.setInt16(offset, value, le) },
  int32: { code: 8, bytes: 4, set: (view, offset, value, le) => view.setInt32(offset, value, le) },
  float32: { code: 16, bytes: 4, set: (view, offset, value, le) => view.setFloat32(offset, value, le) },
  float64: { code: 64, bytes: 8, set: (view, offset, value, le) => view.setFloat64(offset, value, le) },
  int8: { code: 256, bytes: 1, set: (view, offset, value) => view.setInt8(offset, value) },
  uint16: { code: 512, bytes: 2, set: (view, offset, value, le) => view.setUint16(offset, value, le) },
  uint32: { code: 768, bytes: 4, set: (view, offset, value, le) => view.setUint32(offset, value, le) },
  int64: {
    code: 1024,
    bytes: 8,
    set: (view, offset, value, le) => view.setBigInt64(offset, BigInt(value), le),
  },
  uint64: {
    code: 1280,
    bytes: 8,
    set: (view, offset, value, le) => view.setBigUint64(offset, BigInt(value), le),
  },
};

/** Writes the values one after the other into `bytes`, from `offset` on. */
function writeVoxels(
  bytes: Buffer,
  offset: number,
  type: NiftiDatatype,
  values: readonly number[],
  littleEndian: boolean,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { bytes: width, set } = voxelTypes[type];
  values.forEach((value, index) => {
    set(view, offset + index * width, value, littleEndian);
  });
}

export interface NiftiFixture {
  /** All dimensions, three of them for a volume. */
  readonly size: readonly number[];
  readonly datatype?: NiftiDatatype;
  /** Overrides the code of the datatype in the header. */
  readonly datatypeCode?: number;
  /** As stored, before slope and intercept; missing: zeros. */
  readonly values?: readonly number[];
  readonly version?: 1 | 2;
  readonly bigEndian?: boolean;
  /** Three rows of four: sets sform_code 1. */
  readonly sform?: readonly number[];
  /** Sets qform_code 1. */
  readonly qform?: {
    readonly quaternion: readonly [b: number, c: number, d: number];
    readonly offset: readonly [x: number, y: number, z: number];
    /** pixdim[0]: 1 (default) or -1. */
    readonly qfac?: number;
  };
  /** pixdim[1..3]; 1 mm where missing. */
  readonly spacing?: readonly [number, number, number];
  /** scl_slope and scl_inter; 1 and 0 where missing. */
  readonly slope?: number;
  readonly intercept?: number;
  /** xyzt_units; 2 (mm) where missing. */
  readonly units?: number;
  readonly dataOffset?: number;
}

/** A NIfTI single file (nifti1.h, nifti2.h), not compressed. */
export function niftiBytes(fixture: NiftiFixture): Buffer {
  const { size, datatype = 'int16', version = 1, bigEndian = false, spacing = [1, 1, 1] } = fixture;
  const { slope = 1, intercept = 0, units = 2, sform, qform } = fixture;
  const { code, bytes: width } = voxelTypes[datatype];
  const dataOffset = fixture.dataOffset ?? (version === 1 ? 352 : 544);
  const voxels = fixture.values?.length ?? size.reduce((product, n) => product * n, 1);
  const bytes = Buffer.alloc(dataOffset + voxels * width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const le = !bigEndian;
  const dims = [size.length, ...size, 1, 1, 1, 1, 1, 1, 1].slice(0, 8);
  const pixdim = [qform?.qfac ?? 1, ...spacing, 1, 1, 1, 1];
  const datatypeCode = fixture.datatypeCode ?? code;
  if (version === 1) {
    const float = (offset: number, values: readonly number[]) =>
      values.forEach((value, index) => {
        view.setFloat32(offset + 4 * index, value, le);
      });
    view.setInt32(0, 348, le);
    dims.forEach((n, index) => {
      view.setInt16(40 + 2 * index, n, le);
    });
    view.setInt16(70, datatypeCode, le);
    view.setInt16(72, 8 * width, le);
    float(76, pixdim);
    float(108, [dataOffset, slope, intercept]);
    view.setUint8(123, units);
    view.setInt16(252, qform ? 1 : 0, le);
    view.setInt16(254, sform ? 1 : 0, le);
    float(256, qform?.quaternion ?? []);
    float(268, qform?.offset ?? []);
    float(280, sform ?? []);
    bytes.write('n+1\0', 344, 'latin1');
  } else {
    const float = (offset: number, values: readonly number[]) =>
      values.forEach((value, index) => {
        view.setFloat64(offset + 8 * index, value, le);
      });
    view.setInt32(0, 540, le);
    bytes.write('n+2\0\r\n\x1a\n', 4, 'latin1');
    view.setInt16(12, datatypeCode, le);
    view.setInt16(14, 8 * width, le);
    dims.forEach((n, index) => {
      view.setBigInt64(16 + 8 * index, BigInt(n), le);
    });
    float(104, pixdim);
    view.setBigInt64(168, BigInt(dataOffset), le);
    float(176, [slope, intercept]);
    view.setInt32(344, qform ? 1 : 0, le);
    view.setInt32(348, sform ? 1 : 0, le);
    float(352, qform?.quaternion ?? []);
    float(376, qform?.offset ?? []);
    float(400, sform ?? []);
    view.setInt32(500, units, le);
  }
  writeVoxels(bytes, dataOffset, datatype, fixture.values ?? [], le);
  return bytes;
}

/** {@link niftiBytes} as a .nii.gz. */
export function niftiGzipBytes(fixture: NiftiFixture): Buffer {
  return gzipSync(niftiBytes(fixture));
}

export type RasterType = Exclude<NiftiDatatype, 'uint64'>;

function rasterBytes(type: RasterType, values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * voxelTypes[type].bytes);
  writeVoxels(bytes, 0, type, values, true);
  return bytes;
}

export interface NrrdFixture {
  readonly size: readonly number[];
  readonly type?: RasterType;
  readonly values: readonly number[];
  readonly space?: string;
  /** One vector for each axis, in `space`; "none" for an axis that is no direction. */
  readonly directions?: readonly (readonly [number, number, number] | 'none')[];
  readonly origin?: readonly [number, number, number];
  readonly kinds?: readonly string[];
  readonly encoding?: 'raw' | 'gzip';
  /** The file with the voxels (.nhdr); attached to the header where missing (.nrrd). */
  readonly dataFile?: string;
}

/** An NRRD (teem.sourceforge.net/nrrd/format.html): header, followed by the voxels unless `dataFile` names another file. */
export function nrrdBytes(fixture: NrrdFixture): Buffer {
  const { size, type = 'int16', space, directions, origin, kinds, encoding = 'raw', dataFile } = fixture;
  const vector = (v: readonly number[]) => `(${v.join(',')})`;
  const typeName = type === 'float32' ? 'float' : type === 'float64' ? 'double' : type;
  const lines = [
    'NRRD0004',
    `type: ${typeName}`,
    `dimension: ${size.length}`,
    ...(space ? [`space: ${space}`] : []),
    `sizes: ${size.join(' ')}`,
    ...(directions
      ? [`space directions: ${directions.map((d) => (d === 'none' ? d : vector(d))).join(' ')}`]
      : []),
    ...(kinds ? [`kinds: ${kinds.join(' ')}`] : []),
    'endian: little',
    `encoding: ${encoding}`,
    ...(origin ? [`space origin: ${vector(origin)}`] : []),
    ...(dataFile ? [`data file: ${dataFile}`] : []),
  ];
  if (dataFile) return Buffer.from(`${lines.join('\n')}\n`, 'latin1');
  const data = rasterBytes(type, fixture.values);
  return Buffer.concat([
    Buffer.from(`${lines.join('\n')}\n\n`, 'latin1'),
    encoding === 'gzip' ? gzipSync(data) : data,
  ]);
}

export interface MetaImageFixture {
  readonly size: readonly number[];
  readonly type?: 'int16' | 'uint8' | 'float32';
  readonly values: readonly number[];
  readonly spacing?: readonly number[];
  readonly offset?: readonly number[];
  /** Nine numbers as they stand in the file: the direction of axis i in LPS, then that of j, then that of k. */
  readonly transformMatrix?: readonly number[];
  /** Components of one voxel. */
  readonly channels?: number;
  /** The file with the voxels; LOCAL (the same file, .mha) where missing. */
  readonly dataFile?: string;
}

/** A MetaImage (itk.org/Wiki/MetaIO/Documentation): header, followed by the voxels unless `dataFile` names another file. */
export function metaImageBytes(fixture: MetaImageFixture): Buffer {
  const { size, type = 'int16', spacing, offset, transformMatrix, channels, dataFile = 'LOCAL' } = fixture;
  const typeName = { int16: 'MET_SHORT', uint8: 'MET_UCHAR', float32: 'MET_FLOAT' }[type];
  const lines = [
    'ObjectType = Image',
    `NDims = ${size.length}`,
    'BinaryData = True',
    'BinaryDataByteOrderMSB = False',
    'CompressedData = False',
    ...(transformMatrix ? [`TransformMatrix = ${transformMatrix.join(' ')}`] : []),
    ...(offset ? [`Offset = ${offset.join(' ')}`] : []),
    ...(spacing ? [`ElementSpacing = ${spacing.join(' ')}`] : []),
    `DimSize = ${size.join(' ')}`,
    ...(channels ? [`ElementNumberOfChannels = ${channels}`] : []),
    `ElementType = ${typeName}`,
    `ElementDataFile = ${dataFile}`,
  ];
  const header = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
  return dataFile === 'LOCAL' ? Buffer.concat([header, rasterBytes(type, fixture.values)]) : header;
}

/** The voxels alone, for the data file of a .mhd or .nhdr. */
export function rawVoxels({ type = 'int16', values }: Pick<NrrdFixture, 'type' | 'values'>): Buffer {
  return rasterBytes(type, values);
}
