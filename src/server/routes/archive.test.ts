import { beforeAll, describe, expect, it } from 'vitest';
import { makeSmallArchive, startTestServer, type TestServer } from '../../../tests/server.js';
import { Archive } from '../../archive/archive.js';
import { version } from '../../version.js';
import { type ArchiveFacts, archiveFacts, type VolumeDetail, type VolumePage } from '../schemas.js';

let server: TestServer;
let archive: string;

beforeAll(async () => {
  const small = await makeSmallArchive();
  archive = small.archive;
  server = await startTestServer(small);
});

const json = async <T>(path: string) => (await (await server.get(path)).json()) as T;
const ids = async (query: string) =>
  (await json<VolumePage>(`/v1/volumes?${query}`)).volumes.map(({ id }) => id);

describe('GET /v1/health', () => {
  it('says that the server runs, and which version', async () => {
    const response = await server.get('/v1/health');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok', version }]);
  });
});

describe('GET /v1/archive', () => {
  it('counts what the archive holds', async () => {
    const facts = await json<ArchiveFacts>('/v1/archive');
    expect(archiveFacts.parse(facts)).toMatchObject({
      name: 'archive',
      encoder: { name: 'descriptor-v1' },
      plane: 'axial',
      everyMm: null,
      volumes: 3,
      slices: 12 + 12 + 10,
      modalities: { CT: 2, MR: 1 },
      regions: { head: 1, thorax: 2 },
      splits: { train: 1 },
      labels: { heart: 1, spine: 1 },
    });
  });

  it('has another revision when a volume has changed, and the same when nothing has', async () => {
    const { revision } = await json<ArchiveFacts>('/v1/archive');
    expect((await json<ArchiveFacts>('/v1/archive')).revision).toBe(revision);
    const other = await Archive.open(archive);
    const record = await other.volume('head');
    await other.updateRecord({ ...record, split: 'test' });
    const changed = await json<ArchiveFacts>('/v1/archive');
    expect(changed.splits).toEqual({ test: 1, train: 1 });
    expect(changed.revision).not.toBe(revision);
    await other.updateRecord({ ...record, split: null });
    await other.close();
    expect((await json<ArchiveFacts>('/v1/archive')).revision).toBe(revision);
  });
});

describe('GET /v1/volumes', () => {
  it('lists volumes without the paths of their files', async () => {
    const response = await server.get('/v1/volumes');
    const text = await response.text();
    expect(text).not.toContain('scans');
    const { total, volumes } = JSON.parse(text) as VolumePage;
    expect(total).toBe(3);
    expect(volumes[0]).toMatchObject({
      id: 'chest',
      patient: 'p1',
      split: 'train',
      modality: 'CT',
      region: 'thorax',
      labels: ['heart', 'spine'],
      size: [24, 20, 12],
      spacing: [2, 3, 4],
      sliceCount: 12,
    });
  });

  it.each([
    ['text=P1', ['chest', 'head']],
    ['text=again', ['chest-again']],
    ['text=HEART', ['chest']],
    ['modality=MR', ['head']],
    ['region=thorax', ['chest', 'chest-again']],
    ['split=train', ['chest']],
    ['label=spine', ['chest']],
    [`filter=${encodeURIComponent("patient = 'p1' AND modality = 'CT'")}`, ['chest']],
    ['text=nothing', []],
    ['offset=1&limit=1', ['chest-again']],
    ['offset=3', []],
    ['sort=region', ['head', 'chest', 'chest-again']],
  ])('narrows them down: %s', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it('gives the newest first, where that is asked', async () => {
    const { volumes } = await json<VolumePage>('/v1/volumes?sort=ingestedAt');
    const times = volumes.map(({ ingestedAt }) => ingestedAt);
    expect(times).toEqual([...times].sort().reverse());
  });

  it.each(['limit=0', 'limit=1001', 'offset=-1', 'modality=PET', 'sort=size', 'colour=red', 'limit=many'])(
    'refuses %s',
    async (query) => {
      const response = await server.get(`/v1/volumes?${query}`);
      expect([response.status, await response.json()]).toMatchObject([400, { code: 'USAGE', status: 400 }]);
    },
  );

  it('refuses a condition that is no SQL, naming it', async () => {
    const response = await server.get('/v1/volumes?filter=colour%20%3D%201');
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { code: 'FILTER_INVALID', subject: 'colour = 1' },
    ]);
  });
});

describe('GET /v1/volumes/{id}', () => {
  it('tells geometry, slices and labels, in the indices of the file', async () => {
    const chest = await json<VolumeDetail>('/v1/volumes/chest');
    expect(chest).toMatchObject({
      affine: [-2, 0, 0, 30, 0, -3, 0, 40, 0, 0, 4, -100, 0, 0, 0, 1],
      hasMask: true,
      sliceAxis: 2,
      annotated: null,
      airSlices: 0,
    });
    expect(chest.slices.map(({ index, positionMm }) => [index, positionMm])).toEqual(
      Array.from({ length: 12 }, (_, k) => [k, -100 + 4 * k]),
    );
    expect(chest.slices[2]!.labels).toEqual(['spine']);
    expect(chest.slices[3]!.labels).toEqual(['heart', 'spine']);
    const head = await json<VolumeDetail>('/v1/volumes/head');
    expect(head).toMatchObject({ hasMask: false, sliceAxis: 0, sliceCount: 10 });
    expect(head.slices[1]).toEqual({ index: 1, positionMm: 65, labels: [] });
  });

  it('does not know every id', async () => {
    for (const id of ['nobody', '..%2Fchest', "x' OR '1'='1", 'a'.repeat(1000)]) {
      const response = await server.get(`/v1/volumes/${id}`);
      expect([response.status, await response.json()]).toMatchObject([
        404,
        { code: 'VOLUME_UNKNOWN', subject: null },
      ]);
    }
  });
});

describe('GET /v1/errors/{code}', () => {
  it('is where the type of a problem leads', async () => {
    const problem = await json<{ type: string; title: string; advice: string }>('/v1/volumes/nobody');
    expect(problem.type).toBe('/v1/errors/VOLUME_UNKNOWN');
    expect(await json(problem.type)).toEqual({
      code: 'VOLUME_UNKNOWN',
      status: 404,
      meaning: problem.title,
      advice: problem.advice,
    });
    expect((await server.get('/v1/errors/toString')).status).toBe(404);
  });
});
