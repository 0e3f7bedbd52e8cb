import { createHmac } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../../tests/error-of.js';
import { makeSmallArchive, type SmallArchive, startTestServer } from '../../../tests/server.js';
import { smallSeries } from '../../../tests/small-series.js';
import { upload, zip } from '../../../tests/upload-form.js';
import { openForIngest } from '../../archive/archive-encoder.js';
import { ingest } from '../../archive/ingest.js';
import { findVolumes } from '../../volume/collection.js';
import type { Job, SearchAnswer, VolumePage } from '../schemas.js';

const patientId = 'MRN-77001';
const series = [1, 2, 3].map((number) => smallSeries(number, { attributes: { PatientID: patientId } }));
const key = 'ab'.repeat(32);

let small: SmallArchive;
let keyFile: string;

beforeAll(async () => {
  small = await makeSmallArchive();
  keyFile = join(small.folder, 'key');
  writeFileSync(keyFile, `${key}\n`);
  const folder = join(small.folder, 'first-series');
  mkdirSync(folder);
  for (const [i, file] of series[0]!.files.entries()) writeFileSync(join(folder, `${i}.dcm`), file);
  const { archive, encoder } = await openForIngest(small.archive, {});
  await ingest(archive, encoder, await findVolumes(folder), { patientKeyFile: keyFile });
  await encoder.close();
  await archive.close();
});

describe('a server of an archive whose key is kept elsewhere', () => {
  it('names the patients of uploads by it, when it is told where it is', async () => {
    const server = await startTestServer(small, { patientKeyFile: keyFile });
    const ask = async <T>(path: string, body?: unknown): Promise<T> => {
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      };
      const response = await server.get(path, body === undefined ? {} : init);
      expect(response.ok).toBe(true);
      return (await response.json()) as T;
    };
    const send = async (number: number) =>
      upload(server, {
        'scan.zip': await zip(series[number]!.files.map((content, i) => ({ name: `${i}`, content }))),
      });
    const second = await send(1);
    const answer = await ask<SearchAnswer>('/v1/search', {
      upload: { id: second.id, image: second.images[0]!.id },
      exclude: 'same-patient',
    });
    expect(answer.warnings.filter((warning) => /patient/.test(warning))).toEqual([]);
    const held = (await ask<VolumePage>('/v1/volumes?limit=50')).volumes;
    const sameSeries = held.find(({ id }) => id.includes(series[0]!.series))!;
    expect(answer.hits.map(({ volume }) => volume)).not.toContain(sameSeries.id);

    const { id } = await ask<Job>('/v1/jobs', { kind: 'ingest', upload: (await send(2)).id });
    let job = await ask<Job>(`/v1/jobs/${id}`);
    while (job.endedAt === null) {
      await new Promise((wake) => setTimeout(wake, 50));
      job = await ask<Job>(`/v1/jobs/${id}`);
    }
    expect(job).toMatchObject({ state: 'done', failures: [] });
    const added = (await ask<VolumePage>('/v1/volumes?limit=50')).volumes.find(
      (volume) => volume.id === job.volumes[0],
    )!;
    const expected = createHmac('sha256', Buffer.from(key, 'hex')).update(`${patientId}\0`).digest('hex');
    expect([sameSeries.patient, added.patient]).toEqual([expected.slice(0, 16), expected.slice(0, 16)]);
    await server.close();
  });

  it('does not start with a key that does not fit, and says so', async () => {
    const wrong = join(small.folder, 'wrong-key');
    writeFileSync(wrong, 'cd'.repeat(32));
    expect(await errorOf(startTestServer(small, { patientKeyFile: wrong }))).toMatchObject({
      code: 'USAGE',
      subject: wrong,
    });
    const missing = join(small.folder, 'no-key');
    expect(await errorOf(startTestServer(small, { patientKeyFile: missing }))).toMatchObject({
      code: 'FILE_NOT_FOUND',
      subject: missing,
    });
    expect(readFileSync(join(small.archive, 'patient.key'), 'utf8')).toMatch(/^sha256:/);
  });
});
