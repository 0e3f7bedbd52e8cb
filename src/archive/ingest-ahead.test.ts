import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { contentOf, orphanSlices, tinyEncoder, tinyManifest } from '../../tests/archive-fixtures.js';
import { RunningScript } from '../../tests/processes.js';
import { randomNumbers } from '../../tests/random.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { createDescriptorEncoder } from '../encoder/descriptor/descriptor.js';
import { encodeSlices } from '../encoder/encode-slices.js';
import type { Encoder } from '../encoder/encoder.js';
import { VoxseekError } from '../errors.js';
import { intensityContext } from '../volume/intensity.js';
import { readVolume } from '../volume/read.js';
import { slicePositions } from '../volume/slice.js';
import type { Modality, Plane, VoxelArray } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { writeNifti } from '../volume/write-nifti.js';
import { Archive } from './archive.js';
import { type IngestOptions, ingest } from './ingest.js';
import type { Answer, Request } from './reading/messages.js';

/** Reader threads that were started, and what was seen of them. */
const watched = vi.hoisted(() => ({
  threads: [] as Worker[],
  alive: 0,
  volumes: 0,
  mostVolumes: 0,
  groups: 0,
  mostGroups: 0,
}));

vi.mock('node:worker_threads', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:worker_threads')>();
  class WatchedWorker extends original.Worker {
    constructor(filename: string | URL, options?: WorkerOptions) {
      super(filename, options);
      watched.threads.push(this);
      watched.alive++;
      this.once('exit', () => watched.alive--);
      this.on('message', (answer: Answer) => {
        if (answer.kind === 'group') watched.mostGroups = Math.max(watched.mostGroups, ++watched.groups);
        if (answer.kind === 'failed' || answer.kind === 'stopped') watched.volumes--;
        if (answer.kind === 'group' && answer.isLast) watched.volumes--;
      });
    }

    override postMessage(request: Request, transfer?: readonly ArrayBuffer[]): void {
      if (request.kind === 'cut') watched.mostVolumes = Math.max(watched.mostVolumes, ++watched.volumes);
      if (request.kind === 'taken') watched.groups--;
      super.postMessage(request, transfer);
    }
  }
  return { ...original, Worker: WatchedWorker };
});

const folder = temporaryFolder();
let names = 0;

afterEach(async () => {
  const { alive } = watched;
  Object.assign(watched, { threads: [], alive: 0, volumes: 0, mostVolumes: 0, groups: 0, mostGroups: 0 });
  // Ended with the run that started them.
  expect(alive).toBe(0);
});

function newArchive(encoder: Encoder = tinyEncoder(), plane: Plane = 'axial'): Promise<Archive> {
  const manifest = tinyManifest({ encoder: encoder.identity, slicing: { plane, everyMm: null } });
  return Archive.openOrCreate(join(folder, `archive-${names++}`), manifest);
}

/** So large that a thread reads it: 5 MB of voxels, the first slices air. */
const size = [160, 160, 100] as const;
const airSlices = 20;

async function writeLarge(
  id: string,
  seed: number,
  { modality = 'CT', ending = 'nii', data }: { modality?: Modality; ending?: string; data?: VoxelArray } = {},
): Promise<VolumeEntry> {
  const random = randomNumbers(seed);
  const area = size[0] * size[1];
  const image = join(folder, `${id}-${names++}.${ending}`);
  await writeNifti(image, {
    data:
      data ??
      Int16Array.from({ length: area * size[2] }, (_, voxel) =>
        voxel < airSlices * area || voxel % 160 < 20 ? -1000 : Math.round(random() * 400 - 100),
      ),
    size,
    spacing: [1.5, 1.5, 2],
    // Columns run to the left, as in most files of CT.
    affine: [-1.5, 0, 0, 100, 0, -1.5, 0, 90, 0, 0, 2, -50, 0, 0, 0, 1],
  });
  return { id, image, modality };
}

/** What the library gives for the slices of one volume when nothing runs beside it. */
async function encodedAlone({ image, modality }: VolumeEntry, encoder: Encoder, plane: Plane) {
  const volume = await readVolume(image);
  const intensity = intensityContext(volume, modality!, image);
  return encodeSlices(volume, plane, slicePositions(volume, plane), intensity, encoder);
}

describe('volumes that are read ahead', () => {
  let entries: VolumeEntry[];

  beforeAll(async () => {
    entries = [];
    for (let i = 0; i < 6; i++) entries.push(await writeLarge(`v${i}`, i + 1));
  });

  it.each(['axial', 'coronal'] as const)(
    'give the same vectors as one after the other: %s',
    async (plane) => {
      const encoder = createDescriptorEncoder();
      const random = randomNumbers(77);
      const mr = Float32Array.from({ length: size[0] * size[1] * size[2] }, (_, i) =>
        i % 160 < 30 ? 0 : 1000 * random(),
      );
      const mixed = [
        await writeLarge('int16', 101, { ending: 'nii.gz' }),
        await writeLarge('float32', 102, { modality: 'MR', data: mr }),
        await writeLarge('uint16', 103, { modality: 'MR', data: Uint16Array.from(mr) }),
      ];
      const archive = await newArchive(encoder, plane);
      const report = await ingest(archive, encoder, mixed);
      expect(report).toMatchObject({ outcomes: { added: 3 }, failures: [] });
      expect(watched.threads.length).toBeGreaterThan(0);
      for (const entry of mixed) {
        const alone = await encodedAlone(entry, encoder, plane);
        const stored = await archive.loadSlices([await archive.volume(entry.id)]);
        expect([...stored.sliceIndex]).toEqual(alone.slices.map(({ index }) => index));
        expect(Buffer.from(stored.embeddings.buffer).equals(Buffer.from(alone.embeddings.buffer))).toBe(true);
        expect((await archive.volume(entry.id)).airSlices).toBe(alone.airSlices);
      }
      await archive.close();
    },
  );

  it('are no more than there are places for, and of each only a bounded part waits', async () => {
    const archive = await newArchive();
    const encoder: Encoder = {
      ...tinyEncoder(),
      embed: async (images, intensity) => {
        // Slow, so that readers get ahead as far as they may.
        await new Promise((wake) => setTimeout(wake, 15));
        return tinyEncoder().embed(images, intensity);
      },
    };
    const told: string[] = [];
    const report = await ingest(archive, encoder, entries, { onProgress: ({ id }) => told.push(id) });
    expect(report.outcomes.added).toBe(6);
    expect(told).toEqual(entries.map(({ id }) => id));
    const threads = Math.min(4, availableParallelism());
    expect(watched.threads).toHaveLength(threads);
    expect(watched.mostVolumes).toBe(threads);
    // 16 slices of 160 x 160 numbers of 4 bytes take 1.6 MB; 48 MiB may wait.
    expect(watched.mostGroups).toBeLessThanOrEqual(threads * 30);
    await archive.close();
  });

  it('count the labels of their masks', async () => {
    const archive = await newArchive();
    const mask = new Uint8Array(size[0] * size[1] * size[2]);
    const area = size[0] * size[1];
    mask.fill(1, 50 * area, 50 * area + 7);
    mask.fill(2, 3 * area, 3 * area + 5); // in the air
    const volume = await readVolume(entries[0]!.image);
    const maskPath = join(folder, 'mask.nii.gz');
    await writeNifti(maskPath, { ...volume, data: mask });
    const labels = join(folder, 'labels.json');
    writeFileSync(labels, JSON.stringify({ 1: 'liver', 2: 'spleen' }));
    await ingest(archive, tinyEncoder(), [{ ...entries[0]!, mask: maskPath, labels }]);
    const record = await archive.volume('v0');
    expect(record.labels).toEqual(['liver', 'spleen']);
    const labelled = (await archive.sliceRecords(record)).filter(({ labelVoxels }) => labelVoxels.size > 0);
    expect(labelled.map(({ index, labelVoxels }) => [index, [...labelVoxels]])).toEqual([
      [3, [['spleen', 5]]],
      [50, [['liver', 7]]],
    ]);
    await archive.close();
  });

  it('stay with whoever read them, where they are no files', async () => {
    const encoder = createDescriptorEncoder();
    const archive = await newArchive(encoder);
    const kept = await readVolume(entries[0]!.image);
    const { image } = entries[0]!;
    const hash = async () => 'f'.repeat(64);
    const source = { location: image, hash, read: async () => kept };
    await ingest(archive, encoder, [
      { ...entries[0]!, source },
      {
        ...entries[1]!,
        image: 'https://example.org/series',
        source: { ...source, hash: async () => 'e'.repeat(64) },
      },
    ]);
    expect(kept.data).toHaveLength(size[0] * size[1] * size[2]);
    const alone = await encodedAlone(entries[0]!, encoder, 'axial');
    for (const id of ['v0', 'v1']) {
      const stored = await archive.loadSlices([await archive.volume(id)]);
      expect(Buffer.from(stored.embeddings.buffer).equals(Buffer.from(alone.embeddings.buffer))).toBe(true);
    }
    await archive.close();
  });

  it('fail each by itself, in their order, while others are read', async () => {
    const archive = await newArchive();
    const broken = await writeLarge('broken', 50, { ending: 'nii.gz' });
    truncateSync(broken.image, Math.floor(readFileSync(broken.image).length / 2));
    const otherGrid = join(folder, 'other-grid.nii');
    await writeNifti(otherGrid, {
      ...(await readVolume(entries[2]!.image)),
      affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    });
    const twin = { ...entries[1]!, id: 'twin' };
    const told: string[] = [];
    const report = await ingest(
      archive,
      tinyEncoder(),
      [entries[0]!, broken, entries[1]!, twin, { ...entries[2]!, mask: otherGrid }, entries[3]!],
      { onProgress: ({ id, outcome }) => told.push(`${id} ${outcome}`) },
    );
    expect(told).toEqual([
      'v0 added',
      'broken failed',
      'v1 added',
      'twin duplicate',
      'v2 failed',
      'v3 added',
    ]);
    expect(report.failures.map(({ id, code }) => [id, code])).toEqual([
      ['broken', 'VOLUME_CORRUPT'],
      ['v2', 'MASK_GRID_MISMATCH'],
    ]);
    expect(report.failures[0]!.message).toContain(broken.image);
    await archive.close();
  });

  it('are told as failed where their thread dies; the others go on in a new one', async () => {
    const archive = await newArchive();
    let calls = 0;
    const encoder: Encoder = {
      ...tinyEncoder(),
      embed: async (images, intensity) => {
        if (++calls === 2) await Promise.all(watched.threads.map((thread) => thread.terminate()));
        return tinyEncoder().embed(images, intensity);
      },
    };
    const report = await ingest(archive, encoder, entries);
    const { added, failed } = report.outcomes;
    expect(failed).toBeGreaterThan(0);
    expect(added).toBeGreaterThan(0);
    expect(added + failed).toBe(6);
    for (const { code, message, image } of report.failures) {
      expect(code).toBe('INTERNAL');
      expect(message).toContain('thread');
      expect(message).toContain(image);
    }
    const again = await ingest(archive, tinyEncoder(), entries);
    expect(again.outcomes).toMatchObject({ added: failed, unchanged: added });
    expect((await archive.loadSlices(await archive.volumes())).sliceIndex).toHaveLength(
      6 * (size[2] - airSlices),
    );
    await archive.close();
  });

  it('are left when the run is stopped in the middle; nothing half is stored', async () => {
    const archive = await newArchive();
    const stop = new AbortController();
    let calls = 0;
    let stoppedAt = 0;
    const encoder: Encoder = {
      ...tinyEncoder(),
      embed: async (images, intensity) => {
        if (++calls === 8) {
          stop.abort();
          stoppedAt = performance.now();
        }
        return tinyEncoder().embed(images, intensity);
      },
    };
    const options: IngestOptions = { signal: stop.signal };
    const report = await ingest(archive, encoder, entries, options);
    expect(performance.now() - stoppedAt).toBeLessThan(3000);
    expect(report.interrupted).toBe(true);
    expect(report.outcomes.failed).toBe(0);
    expect(calls).toBe(8);
    expect((await archive.volumes()).map(({ id }) => id)).toEqual(
      entries.slice(0, report.outcomes.added).map(({ id }) => id),
    );
    expect(await orphanSlices(archive.folder)).toBe(0);

    const rest = await ingest(archive, tinyEncoder(), entries);
    expect(rest.outcomes).toMatchObject({
      added: 6 - report.outcomes.added,
      unchanged: report.outcomes.added,
    });
    const undisturbed = await newArchive();
    await ingest(undisturbed, tinyEncoder(), entries);
    expect(await contentOf(archive)).toEqual(await contentOf(undisturbed));
    await archive.close();
    await undisturbed.close();
  });

  it('stop the run, after those before them, where nothing more can be stored', async () => {
    const archive = await newArchive();
    const told: string[] = [];
    const store = archive.store.bind(archive);
    let stores = 0;
    vi.spyOn(archive, 'store').mockImplementation(async (...volume) => {
      if (++stores === 3) throw new VoxseekError('STORAGE_FULL', 'no space left on the device');
      return store(...volume);
    });
    await expect(
      ingest(archive, tinyEncoder(), entries, { onProgress: ({ id }) => told.push(id) }),
    ).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(told).toEqual(['v0', 'v1']);
    expect(stores).toBe(3);
    await archive.close();
  });

  it('keep no process alive when all is done', async () => {
    const process = new RunningScript('tests/ingest-process.ts', {
      archive: join(folder, 'of-a-process'),
      entries: entries.slice(0, 3),
    });
    const { exitCode, output, errors } = await process.done;
    expect([exitCode, errors]).toEqual([0, '']);
    expect(output).toContain('done v2');
  });
});
