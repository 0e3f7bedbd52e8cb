import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSmallArchive, startTestServer, type TestServer } from '../../../tests/server.js';
import { problemIn } from '../../../tests/upload-form.js';
import { Archive } from '../../archive/archive.js';
import type { StoredSlices } from '../../archive/stored-slices.js';
import type { SearchAnswer } from '../schemas.js';

let server: TestServer;
let archive: Archive;

beforeAll(async () => {
  const small = await makeSmallArchive();
  server = await startTestServer(small);
  archive = await Archive.open(small.archive);
});
afterAll(() => archive.close());

function post(path: string, body: unknown): Promise<Response> {
  return server.get(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** The bytes taken apart as docs/api.md says, number by number. */
async function align(body: unknown) {
  const response = await post('/v1/alignment', body);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
  const view = new DataView(await response.arrayBuffer());
  const magic = String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(i)));
  expect([magic, view.getUint32(4, true)]).toEqual(['VXAL', 1]);
  const [rows, columns] = [view.getUint32(8, true), view.getUint32(12, true)];
  expect(view.byteLength).toBe(16 + 4 * (rows + 2 * columns + rows * columns));
  let at = 16;
  const next = (count: number, type: 'getInt32' | 'getFloat32') =>
    Array.from({ length: count }, () => {
      at += 4;
      return view[type](at - 4, true);
    });
  return {
    querySlices: next(rows, 'getInt32'),
    slices: next(columns, 'getInt32'),
    positionMm: next(columns, 'getFloat32'),
    similarities: Array.from({ length: rows }, () => next(columns, 'getFloat32')),
  };
}

async function stored(id: string): Promise<StoredSlices> {
  return archive.loadSlices([await archive.volume(id)]);
}

function cosine(a: StoredSlices, i: number, b: StoredSlices, j: number): number {
  let sum = 0;
  for (let d = 0; d < a.dimension; d++) {
    sum += a.embeddings[i * a.dimension + d]! * b.embeddings[j * b.dimension + d]!;
  }
  return sum;
}

describe('POST /v1/alignment', () => {
  it('is all cosines of the stored slices of both, by brute force', async () => {
    const alignment = await align({ volume: 'chest', hit: 'head' });
    const [query, hit] = [await stored('chest'), await stored('head')];
    expect(alignment.querySlices).toEqual([...query.sliceIndex]);
    expect(alignment.slices).toEqual([...hit.sliceIndex]);
    expect(alignment.positionMm).toEqual([...hit.positionMm].map(Math.fround));
    alignment.similarities.forEach((row, i) => {
      row.forEach((similarity, j) => void expect(similarity).toBeCloseTo(cosine(query, i, hit, j), 5));
    });
  });

  it('has the matches of the search as the largest numbers of its rows', async () => {
    const { hits } = (await (await post('/v1/search', { volume: 'head' })).json()) as SearchAnswer;
    const hit = hits[0]!;
    const { slices, similarities } = await align({ volume: 'head', hit: hit.volume });
    const matches = similarities.map((row) => slices[row.indexOf(Math.max(...row))]);
    expect(matches).toEqual(hit.matches.map(({ slice }) => slice));
  });

  it('is 1 along the diagonal for a volume and itself', async () => {
    const { similarities } = await align({ volume: 'chest', hit: 'chest' });
    similarities.forEach((row, i) => void expect(row[i]).toBeCloseTo(1, 5));
  });

  it('has only the slices of a region', async () => {
    const whole = await align({ volume: 'chest', hit: 'head' });
    const part = await align({ volume: 'chest', label: 'heart', hit: 'head' });
    expect(part.querySlices).toEqual([3, 4, 5, 6]);
    expect(part.slices).toEqual(whole.slices);
    const first = whole.querySlices.indexOf(3);
    expect(part.similarities).toEqual(whole.similarities.slice(first, first + 4));
  });

  it.each([
    [{ volume: 'chest' }, 400, 'USAGE'],
    [{ hit: 'chest' }, 400, 'USAGE'],
    [{ volume: 'chest', hit: 'nobody' }, 404, 'VOLUME_UNKNOWN'],
    [{ volume: 'chest', hit: '/etc/passwd' }, 404, 'VOLUME_UNKNOWN'],
    [{ volume: 'nobody', hit: 'chest' }, 404, 'VOLUME_UNKNOWN'],
    [{ upload: { id: 'a', image: '1' }, hit: 'chest' }, 404, 'UPLOAD_UNKNOWN'],
    [{ volume: 'chest', hit: 'head', slices: [90, 99] }, 422, 'REGION_EMPTY'],
  ])('refuses %j', async (body, status, code) => {
    const response = await post('/v1/alignment', body);
    expect([response.status, (await problemIn(response)).code]).toEqual([status, code]);
  });
});
