import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { affineToQuaternion } from './quaternion.js';
import type { Volume, VoxelArray } from './volume.js';
import { writeNifti } from './write-nifti.js';

const failure: { rename?: Error; open?: Error } = {};
vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs/promises')>();
  return {
    ...original,
    open: (...parameters: Parameters<typeof original.open>) =>
      failure.open ? Promise.reject(failure.open) : original.open(...parameters),
    rename: (...parameters: Parameters<typeof original.rename>) =>
      failure.rename ? Promise.reject(failure.rename) : original.rename(...parameters),
  };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'voxseek-nifti-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  delete failure.rename;
  delete failure.open;
});

function volumeOf(data: VoxelArray, affine: readonly number[] = straight): Volume {
  return { data, size: [2, 3, 4], spacing: [1, 1, 1], affine };
}

const straight = [2, 0, 0, -10, 0, 3, 0, 20, 0, 0, 4, -30, 0, 0, 0, 1];
const flipped = [-2, 0, 0, 10, 0, -3, 0, 20, 0, 0, 4, -30, 0, 0, 0, 1];
// A quarter turn about z, and the third axis against the right-hand rule.
const leftHanded = [0, -1.5, 0, 5, 2.5, 0, 0, 6, 0, 0, -3.5, 7, 0, 0, 0, 1];
// 30 degrees about x.
const oblique = [2, 0, 0, 1, 0, 0.75 * Math.sqrt(3), -1, 2, 0, 0.75, Math.sqrt(3), 3, 0, 0, 0, 1];
const sheared = [2, 1, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1];
const affines = { straight, flipped, leftHanded, oblique, sheared };

const arrays: readonly VoxelArray[] = [
  Uint8Array.from({ length: 24 }, (_, index) => 250 - index),
  Int8Array.from({ length: 24 }, (_, index) => index - 20),
  Uint16Array.from({ length: 24 }, (_, index) => 60000 + index),
  Int16Array.from({ length: 24 }, (_, index) => index * 100 - 1024),
  Uint32Array.from({ length: 24 }, (_, index) => 4_000_000_000 + index),
  Int32Array.from({ length: 24 }, (_, index) => index - 2_000_000_000),
  Float32Array.from({ length: 24 }, (_, index) => index / 8 - 1),
  Float64Array.from({ length: 24 }, (_, index) => Math.PI * index),
];

describe('writeNifti', () => {
  it('writes the fields of the header where nifti1.h puts them', async () => {
    const path = join(folder, 'volume.nii');
    await writeNifti(path, volumeOf(arrays[3]!), { description: 'made for a test' });
    const bytes = readFileSync(path);
    expect(bytes.length).toBe(352 + 24 * 2);
    expect(bytes.readInt32LE(0)).toBe(348);
    expect([0, 1, 2, 3, 4].map((axis) => bytes.readInt16LE(40 + 2 * axis))).toEqual([3, 2, 3, 4, 1]);
    expect(bytes.readInt16LE(70)).toBe(4);
    expect(bytes.readInt16LE(72)).toBe(16);
    expect([0, 1, 2, 3].map((axis) => bytes.readFloatLE(76 + 4 * axis))).toEqual([1, 2, 3, 4]);
    expect(bytes.readFloatLE(108)).toBe(352);
    expect(bytes.readFloatLE(112)).toBe(1);
    expect(bytes.readFloatLE(116)).toBe(0);
    expect(bytes[123]).toBe(2);
    expect(bytes.toString('ascii', 148, 164)).toBe('made for a test\0');
    expect([bytes.readInt16LE(252), bytes.readInt16LE(254)]).toEqual([1, 1]);
    expect(bytes.toString('ascii', 344, 348)).toBe('n+1\0');
    expect(bytes.readInt16LE(352)).toBe(-1024);
    expect(bytes.readInt16LE(352 + 46)).toBe(1276);
  });

  it('compresses .nii.gz to the same bytes', async () => {
    await writeNifti(join(folder, 'a.nii'), volumeOf(arrays[0]!));
    await writeNifti(join(folder, 'a.nii.gz'), volumeOf(arrays[0]!), { gzipLevel: 1 });
    expect(gunzipSync(readFileSync(join(folder, 'a.nii.gz')))).toEqual(readFileSync(join(folder, 'a.nii')));
  });

  it('writes volumes larger than one chunk whole', async () => {
    const data = Int16Array.from({ length: 100 * 100 * 130 }, (_, index) => index % 3001);
    const path = join(folder, 'large.nii.gz');
    await writeNifti(path, { data, size: [100, 100, 130], spacing: [1, 1, 1], affine: straight });
    const bytes = gunzipSync(readFileSync(path));
    expect(bytes.length).toBe(352 + data.byteLength);
    expect(Buffer.compare(bytes.subarray(352), Buffer.from(data.buffer))).toBe(0);
  });

  it('cuts a long description to the 79 bytes that fit', async () => {
    await writeNifti(join(folder, 'a.nii'), volumeOf(arrays[0]!), { description: 'x'.repeat(200) });
    const bytes = readFileSync(join(folder, 'a.nii'));
    expect(bytes.toString('ascii', 148, 228)).toBe(`${'x'.repeat(79)}\0`);
    expect(bytes.readInt16LE(254)).toBe(1);
  });

  it.each([
    ['ENOSPC', 'STORAGE_FULL'],
    ['EDQUOT', 'STORAGE_FULL'],
    ['EACCES', 'STORAGE_NOT_WRITABLE'],
    ['EROFS', 'STORAGE_NOT_WRITABLE'],
  ])('turns %s into %s and leaves nothing behind', async (system, code) => {
    failure.rename = Object.assign(new Error(system), { code: system });
    await expect(writeNifti(join(folder, 'a.nii.gz'), volumeOf(arrays[0]!))).rejects.toMatchObject({ code });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps the old file when it cannot write the new one', async () => {
    const path = join(folder, 'a.nii');
    await writeNifti(path, volumeOf(arrays[0]!));
    const before = readFileSync(path);
    failure.open = Object.assign(new Error('full'), { code: 'ENOSPC' });
    await expect(writeNifti(path, volumeOf(arrays[1]!))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['a.nii']);
  });

  it('refuses what NIfTI-1 cannot hold', async () => {
    const write = (name: string, volume: Volume) => writeNifti(join(folder, name), volume);
    await expect(write('a.nrrd', volumeOf(arrays[0]!))).rejects.toMatchObject({ code: 'USAGE' });
    await expect(write('a.nii', volumeOf(new Uint8Array(23)))).rejects.toMatchObject({
      code: 'VOLUME_CORRUPT',
    });
    for (const affine of [
      [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
      [1, 0, 0, 0, 0, Number.NaN, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    ]) {
      await expect(write('a.nii', volumeOf(arrays[0]!, affine))).rejects.toMatchObject({
        code: 'GEOMETRY_DEGENERATE',
      });
    }
    await expect(
      write('a.nii', {
        data: new Uint8Array(40000),
        size: [40000, 1, 1],
        spacing: [1, 1, 1],
        affine: straight,
      }),
    ).rejects.toMatchObject({ code: 'GEOMETRY_DEGENERATE' });
    await expect(write('missing/a.nii', volumeOf(arrays[0]!))).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('affineToQuaternion', () => {
  it('gives the quaternions that are known by hand', () => {
    expect(affineToQuaternion(straight)).toMatchObject({ vector: [0, 0, 0], handedness: 1, exact: true });
    // Both axes of the plane turned round: half a turn about z.
    const half = affineToQuaternion(flipped);
    expect(half.vector.map(Math.abs)).toEqual([0, 0, 1]);
    expect(half.spacing).toEqual([2, 3, 4]);
    const tilted = affineToQuaternion(oblique);
    expect(tilted.vector[0]).toBeCloseTo(Math.sin(Math.PI / 12), 12);
    expect(affineToQuaternion(leftHanded)).toMatchObject({ handedness: -1, exact: true });
    expect(affineToQuaternion(sheared).exact).toBe(false);
  });
});

const python = '/usr/bin/python3';
const haveNibabel = spawnSync(python, ['-c', 'import nibabel']).status === 0;
const nibabelSuite = haveNibabel ? describe : describe.skip;

nibabelSuite(`against nibabel${haveNibabel ? '' : ' [skipped: no /usr/bin/python3 with nibabel]'}`, () => {
  const script = `
import sys, json, nibabel
image = nibabel.load(sys.argv[1])
data = image.dataobj.get_unscaled()
qform = image.header.get_qform(coded=True)
print(json.dumps({
  "dtype": str(data.dtype), "shape": data.shape, "data": [float(v) for v in data.flatten(order="F")],
  "scaled": [float(v) for v in image.get_fdata().flatten(order="F")],
  "affine": image.affine.flatten().tolist(), "zooms": [float(v) for v in image.header.get_zooms()],
  "qform": None if qform[0] is None else qform[0].flatten().tolist(), "qcode": int(qform[1]),
  "scode": int(image.header["sform_code"]), "units": image.header.get_xyzt_units()[0]}))`;
  const load = (path: string) => JSON.parse(execFileSync(python, ['-c', script, path], { encoding: 'utf8' }));

  it.each(arrays.map((array) => [array.constructor.name, array] as const))(
    'keeps %s',
    async (name, array) => {
      const path = join(folder, 'a.nii.gz');
      await writeNifti(path, volumeOf(array));
      const read = load(path);
      expect(read.dtype).toBe(name.replace('Array', '').toLowerCase());
      expect(read.shape).toEqual([2, 3, 4]);
      expect(read.data).toEqual([...array]);
      expect(read.scaled).toEqual([...array]);
    },
  );

  it.each(Object.entries(affines))('keeps the %s affine', async (name, affine) => {
    const path = join(folder, 'a.nii');
    await writeNifti(path, volumeOf(arrays[0]!, affine));
    const read = load(path);
    for (const [entry, value] of affine.entries()) expect(read.affine[entry]).toBeCloseTo(value, 5);
    expect(read.scode).toBe(1);
    expect(read.units).toBe('mm');
    if (name === 'sheared') {
      expect(read.qcode).toBe(0);
    } else {
      expect(read.qcode).toBe(1);
      for (const [entry, value] of affine.entries()) expect(read.qform[entry]).toBeCloseTo(value, 5);
    }
  });
});
