import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  fillVoxels,
  type MetaImageFixture,
  metaImageBytes,
  type NrrdFixture,
  nrrdBytes,
  rawVoxels,
  temporaryFolder,
  writeFixture,
} from '../../tests/volume-fixtures.js';
import { readVolume } from './read.js';

const folder = temporaryFolder();
const size = [3, 4, 5] as const;
const values = fillVoxels(size, (i, j, k) => i + 10 * j + 100 * k);

// A turn about x by the 5-12-13 triangle, then about z by the 3-4-5 triangle: no two numbers of the matrix are
// equal but for sign, so that a transposed matrix is another one.
const unitI = [0.8, 0.6, 0] as const;
const unitJ = [-3 / 13, 4 / 13, 12 / 13] as const;
const unitK = [7.2 / 13, -9.6 / 13, 5 / 13] as const;
const spacing = [0.5, 1.3, 2.6] as const;
const stepI = [0.4, 0.3, 0] as const;
const stepJ = [-0.3, 0.4, 1.2] as const;
const stepK = [1.44, -1.92, 1] as const;
const origin = [10, 20, 30] as const;
/** The columns are the steps, the last one the origin; x and y change sign from LPS to RAS. */
const affineFromLps = [-0.4, 0.3, -1.44, -10, -0.3, -0.4, 1.92, -20, 0, 1.2, 1, 30, 0, 0, 0, 1];
const affineFromRas = [0.4, -0.3, 1.44, 10, 0.3, 0.4, -1.92, 20, 0, 1.2, 1, 30, 0, 0, 0, 1];

const rotatedNrrd: NrrdFixture = {
  size,
  values,
  space: 'left-posterior-superior',
  directions: [stepI, stepJ, stepK],
  origin,
};
const rotatedMetaImage: MetaImageFixture = {
  size,
  values,
  spacing,
  offset: origin,
  transformMatrix: [...unitI, ...unitJ, ...unitK],
};

async function expectRotated(path: string, affine: readonly number[]): Promise<void> {
  const volume = await readVolume(path);
  expect(volume.size).toEqual(size);
  expect(Array.from(volume.data)).toEqual(values);
  volume.affine.forEach((value, index) => {
    expect(value).toBeCloseTo(affine[index]!, 6);
  });
  volume.spacing.forEach((value, axis) => {
    expect(value).toBeCloseTo(spacing[axis]!, 6);
  });
}

describe('NRRD', () => {
  it.each([
    ['left-posterior-superior', 'raw', affineFromLps],
    ['left-posterior-superior', 'gzip', affineFromLps],
    ['right-anterior-superior', 'raw', affineFromRas],
    ['right-anterior-superior', 'gzip', affineFromRas],
  ] as const)('has its axes in patient space: %s, %s', async (space, encoding, affine) => {
    const bytes = nrrdBytes({ ...rotatedNrrd, space, encoding });
    await expectRotated(writeFixture(folder, `${space}-${encoding}.nrrd`, bytes), affine);
  });

  it('may have sheared axes (gantry tilt)', async () => {
    const directions = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 1.5, 4],
    ] as const;
    const path = writeFixture(folder, 'sheared.nrrd', nrrdBytes({ ...rotatedNrrd, directions }));
    const { affine } = await readVolume(path);
    const expected = [-1, 0, 0, -10, 0, -1, -1.5, -20, 0, 0, 4, 30];
    affine.slice(0, 12).forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index]!, 6);
    });
  });

  it.each(['uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'float32', 'float64'] as const)(
    'holds %s',
    async (type) => {
      const small = values.map((value) => value % 100);
      const path = writeFixture(folder, `${type}.nrrd`, nrrdBytes({ ...rotatedNrrd, type, values: small }));
      expect(Array.from((await readVolume(path)).data)).toEqual(small);
    },
  );

  it('may have an axis of one component before or after the three', async () => {
    const before = nrrdBytes({
      ...rotatedNrrd,
      size: [1, ...size],
      directions: ['none', stepI, stepJ, stepK],
      kinds: ['list', 'domain', 'domain', 'domain'],
    });
    await expectRotated(writeFixture(folder, 'before.nrrd', before), affineFromLps);
    const after = nrrdBytes({ size: [...size, 1], values });
    expect((await readVolume(writeFixture(folder, 'after.nrrd', after))).size).toEqual(size);
  });

  it('in two files is found by its header', async () => {
    writeFixture(folder, 'detached.raw', rawVoxels(rotatedNrrd));
    const bytes = nrrdBytes({ ...rotatedNrrd, dataFile: 'detached.raw' });
    await expectRotated(writeFixture(folder, 'detached.nhdr', bytes), affineFromLps);
  });

  it('may have its ending in capitals', async () => {
    await expectRotated(writeFixture(folder, 'CAPITALS.NRRD', nrrdBytes(rotatedNrrd)), affineFromLps);
  });
});

describe('MetaImage', () => {
  it('in one file has its axes in patient space', async () => {
    await expectRotated(writeFixture(folder, 'one.mha', metaImageBytes(rotatedMetaImage)), affineFromLps);
  });

  it('in two files is found by its header, also in another folder', async () => {
    mkdirSync(join(folder, 'voxels'));
    for (const dataFile of ['two.raw', 'voxels/two.raw']) {
      writeFixture(folder, dataFile, rawVoxels(rotatedMetaImage));
      const bytes = metaImageBytes({ ...rotatedMetaImage, dataFile });
      await expectRotated(writeFixture(folder, 'two.mhd', bytes), affineFromLps);
    }
  });

  it('may have a name with spaces and accents', async () => {
    const path = writeFixture(folder, 'tête et cou.mha', metaImageBytes(rotatedMetaImage));
    await expectRotated(path, affineFromLps);
  });
});

const three = [...values, ...values, ...values];
const nrrd = nrrdBytes(rotatedNrrd);
const compressed = nrrdBytes({ ...rotatedNrrd, encoding: 'gzip' });
const mha = metaImageBytes(rotatedMetaImage);
const broken: [string, string, Uint8Array | string, string, RegExp][] = [
  ['a text file', 'text.nrrd', 'hello\n', 'VOLUME_CORRUPT', /does not begin as a file of this format/],
  ['an empty file', 'empty.nrrd', '', 'VOLUME_CORRUPT', /does not begin/],
  ['without its last byte', 'last.nrrd', nrrd.subarray(0, -1), 'VOLUME_CORRUPT', /broken or incomplete/],
  ['cut in its header', 'header.nrrd', nrrd.subarray(0, 60), 'VOLUME_CORRUPT', /broken or incomplete/],
  ['cut gzip', 'cut.nrrd', compressed.subarray(0, -20), 'VOLUME_CORRUPT', /broken or incomplete/],
  [
    'a header of 10^15 voxels',
    'huge.nrrd',
    'NRRD0004\ntype: int16\ndimension: 3\nsizes: 100000 100000 100000\nendian: little\nencoding: raw\n\nabc',
    'VOLUME_CORRUPT',
    /broken or incomplete/,
  ],
  ['a text file', 'text.mha', 'hello\n', 'VOLUME_CORRUPT', /does not begin/],
  ['without its last byte', 'last.mha', mha.subarray(0, -1), 'VOLUME_CORRUPT', /not read completely/],
  [
    'without its data file',
    'lost.mhd',
    metaImageBytes({ ...rotatedMetaImage, dataFile: 'lost.raw' }),
    'VOLUME_CORRUPT',
    /Cannot open data file/,
  ],
  [
    'of vectors',
    'vector.nrrd',
    nrrdBytes({
      ...rotatedNrrd,
      size: [3, ...size],
      values: three,
      directions: ['none', stepI, stepJ, stepK],
      kinds: ['vector', 'domain', 'domain', 'domain'],
    }),
    'VOLUME_NOT_3D',
    /3 x 4 x 5 with 3 components a voxel/,
  ],
  [
    'of two channels',
    'channels.mha',
    metaImageBytes({ ...rotatedMetaImage, values: [...values, ...values], channels: 2 }),
    'VOLUME_NOT_3D',
    /with 2 components a voxel/,
  ],
  ['4D', '4d.nrrd', nrrdBytes({ size: [...size, 3], values: three }), 'VOLUME_NOT_3D', /3 x 4 x 5 x 3/],
  ['2D', '2d.nrrd', nrrdBytes({ size: [3, 4], values: values.slice(0, 12) }), 'VOLUME_NOT_3D', /3 x 4/],
  [
    'a single slice',
    'single.nrrd',
    nrrdBytes({ ...rotatedNrrd, size: [3, 4, 1], values: values.slice(0, 12) }),
    'VOLUME_NOT_3D',
    /3 x 4 x 1: a single image/,
  ],
  [
    'parallel axes',
    'parallel.nrrd',
    nrrdBytes({ ...rotatedNrrd, directions: [stepI, stepI, stepK] }),
    'GEOMETRY_DEGENERATE',
    /same direction/,
  ],
  [
    'a zero axis',
    'zero.nrrd',
    nrrdBytes({ ...rotatedNrrd, directions: [stepI, [0, 0, 0], stepK] }),
    'GEOMETRY_DEGENERATE',
    /not finite|zero/,
  ],
  [
    'zero spacing',
    'zero.mha',
    metaImageBytes({ ...rotatedMetaImage, spacing: [0, 1, 1] }),
    'GEOMETRY_DEGENERATE',
    /spacing is zero/,
  ],
];

describe('a file that cannot be used', () => {
  it.each(broken)('is refused: %s (%s)', async (_, name, content, code, reason) => {
    const path = writeFixture(folder, name, content);
    await expect(readVolume(path)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(path),
      reason: expect.stringMatching(reason),
    });
  });

  it('leaves nothing on stdout and stderr, and the process ends', async () => {
    const path = writeFixture(folder, 'silent.mha', mha.subarray(0, -1));
    const program = `
      import { readVolume } from ${JSON.stringify(join(import.meta.dirname, 'read.ts'))};
      await readVolume(process.argv[1]).then(() => process.exit(3), (error) => { process.exitCode = error.exitCode; });
    `;
    const child = promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program, path],
      { timeout: 50_000 },
    );
    await expect(child).rejects.toMatchObject({ code: 65, killed: false, stdout: '', stderr: '' });
  });
});
