import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { MergeInsertBuilder, type Table } from '@lancedb/lancedb';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type ArchiveContent,
  contentOf,
  orphanSlices,
  tinyEncoder,
  tinyManifest,
  writeTinyVolumes,
} from '../../tests/archive-fixtures.js';
import { describeWithSmallDisk } from '../../tests/small-disk.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { Archive } from './archive.js';
import { ingest } from './ingest.js';
import { openTables } from './tables.js';

const folder = temporaryFolder();
let entries: VolumeEntry[];
let undisturbed: ArchiveContent;

beforeAll(async () => {
  entries = await writeTinyVolumes(folder, 'v', 12);
  const archive = await Archive.openOrCreate(join(folder, 'undisturbed'), tinyManifest());
  await ingest(archive, tinyEncoder(), entries);
  undisturbed = await contentOf(archive);
  await archive.close();
});

describeWithSmallDisk('an archive on a disk that gets full', 2 << 20, (disk) => {
  it('cannot be made there, and can once there is space', async () => {
    const path = join(disk.folder, 'new');
    disk.fill(0);
    await expect(Archive.openOrCreate(path, tinyManifest())).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    disk.empty();
    await (await Archive.openOrCreate(path, tinyManifest())).close();
  });

  it.each([0, 4096, 12288, 24576, 65536, 131072])(
    'with %i bytes left keeps what it has, and the ingest goes on once there is space',
    async (leftBytes) => {
      const path = join(disk.folder, `left-${leftBytes}`);
      const archive = await Archive.openOrCreate(path, tinyManifest());
      await ingest(archive, tinyEncoder(), entries.slice(0, 3));
      disk.fill(leftBytes);
      // The same archive object twice, as a server would, then another one, as the command does.
      for (let attempt = 0; attempt < 2; attempt++) {
        await expect(ingest(archive, tinyEncoder(), entries)).rejects.toMatchObject({
          code: 'STORAGE_FULL',
          subject: path,
        });
      }
      const { volumes, slices } = await contentOf(archive);
      expect(volumes.length).toBeGreaterThanOrEqual(3);
      expect(volumes.length).toBeLessThan(12);
      for (const { id } of volumes) expect(slices[id]).toEqual(undisturbed.slices[id]);
      await archive.close();

      disk.empty();
      const again = await Archive.openOrCreate(path, tinyManifest());
      const report = await ingest(again, tinyEncoder(), entries);
      expect(report.outcomes).toMatchObject({ added: 12 - volumes.length, unchanged: volumes.length });
      expect(await contentOf(again)).toEqual(undisturbed);
      expect(await orphanSlices(path)).toBe(0);
      await again.close();
      rmSync(path, { recursive: true });
    },
  );
});

describe('a full disk as LanceDB words it', () => {
  const full = () =>
    Promise.reject(
      new Error(
        'lance error: LanceError(IO): Generic LocalFileSystem error: Unable to copy data to file: No space left on device (os error 28), /usr/local/cargo/registry/src/lance-io-10.0.0/src/object_writer.rs:301:21',
      ),
    );

  afterEach(() => {
    vi.restoreAllMocks();
  });

  async function tableMethods(): Promise<Table> {
    const { connection, volumes } = await openTables(join(folder, 'undisturbed'), 8);
    connection.close();
    return Object.getPrototypeOf(volumes) as Table;
  }

  it.each(['slices', 'volume'] as const)(
    'while the %s are stored stops the ingest; it goes on later',
    async (what) => {
      const path = join(folder, `stub-${what}`);
      const archive = await Archive.openOrCreate(path, tinyManifest());
      await ingest(archive, tinyEncoder(), entries.slice(0, 3));
      if (what === 'slices') vi.spyOn(await tableMethods(), 'add').mockImplementation(full);
      else vi.spyOn(MergeInsertBuilder.prototype, 'execute').mockImplementation(full);
      const error = await ingest(archive, tinyEncoder(), entries).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'STORAGE_FULL', exitCode: 74, subject: path });
      expect((error as Error).message).not.toContain('.rs');
      vi.restoreAllMocks();
      expect((await contentOf(archive)).volumes).toHaveLength(3);
      const report = await ingest(archive, tinyEncoder(), entries);
      expect(report.outcomes).toMatchObject({ added: 9, unchanged: 3 });
      expect(await contentOf(archive)).toEqual(undisturbed);
      expect(await orphanSlices(path)).toBe(0);
      await archive.close();
    },
  );

  it('while small files are merged does no harm: everything is in', async () => {
    const archive = await Archive.openOrCreate(join(folder, 'stub-compact'), tinyManifest());
    const optimize = vi.spyOn(await tableMethods(), 'optimize').mockImplementation(full);
    const report = await ingest(archive, tinyEncoder(), entries);
    expect(optimize).toHaveBeenCalled();
    expect(report.outcomes.added).toBe(12);
    expect(await contentOf(archive)).toEqual(undisturbed);
    await archive.close();
  });
});
