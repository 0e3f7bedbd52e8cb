import { cpSync, mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ArchiveContent,
  bytesBelow,
  contentOf,
  filesBelow,
  orphanSlices,
  tinyEncoder,
  tinyManifest,
  writeTinyVolume,
  writeTinyVolumes,
} from '../../tests/archive-fixtures.js';
import { RunningScript } from '../../tests/processes.js';
import { randomNumbers } from '../../tests/random.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { Archive } from './archive.js';
import { ingest } from './ingest.js';

const script = 'tests/ingest-process.ts';
const folder = temporaryFolder();
const volumes = join(folder, 'volumes');

async function ingested(archivePath: string, entries: readonly VolumeEntry[]): Promise<ArchiveContent> {
  const archive = await Archive.openOrCreate(archivePath, tinyManifest());
  await ingest(archive, tinyEncoder(), entries);
  const content = await contentOf(archive);
  await archive.close();
  return content;
}

/** Every volume that is visible has all of its slices: loading them throws otherwise. */
async function visible(archivePath: string): Promise<ArchiveContent> {
  const archive = await Archive.open(archivePath);
  const content = await contentOf(archive);
  await archive.close();
  return content;
}

/** As if the last kill had been some time ago: files of processes that just ended are left alone at first. */
function age(archivePath: string): void {
  const past = new Date(Date.now() - 5 * 60_000);
  for (const path of filesBelow(archivePath)) utimesSync(join(archivePath, path), past, past);
}

const unfinished = (archivePath: string) =>
  filesBelow(archivePath).filter((path) => /\.tmp|\.manifest#|\.voxseek\.json\./.test(path));

describe('an ingest that is killed', () => {
  const archivePath = join(folder, 'random');
  let entries: VolumeEntry[];
  let undisturbed: ArchiveContent;
  let undisturbedBytes: number;

  beforeAll(async () => {
    mkdirSync(volumes);
    entries = await writeTinyVolumes(volumes, 'v', 24);
    undisturbed = await ingested(join(folder, 'undisturbed'), entries);
    undisturbedBytes = bytesBelow(join(folder, 'undisturbed'));
  });

  it('at random moments, again and again, ends equal to one that was not', async () => {
    const random = randomNumbers(20);
    let kills = 0;
    for (let round = 0; round < 8; round++) {
      const process = new RunningScript(script, { archive: archivePath, entries });
      await process.printed('ready');
      await new Promise((wake) => setTimeout(wake, random() * 250));
      const { signal } = await process.kill();
      if (signal === 'SIGKILL') kills++;
      const content = await visible(archivePath).catch((error: { code: string }) => {
        expect(error.code).toBe('ARCHIVE_NOT_FOUND');
        return undefined;
      });
      for (const volume of content?.volumes ?? []) {
        expect(content!.slices[volume.id]).toEqual(undisturbed.slices[volume.id]);
      }
    }
    expect(kills).toBeGreaterThanOrEqual(4);
    age(archivePath);
    expect(await ingested(archivePath, entries)).toEqual(undisturbed);
    expect(await orphanSlices(archivePath)).toBe(0);
    expect(unfinished(archivePath)).toEqual([]);
    expect(filesBelow(join(archivePath, 'writers'))).toEqual([]);
    expect(bytesBelow(archivePath)).toBeLessThan(2 * undisturbedBytes);
  });
});

describe('an ingest that is killed just before or after one of its writes', () => {
  let entries: VolumeEntry[];
  let undisturbed: ArchiveContent;
  let before: ArchiveContent;

  beforeAll(async () => {
    mkdirSync(volumes, { recursive: true });
    // The first one takes the place of another volume with its id, so that there is something to delete.
    before = await ingested(join(folder, 'before'), [await writeTinyVolume(volumes, 'p00', 4711)]);
    entries = await writeTinyVolumes(volumes, 'p', 2);
    undisturbed = await ingested(join(folder, 'undisturbed-two'), entries);
  });

  // Writes: slices, volume and deletion of the replaced volume; slices and volume of the second one; four
  // optimisations. Two moments each.
  it.concurrent.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16])('at moment %i', async (dieAt) => {
    const archivePath = join(folder, `moment-${dieAt}`);
    cpSync(join(folder, 'before'), archivePath, { recursive: true });
    const killed = await new RunningScript(script, { archive: archivePath, entries, dieAt }).done;
    expect(killed.signal, killed.errors + killed.output).toBe('SIGKILL');

    const between = await visible(archivePath);
    const ids = between.volumes.map((volume) => volume.id);
    // Write 1 makes the new p00 visible, write 4 makes p01 visible: in one step each, which has not happened
    // at an even moment and has at an odd one.
    expect(between.slices.p00).toEqual(dieAt >= 3 ? undisturbed.slices.p00 : before.slices.p00);
    expect(ids).toEqual(dieAt >= 9 ? ['p00', 'p01'] : ['p00']);

    expect(await ingested(archivePath, entries)).toEqual(undisturbed);
    expect(await orphanSlices(archivePath)).toBe(0);
  });
});
