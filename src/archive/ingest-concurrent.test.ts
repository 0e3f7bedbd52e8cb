import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ArchiveContent,
  contentOf,
  filesBelow,
  orphanSlices,
  rawTables,
  tinyEncoder,
  tinyManifest,
  tinySlices,
  writeTinyVolume,
  writeTinyVolumes,
} from '../../tests/archive-fixtures.js';
import { RunningScript } from '../../tests/processes.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import type { VoxseekError } from '../errors.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { Archive } from './archive.js';
import { type IngestReport, ingest } from './ingest.js';

const script = 'tests/ingest-process.ts';
const folder = temporaryFolder();
let common: VolumeEntry[];
let first: VolumeEntry[];
let second: VolumeEntry[];

beforeAll(async () => {
  mkdirSync(join(folder, 'volumes'));
  common = await writeTinyVolumes(join(folder, 'volumes'), 'common', 12);
  first = await writeTinyVolumes(join(folder, 'volumes'), 'first', 6);
  second = await writeTinyVolumes(join(folder, 'volumes'), 'second', 6);
});

const newFolder = () => join(mkdtempSync(join(folder, 'archive-')), 'a');

async function undisturbed(entries: readonly VolumeEntry[]): Promise<ArchiveContent> {
  const archive = await Archive.openOrCreate(newFolder(), tinyManifest());
  await ingest(archive, tinyEncoder(), entries);
  const content = await contentOf(archive);
  await archive.close();
  return content;
}

/** Several processes that open the archive at the same moment; the report of each. */
async function together(
  archive: string,
  inputs: readonly (readonly VolumeEntry[])[],
  whileRunning: (isRunning: () => boolean) => Promise<void> = async () => {},
): Promise<IngestReport[]> {
  const startAt = Date.now() + 1500 + 500 * inputs.length;
  const processes = inputs.map((entries) => new RunningScript(script, { archive, entries, startAt }));
  let running = true;
  const watching = whileRunning(() => running);
  const results = await Promise.all(processes.map((process) => process.done));
  running = false;
  await watching;
  return results.map(({ exitCode, output, errors }) => {
    expect(exitCode, errors).toBe(0);
    return JSON.parse(output.trim().split('\n').at(-1)!) as IngestReport;
  });
}

async function expectEqualAndClean(archivePath: string, expected: ArchiveContent): Promise<void> {
  const archive = await Archive.open(archivePath);
  expect(await contentOf(archive)).toEqual(expected);
  await archive.removeLeftovers();
  await archive.close();
  const { volumes, slices } = await rawTables(archivePath);
  expect(volumes).toHaveLength(expected.volumes.length);
  expect(slices).toHaveLength((tinySlices - 1) * volumes.length);
  expect(await orphanSlices(archivePath)).toBe(0);
  expect(filesBelow(join(archivePath, 'writers'))).toEqual([]);
}

const sum = (reports: readonly IngestReport[], outcome: keyof IngestReport['outcomes']) =>
  reports.reduce((total, report) => total + report.outcomes[outcome], 0);

describe('processes that ingest at the same time into an archive that none of them has made yet', () => {
  it('two with the same inputs: each volume once', async () => {
    const path = newFolder();
    const reports = await together(path, [common, common]);
    expect(sum(reports, 'added')).toBe(12);
    expect(sum(reports, 'unchanged')).toBe(12);
    await expectEqualAndClean(path, await undisturbed(common));
  });

  it('four with inputs that overlap, in other orders, while others read: nothing lost, doubled or in part', async () => {
    const path = newFolder();
    const backwards = [...common].reverse();
    let readings = 0;
    let last = 0;
    const reports = await together(
      path,
      [
        [...common, ...first],
        [...backwards, ...second],
        [...first, ...common],
        [...second, ...backwards],
      ],
      async (isRunning) => {
        while (isRunning()) {
          const archive = await Archive.open(path).catch((error: VoxseekError) => {
            expect(error.code).toBe('ARCHIVE_NOT_FOUND');
          });
          if (archive) {
            // One reader that stays, over several versions.
            for (let i = 0; i < 5; i++) {
              const { volumes, slices } = await contentOf(archive);
              expect(volumes.length).toBeGreaterThanOrEqual(last);
              last = volumes.length;
              for (const volume of volumes) expect(slices[volume.id]).toHaveLength(tinySlices - 1);
              readings++;
            }
            await archive.close();
          }
          await new Promise((wake) => setTimeout(wake, 20));
        }
      },
    );
    expect(readings).toBeGreaterThan(5);
    expect(sum(reports, 'added')).toBe(24);
    expect(sum(reports, 'failed')).toBe(0);
    await expectEqualAndClean(path, await undisturbed([...common, ...first, ...second]));
  });

  it('two that name the same scans differently: each scan once, under the smaller id', async () => {
    const path = newFolder();
    const copies = common.map((entry) => {
      const image = join(folder, 'volumes', `copy-of-${entry.id}.nii`);
      copyFileSync(entry.image, image);
      return { ...entry, id: `other-${entry.id}`, image };
    });
    await together(path, [common, copies]);
    const archive = await Archive.open(path);
    const volumes = await archive.volumes();
    expect(volumes).toHaveLength(12);
    expect(new Set(volumes.map((volume) => volume.contentHash)).size).toBe(12);
    await archive.removeLeftovers();
    await archive.close();
    expect(await orphanSlices(path)).toBe(0);
  });

  it('two that replace the same volumes: each replaced once, no old slice left', async () => {
    const path = newFolder();
    await undisturbedAt(path, common);
    const changed = await Promise.all(
      common.map((entry, i) => writeTinyVolume(join(folder, 'volumes'), entry.id, 7000 + i)),
    );
    const reports = await together(path, [changed, changed]);
    expect(sum(reports, 'replaced')).toBe(12);
    await expectEqualAndClean(path, await undisturbed(changed));
  });
});

async function undisturbedAt(path: string, entries: readonly VolumeEntry[]): Promise<void> {
  const archive = await Archive.openOrCreate(path, tinyManifest());
  await ingest(archive, tinyEncoder(), entries);
  await archive.close();
}

describe('several writers and readers in one process', () => {
  it('lose nothing while volumes are replaced, removed and compacted under a reader', async () => {
    const path = newFolder();
    await undisturbedAt(path, [...common, ...first]);
    const changed = await Promise.all(
      first.map((entry, i) => writeTinyVolume(join(folder, 'volumes'), entry.id, 9000 + i)),
    );
    const reader = await Archive.open(path);
    const remover = await Archive.open(path);
    const writer = await Archive.open(path);
    let busy = true;
    let readings = 0;
    const watch = async () => {
      while (busy) {
        const records = await reader.volumes();
        const ids = records.map((record) => record.id);
        for (const { id } of common) expect(ids).toContain(id);
        try {
          const { sliceIndex } = await reader.loadSlices(records);
          expect(sliceIndex).toHaveLength((tinySlices - 1) * records.length);
          readings++;
        } catch (error) {
          // Removed between the two readings: said, not hidden.
          expect((error as VoxseekError).code).toBe('ARCHIVE_BUSY');
        }
      }
    };
    const change = async () => {
      for (let round = 0; round < 3; round++) {
        await remover.remove([first[0]!.id]);
        await ingest(writer, tinyEncoder(), round % 2 === 0 ? changed : first);
        await remover.compact();
      }
      busy = false;
    };
    await Promise.all([watch(), change()]);
    expect(readings).toBeGreaterThan(0);
    await writer.close();
    await remover.close();
    await reader.close();
    await expectEqualAndClean(path, await undisturbed([...common, ...changed]));
  });
});
