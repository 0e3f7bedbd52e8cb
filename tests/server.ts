import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openForIngest } from '../src/archive/archive-encoder.js';
import { ingest } from '../src/archive/ingest.js';
import { type RunningServer, type ServerOptions, startServer } from '../src/server/start.js';
import type { Affine, Size3, Volume } from '../src/volume/volume.js';
import type { VolumeEntry } from '../src/volume/volume-entry.js';
import { writeNifti } from '../src/volume/write-nifti.js';
import { randomNumbers } from './random.js';

/** What the tests of the file that imports this leave to be done, from the last to the first. */
const atEnd: (() => unknown)[] = [];
// Here, because Vitest takes no hook of functions that run later, in hooks and tests.
afterAll(async () => {
  for (const tidy of atEnd.reverse()) await tidy();
});

/** A small archive on disk, for tests that start a server on it. */
export interface SmallArchive {
  /** Holds all that the tests make; removed when they are done. */
  readonly folder: string;
  readonly archive: string;
  readonly volumes: Readonly<Record<SmallVolumeId, SmallVolume>>;
}

export interface SmallVolume {
  readonly entry: VolumeEntry;
  readonly volume: Volume;
}

/**
 * `chest`: CT with a mask (1 heart, 2 spine), axes LPS, spacing 2, 3 and 4 mm. `chest-again`: the same anatomy
 * with other noise, without a mask, as .nii. `head`: MR, its slices along the first axis.
 */
export type SmallVolumeId = 'chest' | 'chest-again' | 'head';

const chestSize: Size3 = [24, 20, 12];
const chestAffine: Affine = [-2, 0, 0, 30, 0, -3, 0, 40, 0, 0, 4, -100, 0, 0, 0, 1];
const headSize: Size3 = [10, 18, 22];
/** Axial slices lie along the first axis. */
const headAffine: Affine = [0, 0, 2, -20, 0, 2.5, 0, -25, 5, 0, 0, 60, 0, 0, 0, 1];

/** HU of a body of water with a denser core, in air, with noise. */
function chest(seed: number): Int16Array {
  const random = randomNumbers(seed);
  return voxels(chestSize, (i, j, k) => {
    const distance = Math.hypot((i - 12) / 10, (j - 10) / 8);
    const tissue = distance < 0.4 ? 60 + 20 * k : distance < 1 ? -80 + 10 * k : -1000;
    return Math.round(tissue + 10 * random());
  });
}

function head(): Int16Array {
  const random = randomNumbers(9);
  return voxels(headSize, (i, j, k) => {
    const distance = Math.hypot((j - 9) / 8, (k - 11) / 10);
    return Math.round(distance < 1 ? 300 + 40 * i - 100 * distance + 20 * random() : 5 * random());
  });
}

function voxels([ni, nj, nk]: Size3, value: (i: number, j: number, k: number) => number): Int16Array {
  const data = new Int16Array(ni * nj * nk);
  let voxel = 0;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++) data[voxel++] = value(i, j, k);
  return data;
}

/** Heart (1) in the middle of slices 3 to 6, spine (2) behind it in all. */
export function chestMask(): Uint8Array {
  return Uint8Array.from(
    voxels(chestSize, (i, j, k) => {
      if (i >= 9 && i < 15 && j >= 8 && j < 12 && k >= 3 && k <= 6) return 1;
      return i >= 11 && i < 13 && j >= 15 && j < 17 ? 2 : 0;
    }),
  );
}

/** Makes the archive with the built-in encoder. */
export async function makeSmallArchive(): Promise<SmallArchive> {
  const folder = mkdtempSync(join(tmpdir(), 'voxseek-server-'));
  atEnd.push(() => rmSync(folder, { recursive: true, force: true }));
  const scans = join(folder, 'scans');
  mkdirSync(scans);
  const chestGrid = { size: chestSize, affine: chestAffine, spacing: [2, 3, 4] as const };
  const headGrid = { size: headSize, affine: headAffine, spacing: [5, 2.5, 2] as const };
  const labels = join(scans, 'labels.json');
  writeFileSync(labels, JSON.stringify({ 1: 'heart', 2: 'spine', 3: 'liver' }));
  await writeNifti(join(scans, 'mask.nii.gz'), { ...chestGrid, data: chestMask() });
  const made = async (volume: Volume, entry: Omit<VolumeEntry, 'image'>, file: string) => {
    const image = join(scans, file);
    await writeNifti(image, volume);
    return { volume, entry: { ...entry, image } };
  };
  const volumes = {
    chest: await made(
      { ...chestGrid, data: chest(1) },
      {
        id: 'chest',
        modality: 'CT',
        patient: 'p1',
        split: 'train',
        region: 'thorax',
        mask: join(scans, 'mask.nii.gz'),
        labels,
      },
      'chest.nii.gz',
    ),
    'chest-again': await made(
      { ...chestGrid, data: chest(2) },
      { id: 'chest-again', modality: 'CT', patient: 'p2', region: 'thorax' },
      'chest-again.nii',
    ),
    head: await made(
      { ...headGrid, data: head() },
      { id: 'head', modality: 'MR', patient: 'p1', region: 'head' },
      'head.nii.gz',
    ),
  };
  const archivePath = join(folder, 'archive');
  const { archive, encoder } = await openForIngest(archivePath);
  const report = await ingest(
    archive,
    encoder,
    Object.values(volumes).map(({ entry }) => entry),
  );
  await encoder.close();
  await archive.close();
  if (report.failures.length > 0) throw new Error(JSON.stringify(report.failures));
  return { folder, archive: archivePath, volumes };
}

export interface TestServer extends RunningServer {
  /** What it wrote to its log. */
  readonly log: readonly string[];
  /** Asks it: an address below the server's root, with a slash in front. */
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
}

/** Starts a server at a free port; it is stopped when the tests are done. */
export async function startTestServer(
  { archive, folder }: Pick<SmallArchive, 'archive' | 'folder'>,
  options: Partial<ServerOptions> = {},
): Promise<TestServer> {
  const log: string[] = [];
  const server = await startServer(archive, {
    port: 0,
    cache: join(folder, 'cache'),
    log: (line) => log.push(line),
    ...options,
  });
  atEnd.push(() => server.close());
  return { ...server, log, get: (path, init) => fetch(`${server.url}${path.slice(1)}`, init) };
}
