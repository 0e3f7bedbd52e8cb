import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  makeSmallArchive,
  type SmallArchive,
  startTestServer,
  type TestServer,
} from '../../../tests/server.js';
import { Archive } from '../../archive/archive.js';
import { type ArchiveFacts, type ArchiveMap, archiveMap, type SearchAnswer } from '../schemas.js';

let small: SmallArchive;
let server: TestServer;

beforeAll(async () => {
  small = await makeSmallArchive();
  server = await startTestServer(small);
});

const json = async <T>(path: string, init?: RequestInit) =>
  (await (await server.get(path, init)).json()) as T;
const maps = () =>
  readdirSync(join(small.folder, 'cache', 'pictures')).filter((name) => name.endsWith('.json'));

describe('GET /v1/map', () => {
  it('places every volume, and says how like its nearest other one it is', async () => {
    const map = archiveMap.parse(await json('/v1/map'));
    expect(map.revision).toBe((await json<ArchiveFacts>('/v1/archive')).revision);
    expect(map.method).toBe('PCA of mean embeddings');
    expect(map.volumes.map(({ id }) => id)).toEqual(['chest', 'chest-again', 'head']);
    const [chest, again, head] = map.volumes as [
      ArchiveMap['volumes'][number],
      ArchiveMap['volumes'][number],
      ArchiveMap['volumes'][number],
    ];
    expect([chest.nearestVolume, again.nearestVolume]).toEqual(['chest-again', 'chest']);
    const distance = (a: typeof chest, b: typeof chest) => Math.hypot(a.x - b.x, a.y - b.y);
    expect(distance(chest, again)).toBeLessThan(distance(chest, head) / 2);
    // The same number as a search gives.
    const { hits } = await json<SearchAnswer>('/v1/search', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ volume: 'head', k: 1 }),
    });
    expect(head.nearestVolume).toBe(hits[0]!.volume);
    expect(head.nearest).toBeCloseTo(hits[0]!.meanSimilarity, 5);
  });

  it('is made once for a revision, also when several ask at once and for the next server', async () => {
    rmSync(join(small.folder, 'cache', 'pictures', maps()[0]!));
    const another = await startTestServer(small);
    await Promise.all(Array.from({ length: 5 }, () => another.get('/v1/map')));
    expect(maps()).toHaveLength(1);
    const first = await json('/v1/map');
    const third = await startTestServer(small);
    expect(await (await third.get('/v1/map')).json()).toEqual(first);
    expect(maps()).toHaveLength(1);
  });

  it('is another one when the archive has changed', async () => {
    const other = await Archive.open(small.archive);
    const record = await other.volume('head');
    const before = await json<ArchiveMap>('/v1/map');
    await other.remove([record.id]);
    await other.close();
    const after = await json<ArchiveMap>('/v1/map');
    expect(after.revision).not.toBe(before.revision);
    expect(after.volumes.map(({ id }) => id)).toEqual(['chest', 'chest-again']);
  });
});
