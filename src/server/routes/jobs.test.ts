import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  tinyEncoder,
  tinyManifest,
  writeTinyVolume,
  writeTinyVolumes,
} from '../../../tests/archive-fixtures.js';
import {
  makeSmallArchive,
  type SmallArchive,
  startTestServer,
  type TestServer,
} from '../../../tests/server.js';
import { problemIn, upload } from '../../../tests/upload-form.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { SearchEngine } from '../../answer/search-engine.js';
import { Archive } from '../../archive/archive.js';
import { ingest } from '../../archive/ingest.js';
import type { Encoder } from '../../encoder/encoder.js';
import type { ServerContext } from '../context.js';
import { answerWithProblems } from '../http/problem.js';
import { defaultJobLimits, type JobLimits, JobQueue } from '../jobs/job-queue.js';
import type { Job, SearchAnswer, VolumePage } from '../schemas.js';
import { UploadStore } from '../uploads/upload-store.js';
import { jobRoutes } from './jobs.js';
import { uploadRoutes } from './uploads.js';

type Server = Pick<TestServer, 'get'>;

function post(server: Server, body: unknown): Promise<Response> {
  return server.get('/v1/jobs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function start(server: Server, body: Record<string, unknown>): Promise<Job> {
  const response = await post(server, { kind: 'ingest', ...body });
  if (response.status !== 202) throw new Error(await response.text());
  return (await response.json()) as Job;
}

/** All states of a job that its events tell, up to its end. */
async function watch(server: Server, id: string): Promise<Job[]> {
  const response = await server.get(`/v1/jobs/${id}/events`);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const events = (await response.text()).split('\n\n').filter((event) => event.startsWith('event: job\n'));
  return events.map((event) => JSON.parse(event.slice(event.indexOf('data: ') + 6)) as Job);
}

async function ended(server: Server, id: string): Promise<Job> {
  return (await watch(server, id)).at(-1)!;
}

async function refusal(response: Response): Promise<[number, string]> {
  return [response.status, (await problemIn(response)).code];
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('adding an upload to the archive', () => {
  let small: SmallArchive;
  let server: TestServer;
  let scan: Buffer;
  const files = () => readdirSync(`${small.archive}.uploads`).sort();

  beforeAll(async () => {
    small = await makeSmallArchive();
    server = await startTestServer(small);
    const entry = await writeTinyVolume(small.folder, 'new', 5);
    scan = readFileSync(entry.image);
  });

  it('makes it a volume that is listed, found and shown, also when the upload is gone', async () => {
    const { id } = await upload(server, { 'Maria Mueller.nii': scan });
    const { revision } = (await (await server.get('/v1/archive')).json()) as { revision: string };
    const job = await start(server, { upload: id, split: 'new', region: 'somewhere' });
    expect(job).toMatchObject({ kind: 'ingest', progress: { total: 1 }, endedAt: null });
    const states = await watch(server, job.id);
    expect(states.at(-1)).toMatchObject({
      state: 'done',
      progress: { done: 1, total: 1, slices: 4, secondsLeft: null },
      volumes: ['Maria_Mueller'],
      duplicates: [],
      failures: [],
      error: null,
    });
    expect(await (await server.get(`/v1/jobs/${job.id}`)).json()).toEqual(states.at(-1));
    await server.get(`/v1/uploads/${id}`, { method: 'DELETE' });

    const page = (await (await server.get('/v1/volumes?text=Maria')).json()) as VolumePage;
    expect(page.volumes).toMatchObject([
      { id: 'Maria_Mueller', split: 'new', region: 'somewhere', modality: 'CT' },
    ]);
    const facts = (await (await server.get('/v1/archive')).json()) as { revision: string; volumes: number };
    expect([facts.volumes, facts.revision !== revision]).toEqual([4, true]);
    const found = await server.get('/v1/search', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ volume: 'chest', k: 10 }),
    });
    expect(((await found.json()) as SearchAnswer).hits.map(({ volume }) => volume)).toContain(
      'Maria_Mueller',
    );
    expect((await server.get('/v1/volumes/Maria_Mueller/slices/2.png')).status).toBe(200);
    // Beside the archive, named by its content alone.
    expect(files()).toEqual([`${sha256(scan)}.nii`]);
    expect(readFileSync(join(`${small.archive}.uploads`, files()[0]!))).toEqual(scan);
  });

  it('does not add what is there already', async () => {
    const chest = readFileSync(small.volumes.chest.entry.image);
    const { id } = await upload(server, { 'renamed.nii.gz': chest, 'ct.nii': scan });
    const job = await ended(server, (await start(server, { upload: id })).id);
    expect(job).toMatchObject({
      state: 'done',
      volumes: [],
      duplicates: [
        { id: 'renamed', of: 'chest' },
        // Not named after the folder of the upload, as it would be in a folder of a data set.
        { id: 'ct', of: 'Maria_Mueller' },
      ],
    });
    expect(files()).toHaveLength(1);
    const chestNow = (await (await server.get('/v1/volumes?text=chest')).json()) as VolumePage;
    expect(chestNow.volumes[0]).toMatchObject({ id: 'chest', patient: 'p1', split: 'train' });
  });

  it('never replaces a volume: another scan of the same name gets another id', async () => {
    const other = readFileSync((await writeTinyVolume(small.folder, 'other', 6)).image);
    const { id } = await upload(server, { 'chest.nii': other });
    const job = await ended(server, (await start(server, { upload: id })).id);
    expect(job.volumes).toEqual([`chest-${sha256(other).slice(0, 8)}`]);
    const before = small.volumes.chest.volume.size;
    expect(await (await server.get('/v1/volumes/chest')).json()).toMatchObject({
      size: [...before],
      hasMask: true,
    });
  });

  it('takes only the images that are named', async () => {
    const [one, two] = await Promise.all(
      [7, 8].map((seed) => writeTinyVolume(small.folder, `n${seed}`, seed)),
    );
    const { id } = await upload(server, {
      'one.nii': readFileSync(one!.image),
      'two.nii': readFileSync(two!.image),
    });
    const job = await ended(server, (await start(server, { upload: id, images: ['2', '2'] })).id);
    expect([job.volumes, job.progress.total]).toEqual([['two'], 1]);
  });

  it.each([
    ['an unknown upload', { upload: 'nobody' }, 404, 'UPLOAD_UNKNOWN'],
    ['a path', { upload: '../../etc' }, 404, 'UPLOAD_UNKNOWN'],
    ['another kind of job', { kind: 'bench', upload: 'x' }, 400, 'USAGE'],
    ['fields that nobody knows', { upload: 'x', path: '/etc/passwd' }, 400, 'USAGE'],
  ])('refuses %s', async (_what, body, status, code) => {
    expect(await refusal(await post(server, { kind: 'ingest', ...body }))).toEqual([status, code]);
  });

  it('refuses images that the upload does not have, and none', async () => {
    const { id } = await upload(server, { 'one.nii': scan });
    expect(await refusal(await post(server, { kind: 'ingest', upload: id, images: ['9'] }))).toEqual([
      404,
      'UPLOAD_UNKNOWN',
    ]);
    expect(await refusal(await post(server, { kind: 'ingest', upload: id, images: [] }))).toEqual([
      400,
      'USAGE',
    ]);
  });

  it('knows no job that never was', async () => {
    for (const [path, method] of [
      ['', 'GET'],
      ['/events', 'GET'],
      ['', 'DELETE'],
    ]) {
      expect(await refusal(await server.get(`/v1/jobs/nobody${path}`, { method: method! }))).toEqual([
        404,
        'JOB_UNKNOWN',
      ]);
    }
  });
});

describe('jobs that do not go as they should', () => {
  const folder = temporaryFolder();
  const closing: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closing) await close();
  });

  /** A server with an archive of two volumes and an encoder of the test's. */
  async function serverWith(name: string, encoder: Encoder, limits: Partial<JobLimits> = {}) {
    const path = join(folder, name);
    const archive = await Archive.openOrCreate(path, tinyManifest());
    await ingest(archive, tinyEncoder(), await writeTinyVolumes(folder, name, 2));
    const engine = new SearchEngine(archive, encoder);
    const uploads = await UploadStore.open(archive, { folder: join(folder, `${name}-cache`) });
    const jobs = new JobQueue({ ...defaultJobLimits, ...limits });
    const app = Fastify();
    app.decorate('voxseek', { archive, engine, uploads, jobs } as Partial<ServerContext> as ServerContext);
    app.setValidatorCompiler(validatorCompiler);
    app.setSerializerCompiler(serializerCompiler);
    answerWithProblems(app, (error) => {
      throw error;
    });
    await app.register(uploadRoutes);
    await app.register(jobRoutes);
    const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/`;
    const close = async () => {
      await app.close();
      await uploads.close();
      await archive.close();
    };
    closing.push(close);
    const server: Server = { get: (target, init) => fetch(`${url}${target.slice(1)}`, init) };
    return { server, archive, uploads, close, kept: `${path}.uploads`, cache: join(folder, `${name}-cache`) };
  }

  async function scans(name: string, count: number): Promise<Record<string, Buffer>> {
    const entries = await writeTinyVolumes(folder, `${name}-scan`, count);
    return Object.fromEntries(entries.map(({ id, image }) => [`${id}.nii`, readFileSync(image)]));
  }

  /** Encodes when the test lets it. */
  function gatedEncoder() {
    const inner = tinyEncoder();
    const waiting: (() => void)[] = [];
    let arrived = () => {};
    return {
      /** Resolves when a volume waits to be encoded. */
      reached: () =>
        new Promise<void>((done) => {
          if (waiting.length > 0) done();
          else arrived = done;
        }),
      pass: () => waiting.shift()!(),
      encoder: {
        ...inner,
        embed: async (slices, intensity) => {
          await new Promise<void>((pass) => {
            waiting.push(pass);
            arrived();
          });
          return inner.embed(slices, intensity);
        },
      } satisfies Encoder,
    };
  }

  it('keeps what was finished when it is cancelled in the middle', async () => {
    const gate = gatedEncoder();
    const { server, archive, kept } = await serverWith('cancelled', gate.encoder);
    const { id, images } = await upload(server, await scans('cancelled', 3));
    const job = await start(server, { upload: id });
    await gate.reached();
    gate.pass();
    await gate.reached();
    const cancelling = server.get(`/v1/jobs/${job.id}`, { method: 'DELETE' });
    expect((await cancelling).status).toBe(200);
    gate.pass();
    const end = await ended(server, job.id);
    expect(end).toMatchObject({ state: 'cancelled', error: null, failures: [] });
    expect(end.volumes.length).toBeGreaterThanOrEqual(1);
    expect(end.volumes.length).toBeLessThan(images.length);
    const stored = (await archive.volumes()).map(({ id }) => id);
    expect(stored).toEqual(expect.arrayContaining([...end.volumes]));
    expect(stored).toHaveLength(2 + end.volumes.length);
    expect(readdirSync(kept)).toHaveLength(end.volumes.length);
  });

  it('waits for its turn, is refused when too many do, and outlives the removal of its upload', async () => {
    const gate = gatedEncoder();
    const { server, cache } = await serverWith('waiting', gate.encoder, { waiting: 1 });
    const { id } = await upload(server, await scans('waiting', 3));
    const [first, second] = [
      await start(server, { upload: id, images: ['1'] }),
      await start(server, { upload: id, images: ['2'] }),
    ];
    expect([first.state, second.state]).toEqual(['running', 'waiting']);
    const refused = await post(server, { kind: 'ingest', upload: id, images: ['3'] });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refusal(refused)).toEqual([429, 'SERVER_BUSY']);
    const listed = (await (await server.get('/v1/jobs')).json()) as { jobs: Job[] };
    expect(listed.jobs.map((job) => job.id)).toEqual([second.id, first.id]);
    expect((await server.get(`/v1/uploads/${id}`, { method: 'DELETE' })).status).toBe(204);
    await gate.reached();
    gate.pass();
    await ended(server, first.id);
    await gate.reached();
    gate.pass();
    expect((await ended(server, second.id)).volumes).toHaveLength(1);
    const left = readdirSync(join(cache), { recursive: true, encoding: 'utf8' }).filter((path) =>
      /upload-/.test(path),
    );
    expect(left).toEqual([]);
  });

  it('fails, with the reason, where the encoder throws; nothing of it stays', async () => {
    const encoder: Encoder = { ...tinyEncoder(), embed: () => Promise.reject(new Error('out of memory')) };
    const { server, archive, kept } = await serverWith('dying', encoder);
    const { id } = await upload(server, await scans('dying', 2));
    const job = await ended(server, (await start(server, { upload: id })).id);
    expect(job).toMatchObject({ state: 'failed', volumes: [], error: { code: 'INGEST_INCOMPLETE' } });
    expect(job.failures).toHaveLength(2);
    expect(job.failures[0]).toMatchObject({ id: 'dying-scan00', code: 'INTERNAL' });
    expect(job.failures[0]!.message).toContain('out of memory');
    // The file as its sender knows it, not as it is kept.
    expect(job.failures[0]!.message).toMatch(/^dying-scan00\.nii: /);
    expect(JSON.stringify(job)).not.toContain(folder);
    expect(await archive.volumes()).toHaveLength(2);
    expect(readdirSync(kept)).toEqual([]);
  });

  it('goes on with the others where a file vanished', async () => {
    const gate = gatedEncoder();
    const { server, uploads } = await serverWith('vanished', gate.encoder);
    const { id, images } = await upload(server, await scans('vanished', 2));
    rmSync(uploads.image(id, images[0]!.id).found.image);
    const { id: job } = await start(server, { upload: id });
    await gate.reached();
    gate.pass();
    const end = await ended(server, job);
    expect(end).toMatchObject({
      state: 'done',
      progress: { done: 2, total: 2 },
      volumes: ['vanished-scan01'],
      failures: [{ id: 'vanished-scan00', code: 'FILE_NOT_FOUND' }],
    });
    expect(JSON.stringify(end)).not.toContain(folder);
  });

  it('fails where there is no place for the files', async () => {
    const { server, kept, archive } = await serverWith('placeless', tinyEncoder());
    writeFileSync(kept, 'in the way');
    const { id } = await upload(server, await scans('placeless', 1));
    const job = await ended(server, (await start(server, { upload: id })).id);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'STORAGE_NOT_WRITABLE' } });
    expect(JSON.stringify(job)).not.toContain(folder);
    expect(await archive.volumes()).toHaveLength(2);
  });

  it('ends with the server, and so do those who watch it', async () => {
    const gate = gatedEncoder();
    const { server, close, cache } = await serverWith('stopped', gate.encoder);
    const { id } = await upload(server, await scans('stopped', 1));
    const job = await start(server, { upload: id });
    const watching = watch(server, job.id);
    await gate.reached();
    const stopped = close();
    gate.pass();
    await stopped;
    expect((await watching).at(-1)!.endedAt).not.toBeNull();
    expect(existsSync(cache) ? readdirSync(cache) : []).toEqual([]);
    closing.splice(closing.indexOf(close), 1);
  });
});
