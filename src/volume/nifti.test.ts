import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fillVoxels, niftiBytes, temporaryFolder, writeFixture } from '../../tests/volume-fixtures.js';
import { readNifti } from './nifti.js';
import type { NiftiDatatype } from './nifti-header.js';

const folder = temporaryFolder();
const size = [2, 3, 4] as const;
const values = fillVoxels(size, (i, j, k) => i + 10 * j + 100 * k);
const sform = [-1, 0, 0, 5, 0, -2, 0, 6, 0, 0, 3, 7];
const root = Math.SQRT1_2;

describe('affine', () => {
  it('is the sform, row by row', async () => {
    const path = writeFixture(folder, 'sform.nii', niftiBytes({ size, sform }));
    expect((await readNifti(path)).affine).toEqual([...sform, 0, 0, 0, 1]);
    expect((await readNifti(path)).spacing).toEqual([1, 2, 3]);
  });

  it('is the sform where there is a qform too', async () => {
    const qform = { quaternion: [0, 0, root], offset: [1, 1, 1] } as const;
    const path = writeFixture(folder, 'both.nii', niftiBytes({ size, sform, qform }));
    expect((await readNifti(path)).affine).toEqual([...sform, 0, 0, 0, 1]);
  });

  it.each([1, -1])('is the qform where there is no sform (qfac %i)', async (qfac) => {
    // A quarter turn about z: i runs along +y, j along -x. qfac turns the third axis round.
    const qform = { quaternion: [0, 0, root], offset: [7, 8, 9], qfac } as const;
    const path = writeFixture(folder, `qform${qfac}.nii`, niftiBytes({ size, qform, spacing: [2, 3, 4] }));
    const { affine } = await readNifti(path);
    const expected = [0, -3, 0, 7, 2, 0, 0, 8, 0, 0, 4 * qfac, 9, 0, 0, 0, 1];
    affine.forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index]!, 6);
    });
  });

  it('is centred and flipped in x where there is neither, as for nibabel', async () => {
    const path = writeFixture(folder, 'neither.nii', niftiBytes({ size, spacing: [2, 3, 4] }));
    // Half of (size - 1) * spacing: 1, 3, 6.
    expect((await readNifti(path)).affine).toEqual([-2, 0, 0, 1, 0, 3, 0, -3, 0, 0, 4, -6, 0, 0, 0, 1]);
  });

  it.each([
    ['metres', 1, 1000],
    ['micrometres', 3, 0.001],
    ['millimetres and seconds', 10, 1],
    ['no unit', 0, 1],
  ])('is in millimetres for a header in %s', async (name, units, factor) => {
    const path = writeFixture(folder, `${name}.nii`, niftiBytes({ size, sform, units }));
    expect((await readNifti(path)).affine.slice(0, 12)).toEqual(sform.map((value) => value * factor));
  });
});

describe('voxels', () => {
  const types: NiftiDatatype[] = [
    'uint8',
    'int8',
    'uint16',
    'int16',
    'uint32',
    'int32',
    'int64',
    'uint64',
    'float32',
    'float64',
  ];
  const small = values.map((value) => value % 100);

  it.each(
    types.flatMap((datatype) =>
      ([1, 2] as const).flatMap((version) =>
        [false, true].map((bigEndian) => ({ datatype, version, bigEndian })),
      ),
    ),
  )('$datatype of NIfTI-$version, big endian: $bigEndian', async ({ datatype, version, bigEndian }) => {
    const bytes = niftiBytes({ size, datatype, version, bigEndian, sform, values: small });
    const path = writeFixture(folder, 'types.nii', bytes);
    const volume = await readNifti(path);
    expect(volume.size).toEqual(size);
    expect(Array.from(volume.data)).toEqual(small);
    expect(volume.affine).toEqual([...sform, 0, 0, 0, 1]);
  });

  it('stay whole numbers where 64-bit ones fit 32 bits, and are refused where they do not', async () => {
    const fits = [-(2 ** 31), 2 ** 31 - 1, ...values.slice(2)];
    const good = writeFixture(folder, 'int64.nii', niftiBytes({ size, datatype: 'int64', values: fits }));
    expect(Array.from((await readNifti(good)).data)).toEqual(fits);
    const bad = writeFixture(
      folder,
      'beyond.nii',
      niftiBytes({ size, datatype: 'int64', values: [2 ** 31, ...values.slice(1)] }),
    );
    await expect(readNifti(bad)).rejects.toMatchObject({
      code: 'VOLUME_FORMAT_UNKNOWN',
      subject: bad,
      reason: 'a 64-bit voxel holds 2147483648, beyond 32 bits',
    });
  });

  it.each([
    ['slope 0', 0, 55, (value: number) => value],
    ['slope NaN', Number.NaN, 55, (value: number) => value],
    ['infinite slope', Number.POSITIVE_INFINITY, 55, (value: number) => value],
    ['slope 1, intercept -1024', 1, -1024, (value: number) => value - 1024],
    ['slope 2, intercept NaN', 2, Number.NaN, (value: number) => 2 * value],
    ['slope 0.5, intercept 0.25', 0.5, 0.25, (value: number) => value / 2 + 0.25],
    ['slope -1', -1, 0, (value: number) => -value],
    ['slope 200: beyond 16 bits', 200, 0, (value: number) => 200 * value],
  ])('are rescaled: %s', async (_, slope, intercept, expected) => {
    const path = writeFixture(folder, 'scaled.nii', niftiBytes({ size, values, slope, intercept }));
    const { data } = await readNifti(path);
    expect(Array.from(data, (value) => value + 0)).toEqual(values.map((value) => expected(value) + 0));
  });

  it('stay in 16 bits where whole numbers are rescaled to whole numbers', async () => {
    const path = writeFixture(
      folder,
      'hounsfield.nii',
      niftiBytes({ size, values, slope: 1, intercept: -1024 }),
    );
    expect((await readNifti(path)).data).toBeInstanceOf(Int16Array);
  });

  it('begin where vox_offset says, after extensions', async () => {
    const path = writeFixture(folder, 'offset.nii', niftiBytes({ size, values, dataOffset: 1024 }));
    expect(Array.from((await readNifti(path)).data)).toEqual(values);
  });

  it.each([1, 352, 353, 540, 541])('are found where the gzip has members cut at byte %i', async (cut) => {
    const bytes = niftiBytes({ size, values });
    const members = [bytes.subarray(0, cut), bytes.subarray(cut)].map((part) => gzipSync(part));
    const path = writeFixture(folder, 'members.nii.gz', Buffer.concat(members));
    expect(Array.from((await readNifti(path)).data)).toEqual(values);
  });

  it('are those of a compressed file named .nii and of a plain one named .nii.gz', async () => {
    const bytes = niftiBytes({ size, values });
    for (const path of [
      writeFixture(folder, 'compressed.nii', gzipSync(bytes)),
      writeFixture(folder, 'plain.nii.gz', bytes),
    ]) {
      expect(Array.from((await readNifti(path)).data)).toEqual(values);
    }
  });

  it('are those of a file of more than one chunk', async () => {
    const large = [128, 96, 120] as const;
    const stored = fillVoxels(large, (i, j, k) => ((i * 31 + j * 17 + k * 7) % 4001) - 2000);
    const bytes = niftiBytes({ size: large, values: stored });
    for (const path of [
      writeFixture(folder, 'large.nii', bytes),
      writeFixture(folder, 'large.nii.gz', gzipSync(bytes, { level: 1 })),
    ]) {
      const { data } = await readNifti(path);
      expect(data.length).toBe(stored.length);
      expect(data.findIndex((value, index) => value !== stored[index])).toBe(-1);
    }
  });
});
