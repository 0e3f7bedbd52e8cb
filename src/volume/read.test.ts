import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  fillVoxels,
  niftiBytes,
  niftiGzipBytes,
  nrrdBytes,
  temporaryFolder,
  writeFixture,
} from '../../tests/volume-fixtures.js';
import { isVolumeFile, readVolume, volumeStem } from './read.js';

const folder = temporaryFolder();
const size = [20, 21, 22] as const;
// Hardly compressible, so that a cut in the middle of the file is one in the middle of the voxels.
const values = fillVoxels(size, (i, j, k) => ((i * 7919 + j * 104729 + k * 1299709) % 65536) - 32768);
const sform = [-1, 0, 0, 5, 0, -2, 0, 6, 0, 0, 3, 7];
const compressed = niftiGzipBytes({ size, values, sform });
const plain = gunzipSync(compressed);

interface BadFile {
  readonly what: string;
  readonly name: string;
  readonly content: Uint8Array | string;
  readonly code: string;
  readonly reason: RegExp;
}

const corrupt = (what: string, name: string, content: Uint8Array | string, reason: RegExp): BadFile => ({
  what,
  name,
  content,
  code: 'VOLUME_CORRUPT',
  reason,
});

const truncated: BadFile[] = [
  corrupt('cut in the magic number of gzip', 'scan.nii.gz', compressed.subarray(0, 1), /ends after 1 bytes/),
  ...[10, 60, Math.floor(compressed.length / 2), compressed.length - 9, compressed.length - 1].map((length) =>
    corrupt(
      `.nii.gz cut after ${length} of ${compressed.length} bytes`,
      'scan.nii.gz',
      compressed.subarray(0, length),
      /compressed data end too early/,
    ),
  ),
  ...[0, 100, 347].flatMap((length) =>
    ['scan.nii', 'scan.nii.gz'].map((name) =>
      corrupt(
        `${name} whose content ends after byte ${length}, within the header`,
        name,
        name.endsWith('.gz') ? gzipSync(plain.subarray(0, length)) : plain.subarray(0, length),
        new RegExp(`ends after ${length} bytes, within the header`),
      ),
    ),
  ),
  ...[348, 400, 5000, plain.length - 1].map((length) =>
    corrupt(
      `.nii cut after ${length} of ${plain.length} bytes`,
      'scan.nii',
      plain.subarray(0, length),
      /truncated or its header is wrong: 20 x 21 x 22 voxels of int16 would end at byte 18832/,
    ),
  ),
  corrupt(
    '.nii.gz whose content lacks its last byte',
    'scan.nii.gz',
    gzipSync(plain.subarray(0, -1)),
    /truncated \(18831 of 18832 bytes/,
  ),
];

const damaged = Buffer.from(compressed);
damaged.fill(0xff, 2000, 2100);
const hugeNifti2 = niftiBytes({ size: [2 ** 20, 2 ** 20, 2 ** 10], version: 2, values: [1, 2, 3] });

const others: BadFile[] = [
  corrupt('a text file', 'text.nii.gz', 'This is not a scan. '.repeat(50), /not a NIfTI file/),
  corrupt('a short text file', 'short.nii.gz', 'hello', /ends after 5 bytes/),
  corrupt(
    'compressed text',
    'zipped.nii.gz',
    gzipSync('This is not a scan. '.repeat(50)),
    /not a NIfTI file/,
  ),
  corrupt('damaged in the middle', 'damaged.nii.gz', damaged, /compressed data are damaged/),
  corrupt(
    'a header of 32767^3 voxels',
    'huge.nii.gz',
    niftiGzipBytes({ size: [32767, 32767, 32767], values: [1, 2, 3] }),
    /32767 x 32767 x 32767 voxels of int16 would end at byte \d{14}/,
  ),
  corrupt(
    'a header of 3.9 GB',
    'large.nii.gz',
    niftiGzipBytes({ size: [1250, 1250, 1250], values: [1, 2, 3] }),
    /would end at byte 3906250352/,
  ),
  corrupt('a NIfTI-2 header of 2^50 voxels', 'huge2.nii', hugeNifti2, /would end at byte 2251799813685792/),
  corrupt('a negative size', 'negative.nii', niftiBytes({ size: [3, -4, 5], values: [] }), /3 x -4 x 5/),
  corrupt('no dimensions', 'rank0.nii', niftiBytes({ size: [], values: [] }), /0 dimensions/),
  corrupt(
    'the header of a pair of files',
    'pair.nii',
    (() => {
      const bytes = niftiBytes({ size: [2, 2, 2] });
      bytes.write('ni1\0', 344, 'latin1');
      bytes.writeFloatLE(0, 108);
      return bytes;
    })(),
    /begin at byte 0/,
  ),
  {
    what: '4D',
    name: '4d.nii.gz',
    content: niftiGzipBytes({ size: [3, 4, 5, 6] }),
    code: 'VOLUME_NOT_3D',
    reason: /3 x 4 x 5 x 6: a series or several channels/,
  },
  {
    what: '5D with one time point (a vector field)',
    name: '5d.nii.gz',
    content: niftiGzipBytes({ size: [3, 4, 5, 1, 3] }),
    code: 'VOLUME_NOT_3D',
    reason: /3 x 4 x 5 x 1 x 3/,
  },
  {
    what: '2D',
    name: '2d.nii.gz',
    content: niftiGzipBytes({ size: [30, 40] }),
    code: 'VOLUME_NOT_3D',
    reason: /30 x 40: one image/,
  },
  {
    what: 'a single slice',
    name: 'single.nii.gz',
    content: niftiGzipBytes({ size: [30, 40, 1], sform }),
    code: 'VOLUME_NOT_3D',
    reason: /30 x 40 x 1: a single image/,
  },
  {
    what: 'zero slices',
    name: 'none.nii.gz',
    content: niftiGzipBytes({ size: [30, 40, 0], sform }),
    code: 'VOLUME_EMPTY',
    reason: /30 x 40 x 0: there is no slice/,
  },
  {
    what: 'colour voxels',
    name: 'colour.nii',
    content: niftiBytes({ size: [2, 2, 2], datatypeCode: 128 }),
    code: 'VOLUME_FORMAT_UNKNOWN',
    reason: /datatype 128/,
  },
  ...(
    [
      ['a zero column of the sform', [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0], /spacing is zero/],
      ['parallel axes in the sform', [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0], /same direction/],
      ['NaN in srow_x', [Number.NaN, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], /not finite/],
      ['an infinite origin', [1, 0, 0, Number.NEGATIVE_INFINITY, 0, 1, 0, 0, 0, 0, 1, 0], /not finite/],
    ] as const
  ).map(([what, rows, reason]) => ({
    what,
    name: 'degenerate.nii.gz',
    content: niftiGzipBytes({ size: [3, 4, 5], sform: rows }),
    code: 'GEOMETRY_DEGENERATE',
    reason,
  })),
  {
    what: 'pixdim 0 without any form',
    name: 'pixdim.nii.gz',
    content: niftiGzipBytes({ size: [3, 4, 5], spacing: [1, 0, 1] }),
    code: 'GEOMETRY_DEGENERATE',
    reason: /spacing is zero/,
  },
  {
    what: 'another format',
    name: 'scan.dcm',
    content: 'DICM',
    code: 'VOLUME_FORMAT_UNKNOWN',
    reason: /not the name of a volume file/,
  },
];

describe('readVolume', () => {
  it('reads the file that the bad ones below are made from', async () => {
    const volume = await readVolume(writeFixture(folder, 'good.nii.gz', compressed));
    expect(Array.from(volume.data)).toEqual(values);
  });

  it.each([...truncated, ...others])(
    'refuses a file that is $what',
    async ({ name, content, code, reason }) => {
      const path = writeFixture(folder, name, content);
      const allocated = process.memoryUsage().arrayBuffers;
      await expect(readVolume(path)).rejects.toMatchObject({
        code,
        subject: path,
        message: expect.stringContaining(path),
        reason: expect.stringMatching(reason),
      });
      // No header makes it allocate more than a small file can hold.
      expect(process.memoryUsage().arrayBuffers - allocated).toBeLessThan(64 * 2 ** 20);
    },
  );

  it.each(['missing.nii.gz', 'missing.nrrd', 'missing/scan.nii'])(
    'refuses a file that is not there: %s',
    async (name) => {
      const path = join(folder, name);
      await expect(readVolume(path)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', subject: path });
    },
  );

  it.each(['folder.nii.gz', 'folder.nii', 'folder.nrrd', 'folder.mha'])(
    'refuses a folder named %s',
    async (name) => {
      const path = join(folder, name);
      mkdirSync(path);
      await expect(readVolume(path)).rejects.toMatchObject({
        code: 'FILE_NOT_FOUND',
        subject: path,
        reason: 'is a folder, not a file',
      });
    },
  );
});

describe.skipIf(process.platform === 'win32')('no read permission', () => {
  // Root may read everything, so a child process gives its rights away first; who is not root needs not.
  const program = `
    import { findVolumes } from ${JSON.stringify(join(import.meta.dirname, 'collection.ts'))};
    import { openMask } from ${JSON.stringify(join(import.meta.dirname, 'mask.ts'))};
    import { readVolume } from ${JSON.stringify(join(import.meta.dirname, 'read.ts'))};
    if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
    const [what, path] = process.argv.slice(1);
    const work = { findVolumes, openMask, readVolume }[what];
    await work(path).then(
      () => console.log('{"code":"none"}'),
      (error) => console.log(JSON.stringify({ code: error.code, subject: error.subject, message: error.message })),
    );
  `;

  async function failureAsAnotherUser(what: string, path: string): Promise<unknown> {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program, what, path],
      { timeout: 50_000 },
    );
    return JSON.parse(stdout);
  }

  it('shows in the same way that a readable file has no error', async () => {
    chmodSync(folder, 0o755);
    const path = writeFixture(folder, 'open.nii.gz', compressed);
    chmodSync(path, 0o644);
    expect(await failureAsAnotherUser('readVolume', path)).toEqual({ code: 'none' });
  });

  it.each([
    ['closed.nii.gz', compressed],
    ['closed.nrrd', nrrdBytes({ size, values })],
  ])('is an error that names the file %s', async (name, content) => {
    chmodSync(folder, 0o755);
    const path = writeFixture(folder, name, content);
    chmodSync(path, 0);
    expect(await failureAsAnotherUser('readVolume', path)).toMatchObject({
      code: 'FILE_NOT_READABLE',
      subject: path,
      message: expect.stringContaining('permission denied'),
    });
  });

  it('is an error that names the folder far below that cannot be searched', async () => {
    const tree = join(folder, 'tree');
    const closed = join(tree, 'deep', 'closed');
    mkdirSync(closed, { recursive: true });
    for (const path of [folder, tree, join(tree, 'deep')]) chmodSync(path, 0o755);
    chmodSync(closed, 0);
    const failure = await failureAsAnotherUser('findVolumes', tree);
    chmodSync(closed, 0o755);
    expect(failure).toMatchObject({ code: 'FILE_NOT_READABLE', subject: closed });
  });

  it.each(['findVolumes', 'openMask'])('is an error that names the folder: %s', async (what) => {
    chmodSync(folder, 0o755);
    const path = join(folder, `closed-for-${what}`);
    mkdirSync(path);
    writeFixture(path, 'scan.nii.gz', compressed);
    chmodSync(path, 0);
    const failure = await failureAsAnotherUser(what, path);
    // What nobody may enter nobody but root can remove.
    chmodSync(path, 0o755);
    expect(failure).toMatchObject({ code: 'FILE_NOT_READABLE', subject: path });
  });
});

it.each([
  ['scan.nii', 'scan'],
  ['scan.nii.gz', 'scan'],
  ['/a/b.c/scan.1.NII.GZ', 'scan.1'],
  ['scan.nrrd', 'scan'],
  ['scan.mhd', 'scan'],
  ['scan.nhdr', 'scan'],
  ['scan.mha', 'scan'],
])('%s is a volume file with the stem %s', (path, stem) => {
  expect(isVolumeFile(path)).toBe(true);
  expect(volumeStem(path)).toBe(stem);
});

it.each(['scan.gz', 'scan.nii.zip', 'nii', 'scan.raw', 'scan.nii.gz.part'])(
  '%s is no volume file',
  (path) => {
    expect(isVolumeFile(path)).toBe(false);
  },
);
