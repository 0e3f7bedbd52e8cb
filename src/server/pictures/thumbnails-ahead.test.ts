import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { makeSmallArchive, type SmallArchive, startTestServer } from '../../../tests/server.js';
import { Archive } from '../../archive/archive.js';
import type { VolumePage } from '../schemas.js';
import { FileCache } from './file-cache.js';
import { Pictures } from './pictures.js';
import { ThumbnailsAhead } from './thumbnails-ahead.js';
import { VolumeCache } from './volume-cache.js';

let small: SmallArchive;
const timing = { betweenMs: 5 };

beforeAll(async () => {
  small = await makeSmallArchive();
});

const pngsIn = (folder: string) =>
  existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.png')) : [];

async function made(name: string, mayWork: () => boolean) {
  const archive = await Archive.open(small.archive);
  const folder = join(small.folder, name);
  const volumes = new VolumeCache();
  const pictures = new Pictures('axial', volumes, await FileCache.open(folder, 1e9));
  const ahead = new ThumbnailsAhead(archive, pictures, mayWork, timing);
  ahead.start();
  const close = async () => {
    await ahead.close();
    await archive.close();
  };
  return { archive, folder, volumes, close };
}

describe('ThumbnailsAhead', () => {
  it('makes the very thumbnails that the lists of the viewer ask for', async () => {
    const server = await startTestServer(small, {
      cache: join(small.folder, 'served'),
      thumbnailsAhead: true,
    });
    const folder = join(small.folder, 'served', 'pictures');
    await vi.waitFor(() => expect(pngsIn(folder)).toHaveLength(3), 15_000);
    const { volumes } = (await (await server.get('/v1/volumes')).json()) as VolumePage;
    for (const { id, revision } of volumes) {
      const address = `/v1/volumes/${id}/thumbnail.png?size=96&revision=${revision}`;
      const response = await server.get(address);
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
    expect(pngsIn(folder)).toHaveLength(3);
    await server.close();
  });

  it('does nothing while somebody wants something, and stops when it is told to', async () => {
    let mayWork = false;
    const { folder, close } = await made('busy', () => mayWork);
    await new Promise((wake) => setTimeout(wake, 100));
    expect(pngsIn(folder)).toEqual([]);
    mayWork = true;
    await vi.waitFor(() => expect(pngsIn(folder).length).toBeGreaterThan(0), 5000);
    await close();
  });

  it('goes on after a volume that cannot be read, and makes those of volumes that come later', async () => {
    const { image } = small.volumes.head.entry;
    renameSync(image, `${image}.away`);
    const { archive, folder, close } = await made('later', () => true);
    await vi.waitFor(() => expect(pngsIn(folder)).toHaveLength(2), 5000);
    renameSync(`${image}.away`, image);
    const record = await archive.volume('head');
    const slices = await archive.sliceRecords(record);
    const { embeddings } = await archive.loadSlices([record]);
    const { revision: _, sliceCount: __, ...facts } = record;
    const another = { ...facts, id: 'another', imageHash: 'f'.repeat(64), contentHash: 'f'.repeat(64) };
    expect(await archive.store(another, slices, embeddings, undefined)).toBe(true);
    await vi.waitFor(() => expect(pngsIn(folder)).toHaveLength(3), 5000);
    await archive.remove(['another']);
    await close();
  });
});
