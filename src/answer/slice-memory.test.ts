import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  tinyEncoder,
  tinyManifest,
  writeTinyVolume,
  writeTinyVolumes,
} from '../../tests/archive-fixtures.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { Archive } from '../archive/archive.js';
import { ingest } from '../archive/ingest.js';
import type { StoredSlices } from '../archive/stored-slices.js';
import { SliceMemory } from './slice-memory.js';

const folder = temporaryFolder();
let archive: Archive;

beforeAll(async () => {
  archive = await Archive.openOrCreate(join(folder, 'archive'), tinyManifest());
  await ingest(archive, tinyEncoder(), await writeTinyVolumes(folder, 'v', 4));
});
afterAll(() => archive.close());

/** Everything but the records: id, slice index, position and vector of every row. */
function rowsOf(slices: StoredSlices): unknown[] {
  return slices.volumes.flatMap(({ volume, firstRow, rowCount }) =>
    Array.from({ length: rowCount }, (_, i) => {
      const row = firstRow + i;
      const vector = slices.embeddings.slice(row * slices.dimension, (row + 1) * slices.dimension);
      return [volume.id, slices.sliceIndex[row], slices.positionMm[row], ...vector];
    }),
  );
}

describe('SliceMemory', () => {
  it('reads once what is there, also for several at the same time', async () => {
    const memory = new SliceMemory(archive);
    const read = vi.spyOn(archive, 'loadSlices');
    const all = await archive.volumes();
    const [first, second] = await Promise.all([memory.slicesOf(all), memory.slicesOf(all)]);
    const third = await memory.slicesOf(all.slice(1));
    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(read).toHaveBeenCalledTimes(1);
    read.mockRestore();
  });

  it('adds new volumes and drops replaced ones, and is then as if all had been read at once', async () => {
    const memory = new SliceMemory(archive);
    await memory.slicesOf(await archive.volumes());
    await ingest(archive, tinyEncoder(), [
      await writeTinyVolume(folder, 'a-first', 100),
      await writeTinyVolume(folder, 'v02', 101),
      await writeTinyVolume(folder, 'z-last', 102),
    ]);
    const read = vi.spyOn(archive, 'loadSlices');
    const now = await archive.volumes();
    const held = await memory.slicesOf(now);
    expect(read.mock.calls.map(([volumes]) => volumes.map(({ id }) => id))).toEqual([
      ['a-first', 'v02', 'z-last'],
    ]);
    read.mockRestore();
    expect(now.map(({ id }) => id)).toEqual(['a-first', 'v00', 'v01', 'v02', 'v03', 'z-last']);
    expect(rowsOf(held)).toEqual(rowsOf(await archive.loadSlices(now)));
  });

  it('drops what was removed when more than a quarter of the rows is dead, without reading anything', async () => {
    const other = await Archive.openOrCreate(join(folder, 'other'), tinyManifest());
    await ingest(other, tinyEncoder(), await writeTinyVolumes(folder, 'w', 8));
    const memory = new SliceMemory(other);
    const ids = async () => {
      // A search with a filter asks for some of them only.
      const slices = await memory.slicesOf((await other.volumes()).slice(-2));
      return slices.volumes.map(({ volume }) => volume.id);
    };
    await memory.slicesOf(await other.volumes());
    const read = vi.spyOn(other, 'loadSlices');
    await other.remove(['w00', 'w03']);
    expect(await ids()).toHaveLength(8);
    await other.remove(['w01']);
    expect(await ids()).toEqual(['w02', 'w04', 'w05', 'w06', 'w07']);
    expect(read.mock.calls.every(([volumes]) => volumes.length === 0)).toBe(true);
    read.mockRestore();
    const now = await other.volumes();
    expect(rowsOf(await memory.slicesOf(now))).toEqual(rowsOf(await other.loadSlices(now)));
    await other.close();
  });

  it('goes on after a reading that failed', async () => {
    const memory = new SliceMemory(archive);
    const all = await archive.volumes();
    const read = vi.spyOn(archive, 'loadSlices').mockRejectedValueOnce(new Error('disk'));
    await expect(memory.slicesOf(all)).rejects.toThrow('disk');
    read.mockRestore();
    expect((await memory.slicesOf(all)).volumes).toHaveLength(all.length);
  });
});
