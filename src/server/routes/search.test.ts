import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  makeSmallArchive,
  type SmallArchive,
  startTestServer,
  type TestServer,
} from '../../../tests/server.js';
import { problemIn, upload } from '../../../tests/upload-form.js';
import { SearchEngine } from '../../answer/search-engine.js';
import { Archive } from '../../archive/archive.js';
import { ingest } from '../../archive/ingest.js';
import { writeNifti } from '../../volume/write-nifti.js';
import type { SearchAnswer } from '../schemas.js';

let small: SmallArchive;
let server: TestServer;
let chest: Buffer;
/** As another process has it open. */
let archive: Archive;
let engine: SearchEngine;

beforeAll(async () => {
  small = await makeSmallArchive();
  server = await startTestServer(small);
  chest = readFileSync(small.volumes.chest.entry.image);
  archive = await Archive.open(small.archive);
  engine = new SearchEngine(archive);
});

afterAll(async () => {
  await engine.close();
  await archive.close();
});

function post(body: unknown, to: TestServer = server, init: RequestInit = {}): Promise<Response> {
  return to.get('/v1/search', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...init,
  });
}

async function search(body: unknown, to: TestServer = server): Promise<SearchAnswer> {
  const response = await post(body, to);
  if (response.status !== 200) throw new Error(await response.text());
  return (await response.json()) as SearchAnswer;
}

async function refusal(body: unknown): Promise<[number, string]> {
  const response = await post(body);
  return [response.status, (await problemIn(response)).code];
}

const ids = ({ hits }: SearchAnswer) => hits.map(({ volume }) => volume);

describe('POST /v1/search', () => {
  it('gives the answer of the search engine', async () => {
    const { hits, query, ranking } = await search({ volume: 'chest', k: 2 });
    const direct = await engine.search({ query: 'chest', k: 2 });
    expect(ranking).toBe('late-interaction');
    expect(query).toEqual({
      volume: 'chest',
      mode: 'volume',
      label: null,
      modality: 'CT',
      plane: 'axial',
      slices: direct.query.slices,
      encoder: 'descriptor-v1',
    });
    expect(hits.map(({ volume, score, range }) => ({ volume, score, range }))).toEqual(
      direct.hits.map(({ volume, score, range }) => ({ volume: volume.id, score, range })),
    );
    expect(hits.map(({ matches }) => matches.map(({ slice }) => slice))).toEqual(
      direct.hits.map(({ matches }) => matches.map(({ slice }) => slice)),
    );
    expect(hits[0]).toMatchObject({ study: null, series: null });
    expect(hits[0]!.matches[0]).toEqual({
      querySlice: 0,
      slice: direct.hits[0]!.matches[0]!.slice,
      positionMm: direct.hits[0]!.matches[0]!.positionMm,
      similarity: direct.hits[0]!.matches[0]!.similarity,
      sopInstance: null,
      frame: null,
    });
    expect(ids({ hits } as SearchAnswer)).toEqual(['chest-again', 'head']);
    expect(hits[0]).toMatchObject({
      rank: 1,
      patient: 'p2',
      modality: 'CT',
      region: 'thorax',
      split: null,
      labels: [],
    });
  });

  it('takes filters, exclusions, rankings and candidates', async () => {
    expect(ids(await search({ volume: 'chest', exclude: 'none' }))[0]).toBe('chest');
    expect(ids(await search({ volume: 'chest', exclude: 'same-patient' }))).toEqual(['chest-again']);
    expect(ids(await search({ volume: 'chest', filter: "modality = 'MR'" }))).toEqual(['head']);
    expect(ids(await search({ volume: 'chest', candidates: 1 }))).toEqual(['chest-again']);
    for (const ranking of ['count', 'max', 'sum']) {
      const answer = await search({ volume: 'chest', ranking });
      expect([answer.ranking, ids(answer)[0]]).toEqual([ranking, 'chest-again']);
    }
  });

  it('looks for a part: a slice, a range, a box in mm, a label, cropped or not', async () => {
    expect((await search({ volume: 'chest', slice: 4 })).query).toMatchObject({ mode: 'slice', slices: [4] });
    expect((await search({ volume: 'chest', slices: [2, 4] })).query).toMatchObject({
      mode: 'region',
      slices: [2, 3, 4],
    });
    // Slice k lies at -100 + 4 k mm.
    const box = [
      [-40, 40],
      [-40, 40],
      [-92.5, -79.5],
    ];
    expect((await search({ volume: 'chest', box })).query.slices).toEqual([2, 3, 4, 5]);
    expect((await search({ volume: 'chest', label: 'heart' })).query).toMatchObject({
      label: 'heart',
      slices: [3, 4, 5, 6],
    });
    const cropped = await search({ volume: 'chest', label: 'heart', cropMarginMm: 4, exclude: 'none' });
    const whole = await search({ volume: 'chest', label: 'heart', exclude: 'none' });
    expect(cropped.query.slices).toEqual([3, 4, 5, 6]);
    expect(whole.hits[0]!.meanSimilarity).toBeCloseTo(1, 5);
    expect(cropped.hits[0]!.meanSimilarity).toBeLessThan(0.999);
  });

  it('looks for an uploaded image, whole or a part', async () => {
    const { id, images } = await upload(server, { 'mine.nii.gz': chest });
    const image = { id, image: images[0]!.id };
    const whole = await search({ upload: image });
    expect(whole.query.volume).toBeNull();
    expect(ids(whole)[0]).toBe('chest');
    expect(whole.hits[0]!.meanSimilarity).toBeCloseTo(1, 5);
    expect(whole.warnings.join()).toContain('in the archive already, as chest');
    expect(ids(await search({ upload: image, exclude: 'self' }))).not.toContain('chest');
    expect((await search({ upload: image, slices: [2, 4] })).query.slices).toEqual([2, 3, 4]);
    // Its mask is that of the same scan in the archive.
    expect((await search({ upload: image, label: 'heart' })).query.slices).toEqual([3, 4, 5, 6]);
    const again = await search({ upload: image });
    expect(again.hits).toEqual(whole.hits);
    expect(again.timings.encode).toBe(0);
    await server.get(`/v1/uploads/${id}`, { method: 'DELETE' });
    expect(await refusal({ upload: image })).toEqual([404, 'UPLOAD_UNKNOWN']);
  });

  it('opens no path of a client', async () => {
    const path = small.volumes.chest.entry.image;
    for (const volume of [path, `${path}#`, '../archive', 'file:///etc/passwd', "x' OR '1' = '1"]) {
      const response = await post({ volume });
      const text = await response.text();
      expect([volume, response.status, JSON.parse(text).code]).toEqual([volume, 404, 'VOLUME_UNKNOWN']);
    }
    expect(await refusal({ volume: path, label: 'heart', cropMarginMm: 1 })).toEqual([404, 'VOLUME_UNKNOWN']);
    expect(await refusal({ upload: { id: '../..', image: path } })).toEqual([404, 'UPLOAD_UNKNOWN']);
    for (const extra of [{ query: path }, { mask: path }, { labels: path }]) {
      expect(await refusal({ volume: 'chest', ...extra })).toEqual([400, 'USAGE']);
    }
  });

  it.each([
    ['nothing', {}, 400, 'USAGE'],
    ['a volume and an upload', { volume: 'chest', upload: { id: 'a', image: '1' } }, 400, 'USAGE'],
    ['an unknown volume', { volume: 'nobody' }, 404, 'VOLUME_UNKNOWN'],
    ['an unknown upload', { upload: { id: 'a', image: '1' } }, 404, 'UPLOAD_UNKNOWN'],
    ['two parts', { volume: 'chest', slice: 1, label: 'heart' }, 400, 'USAGE'],
    ['a crop of the whole', { volume: 'chest', cropMarginMm: 4 }, 400, 'USAGE'],
    ['a range upside down', { volume: 'chest', slices: [5, 2] }, 400, 'USAGE'],
    ['slices that it does not have', { volume: 'chest', slices: [50, 60] }, 422, 'REGION_EMPTY'],
    [
      'a box elsewhere',
      {
        volume: 'chest',
        box: [
          [900, 901],
          [0, 1],
          [0, 1],
        ],
      },
      422,
      'REGION_EMPTY',
    ],
    ['a label that nobody knows', { volume: 'chest', label: 'wing' }, 404, 'LABEL_UNKNOWN'],
    ['a filter that is no condition', { volume: 'chest', filter: 'drop table' }, 400, 'FILTER_INVALID'],
    ['a filter that nothing passes', { volume: 'chest', filter: "region = 'moon'" }, 409, 'ARCHIVE_EMPTY'],
    ['no hits', { volume: 'chest', k: 0 }, 400, 'USAGE'],
    ['a number as text', { volume: 'chest', slice: '4' }, 400, 'USAGE'],
  ])('refuses %s', async (_what, body, status, code) => {
    expect(await refusal(body)).toEqual([status, code]);
  });

  it('refuses a body that is no JSON', async () => {
    const response = await post(undefined, server, { body: '{"volume": ' });
    expect([response.status, (await problemIn(response)).code]).toEqual([400, 'USAGE']);
  });

  it('sees what another process adds, changes and removes', async () => {
    const image = join(small.folder, 'scans', 'third.nii.gz');
    await writeNifti(image, small.volumes.chest.volume);
    const entry = { id: 'third.nii.gz', image, modality: 'CT' as const, patient: 'p9' };
    const encoder = await engine.openEncoder();
    await ingest(archive, encoder, [entry]);
    expect(ids(await search({ volume: 'chest', k: 1 }))).toEqual(['third.nii.gz']);
    // An id that looks like a file is an id.
    expect((await search({ volume: entry.id, k: 1 })).query.volume).toBe(entry.id);
    await ingest(archive, encoder, [{ ...entry, patient: 'p10', region: 'somewhere' }]);
    expect((await search({ volume: 'chest', k: 1 })).hits[0]).toMatchObject({
      patient: 'p10',
      region: 'somewhere',
    });
    await archive.remove(['third.nii.gz']);
    expect(ids(await search({ volume: 'chest' }))).toEqual(['chest-again', 'head']);
  });

  it('answers 64 clients at once, each what it asked', async () => {
    const queries = ['chest', 'chest-again', 'head'];
    const expected = new Map<string, unknown>();
    for (const volume of queries) expected.set(volume, (await search({ volume })).hits);
    const clients = Array.from({ length: 64 }, (_, i) => queries[i % queries.length]!);
    const answers = await Promise.all(clients.map((volume) => search({ volume })));
    answers.forEach(({ hits }, i) => void expect(hits).toEqual(expected.get(clients[i]!)));
  });
});

describe('a server with much to do', () => {
  let busy: TestServer;
  beforeAll(async () => {
    busy = await startTestServer(small, {
      cache: join(small.folder, 'cache-busy'),
      limits: { searches: { running: 1, waiting: 1 } },
    });
  });

  it('refuses what is too much with 429, and answers again afterwards', async () => {
    const responses = await Promise.all(Array.from({ length: 24 }, () => post({ volume: 'chest' }, busy)));
    const statuses = responses.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    const refused = responses.find(({ status }) => status === 429)!;
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await problemIn(refused)).code).toBe('SERVER_BUSY');
    expect(ids(await search({ volume: 'chest' }, busy))[0]).toBe('chest-again');
  });

  it('has a place again where a client went away', async () => {
    const { id } = await upload(busy, { 'mine.nii.gz': chest });
    for (let i = 0; i < 10; i++) {
      const leaving = new AbortController();
      const gone = post({ upload: { id, image: '1' }, slices: [1, 2 + i] }, busy, { signal: leaving.signal });
      setTimeout(() => leaving.abort(), 3);
      await gone.catch(() => {});
      await new Promise((done) => setTimeout(done, 20));
    }
    expect(ids(await search({ upload: { id, image: '1' } }, busy))[0]).toBe('chest');
  });
});
