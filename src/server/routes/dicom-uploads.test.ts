import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  makeSmallArchive,
  type SmallArchive,
  startTestServer,
  type TestServer,
} from '../../../tests/server.js';
import { smallSeries, smallSeriesSize } from '../../../tests/small-series.js';
import { upload, zip } from '../../../tests/upload-form.js';
import type { Job, SearchAnswer, Upload } from '../schemas.js';

const { rows, columns, slices } = smallSeriesSize;
const first = smallSeries(1, { attributes: { SeriesDescription: 'ABD 3.0' } });
const second = smallSeries(2);

let small: SmallArchive;
let server: TestServer;
let received: Upload;
/** All that the server said. */
const said: string[] = [];

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const response = await server.get(path, {
    ...(body !== undefined && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  said.push(text);
  if (!response.ok) throw new Error(text);
  return JSON.parse(text) as T;
}

beforeAll(async () => {
  small = await makeSmallArchive();
  server = await startTestServer(small);
  // One series as loose files of meaningless names, in no order, the other in a zip.
  const loose = first.files.map((file, i) => [`IM${(i * 5) % slices}`, file] as const);
  const zipped = await zip(second.files.map((content, i) => ({ name: `study/series/${i}`, content })));
  received = await upload(server, { ...Object.fromEntries(loose), 'more.zip': zipped, 'readme.txt': 'x' });
  said.push(JSON.stringify(received));
});

describe('uploads of DICOM', () => {
  it('become one image a series', () => {
    expect(
      received.images.map(({ name, modality, size, spacing }) => ({ name, modality, size, spacing })),
    ).toEqual([
      {
        name: `ABD 3.0 (${first.series})`,
        modality: 'CT',
        size: [columns, rows, slices],
        spacing: [1, 1, 3],
      },
      { name: second.series, modality: 'CT', size: [columns, rows, slices], spacing: [1, 1, 3] },
    ]);
    expect(received.leftOut).toEqual([{ name: 'readme.txt', reason: 'no volume' }]);
  });

  it('can be searched with and looked at', async () => {
    const { hits, query } = await ask<SearchAnswer>('/v1/search', {
      upload: { id: received.id, image: '1' },
      slices: [1, 3],
    });
    expect([query.slices, hits.length]).toEqual([[1, 2, 3], 3]);
    expect((await server.get(`/v1/uploads/${received.id}/images/2/slices/3.png`)).status).toBe(200);
  });

  it('can be added: found by their images, shown from their files beside the archive', async () => {
    const { id } = await ask<Job>('/v1/jobs', { kind: 'ingest', upload: received.id, images: ['1'] });
    await (await server.get(`/v1/jobs/${id}/events`)).text();
    const job = await ask<Job>(`/v1/jobs/${id}`);
    expect(job).toMatchObject({ state: 'done', volumes: [first.series], failures: [] });
    await server.get(`/v1/uploads/${received.id}`, { method: 'DELETE' });
    const { hits } = await ask<SearchAnswer>('/v1/search', {
      volume: 'chest',
      filter: `id = '${first.series}'`,
    });
    expect(hits[0]).toMatchObject({ study: first.study, series: first.series, region: 'abdomen' });
    for (const { slice, sopInstance } of hits[0]!.matches) expect(sopInstance).toBe(first.images[slice]);
    expect((await server.get(`/v1/volumes/${first.series}/slices/3.png`)).status).toBe(200);
    const [folder] = readdirSync(`${small.archive}.uploads`);
    const files = readdirSync(join(`${small.archive}.uploads`, folder!)).sort();
    expect(files).toEqual(Array.from({ length: slices }, (_, i) => `0000${i + 1}.dcm`));
    expect(readFileSync(join(`${small.archive}.uploads`, folder!, files[2]!))).toEqual(
      Buffer.from(first.files[2]!),
    );
  });

  it('tell nobody who the patient is', async () => {
    await ask('/v1/volumes');
    expect(said.length).toBeGreaterThan(4);
    expect(said.join('\n') + server.log.join('\n')).not.toMatch(/secret/i);
  });
});
