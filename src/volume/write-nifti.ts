import { open } from 'node:fs/promises';
import { endianness } from 'node:os';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { VoxseekError } from '../errors.js';
import { writeWhole } from '../write-whole.js';
import { affineToQuaternion } from './quaternion.js';
import type { Volume, VoxelArray } from './volume.js';

export interface WriteNiftiOptions {
  /** Free text of the header (`descrip`), at most 79 bytes of ASCII; what is longer is cut. Default: empty. */
  readonly description?: string;
  /** Compression of a .nii.gz from 1 (fast) to 9 (small). Default 6, zlib's own. */
  readonly gzipLevel?: number;
}

const headerBytes = 352;
const chunkBytes = 1 << 20;
const littleEndian = endianness() === 'LE';

/**
 * Writes a volume as one NIfTI-1 file: `.nii`, or compressed as `.nii.gz`. The affine is kept as sform (code 1)
 * and, where it is a rotation times scales, as qform (code 1) too; units are millimetres; stored values are the
 * values of the volume (slope 1, intercept 0). The file appears under its name only when it is whole.
 *
 * Numbers are in the byte order of this machine, as the standard allows; the affine is rounded to float32.
 *
 * Source: NIfTI-1 data format, https://nifti.nimh.nih.gov/nifti-1 (nifti1.h).
 *
 * @throws VoxseekError USAGE for another file name, GEOMETRY_DEGENERATE for an affine or size that the format
 *   cannot hold, VOLUME_CORRUPT where data and size differ, STORAGE_FULL, STORAGE_NOT_WRITABLE, FILE_NOT_FOUND.
 */
export async function writeNifti(
  path: string,
  volume: Volume,
  options: WriteNiftiOptions = {},
): Promise<void> {
  const compressed = path.endsWith('.nii.gz');
  if (!compressed && !path.endsWith('.nii')) {
    throw new VoxseekError('USAGE', 'a NIfTI file is named .nii or .nii.gz', { subject: path });
  }
  const header = niftiHeader(path, volume, options.description ?? '');
  await writeWhole(path, async (temporary) => {
    const file = await open(temporary, 'wx');
    const output = file.createWriteStream();
    const input = Readable.from(chunks(header, volume.data));
    if (compressed) {
      // Large chunks: each one is a trip through zlib's thread pool.
      const gzip = createGzip({ level: options.gzipLevel ?? 6, chunkSize: chunkBytes / 4 });
      await pipeline(input, gzip, output);
    } else {
      await pipeline(input, output);
    }
  });
}

function* chunks(header: Uint8Array, data: VoxelArray): Generator<Uint8Array> {
  yield header;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    yield bytes.subarray(start, start + chunkBytes);
  }
}

/** Data type code and bits per voxel of NIfTI-1 for each kind of array. */
function dataType(data: VoxelArray): readonly [code: number, bits: number] {
  if (data instanceof Uint8Array) return [2, 8];
  if (data instanceof Int16Array) return [4, 16];
  if (data instanceof Int32Array) return [8, 32];
  if (data instanceof Float32Array) return [16, 32];
  if (data instanceof Float64Array) return [64, 64];
  if (data instanceof Int8Array) return [256, 8];
  if (data instanceof Uint16Array) return [512, 16];
  return [768, 32];
}

function niftiHeader(path: string, volume: Volume, description: string): Uint8Array {
  const { affine, data, size } = volume;
  if (data.length !== size[0] * size[1] * size[2]) {
    throw new VoxseekError('VOLUME_CORRUPT', `${data.length} voxels for a size of ${size.join(' x ')}`, {
      subject: path,
    });
  }
  if (size.some((length) => length < 1 || length > 32767)) {
    throw new VoxseekError(
      'GEOMETRY_DEGENERATE',
      `a size of ${size.join(' x ')} does not fit into NIfTI-1, whose limit is 32767 along an axis`,
      { subject: path },
    );
  }
  const quaternion = affineToQuaternion(affine);
  if (quaternion.spacing.some((length) => !(length > 0 && length < Number.POSITIVE_INFINITY))) {
    throw new VoxseekError('GEOMETRY_DEGENERATE', 'the affine is not finite or has a zero column', {
      subject: path,
    });
  }
  const header = new Uint8Array(headerBytes);
  const view = new DataView(header.buffer);
  const int16 = (offset: number, value: number) => view.setInt16(offset, value, littleEndian);
  const int32 = (offset: number, value: number) => view.setInt32(offset, value, littleEndian);
  const float32 = (offset: number, value: number) => view.setFloat32(offset, value, littleEndian);
  const text = (offset: number, value: string, limit: number) =>
    header.set(Buffer.from(value, 'ascii').subarray(0, limit), offset);
  const [code, bits] = dataType(data);

  int32(0, 348);
  text(38, 'r', 1);
  for (const [axis, length] of [3, ...size, 1, 1, 1, 1].entries()) int16(40 + 2 * axis, length);
  int16(70, code);
  int16(72, bits);
  for (const [axis, length] of [quaternion.handedness, ...quaternion.spacing, 1, 1, 1, 1].entries()) {
    float32(76 + 4 * axis, length);
  }
  float32(108, headerBytes);
  float32(112, 1);
  float32(116, 0);
  const millimetres = 2;
  view.setUint8(123, millimetres);
  text(148, description, 79);
  int16(252, quaternion.exact ? 1 : 0);
  int16(254, 1);
  for (const [part, value] of quaternion.vector.entries()) float32(256 + 4 * part, value);
  for (const [axis, row] of [3, 7, 11].entries()) float32(268 + 4 * axis, affine[row]!);
  for (let entry = 0; entry < 12; entry++) float32(280 + 4 * entry, affine[entry]!);
  text(344, 'n+1\0', 4);
  return header;
}
