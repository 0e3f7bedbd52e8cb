import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startVoxseek } from '../../../tests/command.js';
import {
  makeSmallArchive,
  type SmallArchive,
  startTestServer,
  type TestServer,
} from '../../../tests/server.js';
import {
  formBytes,
  postFiles,
  problemIn,
  requestHead,
  sendRaw,
  upload,
  uploadedFiles,
  uploadedFilesInTheEnd,
  uploadedServers,
  zip,
} from '../../../tests/upload-form.js';
import { nrrdBytes } from '../../../tests/volume-fixtures.js';

let small: SmallArchive;
let cache: string;
let server: TestServer;
let chest: Buffer;
let head: Buffer;

beforeAll(async () => {
  small = await makeSmallArchive();
  cache = join(small.folder, 'cache');
  server = await startTestServer(small, { cache, limits: { uploads: { uploads: 3 } } });
  chest = readFileSync(small.volumes.chest.entry.image);
  head = readFileSync(small.volumes.head.entry.image);
});

const remove = (id: string) => server.get(`/v1/uploads/${id}`, { method: 'DELETE' });

describe('POST /v1/uploads', () => {
  it('tells what came: grid, modality and stacking axis of every volume, and what is none', async () => {
    const received = await upload(server, {
      'chest.nii.gz': chest,
      'head.nii.gz': head,
      'notes.txt': 'hello',
    });
    expect(
      received.images.map(({ name, modality, size, sliceAxis }) => ({ name, modality, size, sliceAxis })),
    ).toEqual([
      { name: 'chest.nii.gz', modality: 'CT', size: [24, 20, 12], sliceAxis: 2 },
      { name: 'head.nii.gz', modality: 'MR', size: [10, 18, 22], sliceAxis: 0 },
    ]);
    const [image] = received.images;
    expect(image!.spacing).toEqual([2, 3, 4]);
    expect(image!.affine).toEqual(small.volumes.chest.volume.affine);
    expect(received.leftOut).toEqual([{ name: 'notes.txt', reason: 'no volume' }]);
    const kept = Date.parse(received.expiresAt) - Date.now();
    expect(kept).toBeGreaterThan(59 * 60_000);
    expect(kept).toBeLessThanOrEqual(60 * 60_000);
    expect(await (await server.get(`/v1/uploads/${received.id}`)).json()).toEqual(received);
    await remove(received.id);
  });

  it('takes zip files, with the folders in them', async () => {
    const scans = await zip([
      { name: 'a/scan.nii.gz', content: chest },
      { name: 'b/scan.nii.gz', content: head },
      { name: '__MACOSX/a/._scan.nii.gz', content: Buffer.from('x') },
    ]);
    const received = await upload(server, { 'two.zip': scans });
    expect(received.images.map(({ name }) => name)).toEqual([
      'two.zip/a/scan.nii.gz',
      'two.zip/b/scan.nii.gz',
    ]);
    expect(received.leftOut).toEqual([]);
    await remove(received.id);
  });

  it('tells files of the same name apart', async () => {
    const data = new FormData();
    for (const content of [chest, head])
      data.append('files', new Blob([new Uint8Array(content)]), 'scan.nii.gz');
    const response = await server.get('/v1/uploads', { method: 'POST', body: data });
    const { id, images } = (await response.json()) as Awaited<ReturnType<typeof upload>>;
    expect(images.map(({ name, modality }) => [name, modality])).toEqual([
      ['scan.nii.gz', 'CT'],
      ['scan.nii.gz', 'MR'],
    ]);
    await remove(id);
  });

  it('keeps the files where only their owner can look, under cleaned names', async () => {
    const received = await upload(server, { '../../Müller <b>.nii.gz': chest });
    const files = uploadedFiles(cache);
    const [file] = files.filter((path) => path.endsWith('.nii.gz'));
    expect(file).toMatch(/^server-[0-9a-f]{16}\/upload-[^/]+\/Müller__b_\.nii\.gz$/);
    expect(statSync(join(cache, 'uploads')).mode & 0o777).toBe(0o700);
    expect(
      statSync(join(cache, 'uploads', files.find((path) => /upload-[^/]+$/.test(path))!)).mode & 0o777,
    ).toBe(0o700);
    expect(statSync(join(cache, 'uploads', file!)).mode & 0o777).toBe(0o600);
    const stored = readFileSync(join(cache, 'uploads', file!));
    expect(createHash('sha256').update(stored).digest('hex')).toBe(
      createHash('sha256').update(chest).digest('hex'),
    );
    await remove(received.id);
  });

  it('removes the files with the upload', async () => {
    const received = await upload(server, { 'chest.nii.gz': chest });
    expect(uploadedFiles(cache)).not.toEqual([]);
    expect((await remove(received.id)).status).toBe(204);
    expect(uploadedFiles(cache)).toEqual([]);
    for (const path of ['', '/images/1/thumbnail.png']) {
      const gone = await server.get(`/v1/uploads/${received.id}${path}`);
      expect([gone.status, (await problemIn(gone)).code]).toEqual([404, 'UPLOAD_UNKNOWN']);
    }
    expect((await problemIn(await remove(received.id))).code).toBe('UPLOAD_UNKNOWN');
  });

  it('shows the pictures of an uploaded image', async () => {
    const received = await upload(server, { 'chest.nii.gz': chest });
    const base = `/v1/uploads/${received.id}/images/1`;
    const picture = await server.get(`${base}/slices/5.png`);
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect((await server.get(`${base}/image.nii.gz`)).status).toBe(200);
    await remove(received.id);
  });

  it('keeps only so many at a time, and says when it takes more', async () => {
    const kept = [];
    for (let i = 0; i < 3; i++) kept.push(await upload(server, { 'chest.nii.gz': chest }));
    const refused = await postFiles(server, { 'chest.nii.gz': chest });
    expect([refused.status, (await problemIn(refused)).code]).toEqual([429, 'SERVER_BUSY']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await remove(kept[0]!.id);
    kept.push(await upload(server, { 'chest.nii.gz': chest }));
    for (const { id } of kept.slice(1)) await remove(id);
  });

  it('keeps no more of 64 that come at once', async () => {
    const responses = await Promise.all(
      Array.from({ length: 64 }, () => postFiles(server, { 'chest.nii.gz': chest })),
    );
    const statuses = responses.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([201, 429]));
    expect(statuses.filter((status) => status === 201).length).toBeLessThanOrEqual(3);
    for (const response of responses) {
      const { id } = (await response.json()) as { id?: string };
      if (id !== undefined) await remove(id);
    }
    expect(await uploadedFilesInTheEnd(cache)).toEqual([]);
  });

  it('leaves masks out, and says so', async () => {
    const dataset = await zip([
      { name: 's0001/ct.nii.gz', content: chest },
      { name: 's0001/segmentations/heart.nii.gz', content: chest },
    ]);
    const { id, images, leftOut } = await upload(server, { 'data.zip': dataset });
    expect(images.map(({ name }) => name)).toEqual(['data.zip/s0001/ct.nii.gz']);
    expect(leftOut).toEqual([
      {
        name: 'data.zip/s0001/segmentations/heart.nii.gz',
        reason: 'a mask: of files, uploads bring images only',
      },
    ]);
    await remove(id);
  });

  it('refuses requests that are no forms, and forms without a volume, with the reason', async () => {
    const json = await server.get('/v1/uploads', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"path": "/etc/passwd"}',
    });
    expect([json.status, (await problemIn(json)).code]).toEqual([400, 'UPLOAD_INVALID']);
    const cases: [string, Uint8Array | string, RegExp][] = [
      ['notes.txt', 'hello', /notes\.txt: no volume/],
      ['liar.nii.gz', 'this is text', /liar\.nii\.gz: /],
      ['empty.nii', '', /empty\.nii: /],
      ['short.nii.gz', chest.subarray(0, chest.length / 2), /short\.nii\.gz: .*end too early/],
      [
        'remote.mhd',
        'NDims = 3\nDimSize = 2 2 2\nElementDataFile = /etc/passwd\n',
        /its voxels are in another file/,
      ],
      [
        'remote.mha',
        'NDims = 3\nDimSize = 2 2 2\nElementDataFile = ../x.raw\n',
        /its voxels are in another file/,
      ],
      [
        'remote.nrrd',
        'NRRD0004\ntype: short\nsizes: 2 2 2\ndata file: /etc/passwd\n\n',
        /its voxels are in another file/,
      ],
      [
        'disguised.nrrd',
        'NDims = 3\nDimSize = 2 2 2\nElementDataFile = other.raw\n',
        /does not begin as NRRD/,
      ],
      [
        'disguised.mha',
        'NRRD0004\ndata file: other.raw\n\nElementDataFile = LOCAL\n',
        /does not begin as MetaImage/,
      ],
      [
        'long.nrrd',
        `NRRD0004\n${'# long\n'.repeat(20_000)}data file: other.raw\n\n`,
        /does not begin as NRRD/,
      ],
    ];
    for (const [name, content, reason] of cases) {
      const response = await postFiles(server, { [name]: content });
      const problem = await problemIn(response);
      expect([name, response.status, problem.code]).toEqual([name, 400, 'UPLOAD_INVALID']);
      expect(problem.detail).toMatch(reason);
      expect(problem.detail).not.toContain(small.folder);
    }
    expect(await uploadedFilesInTheEnd(cache)).toEqual([]);
  });

  it('takes an NRRD that holds its voxels', async () => {
    const bytes = nrrdBytes({
      size: [3, 4, 5],
      values: Array.from({ length: 60 }, (_, i) => i),
      space: 'left-posterior-superior',
      directions: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 2],
      ],
    });
    const received = await upload(server, { 'scan.nrrd': bytes });
    expect(received.images[0]!.size).toEqual([3, 4, 5]);
    await remove(received.id);
  });
});

describe('the end of uploads', () => {
  it('comes when their time is over', async () => {
    const own = join(small.folder, 'cache-short');
    const short = await startTestServer(small, { cache: own, limits: { uploads: { keptMs: 300 } } });
    const received = await upload(short, { 'chest.nii.gz': chest });
    await new Promise((done) => setTimeout(done, 400));
    expect((await short.get(`/v1/uploads/${received.id}`)).status).toBe(404);
    expect(await uploadedFilesInTheEnd(own)).toEqual([]);
  });

  it('comes when the server stops, and when the next one starts where it was killed', async () => {
    const own = join(small.folder, 'cache-killed');
    const command = startVoxseek('serve', small.archive, '--port', '0', '--cache', own);
    await command.printed(/http:\/\/127\.0\.0\.1:\d+\//);
    command.kill('SIGKILL');
    await command.result;
    // Its folder is still there, and a file of a patient in it.
    const [left] = uploadedServers(own);
    mkdirSync(join(own, 'uploads', left!, 'upload-x'));
    writeFileSync(join(own, 'uploads', left!, 'upload-x', 'scan.nii.gz'), chest);
    const next = await startTestServer(small, { cache: own });
    expect(uploadedServers(own)).not.toContain(left);
    expect(uploadedServers(own)).toHaveLength(1);
    await upload(next, { 'chest.nii.gz': chest });
    await next.close();
    expect(uploadedServers(own)).toEqual([]);
  });

  it('comes in the middle of one that is being sent, too', async () => {
    const own = join(small.folder, 'cache-stopped');
    const stopping = await startTestServer(small, { cache: own });
    const { type, body } = formBytes('scan.nii.gz', chest);
    const half = Buffer.concat([
      requestHead(stopping.url, type, body.length),
      body.subarray(0, body.length / 2),
    ]);
    const sent = sendRaw(stopping.url, half, 15_000);
    await new Promise((done) => setTimeout(done, 200));
    expect(uploadedFiles(own)).not.toEqual([]);
    await stopping.close();
    expect(uploadedServers(own)).toEqual([]);
    await sent;
  });

  it('comes while one waits for its client between two files, and is not held up by it', async () => {
    const own = join(small.folder, 'cache-waiting');
    const stopping = await startTestServer(small, { cache: own });
    // Before the first file; the form never goes on.
    const head = requestHead(stopping.url, 'multipart/form-data; boundary=x', 1_000_000);
    const sent = sendRaw(
      stopping.url,
      Buffer.concat([Buffer.from(head), Buffer.from('nothing yet')]),
      15_000,
    );
    await new Promise((done) => setTimeout(done, 200));
    const started = performance.now();
    await stopping.close();
    expect(performance.now() - started).toBeLessThan(5000);
    expect(uploadedServers(own)).toEqual([]);
    await sent;
  });

  it('does not come because another server starts', async () => {
    const own = join(small.folder, 'cache-shared');
    const first = await startTestServer(small, { cache: own });
    const received = await upload(first, { 'chest.nii.gz': chest });
    const elsewhere = join(own, 'uploads', 'server-0000000000000000');
    mkdirSync(elsewhere);
    const owner = join(elsewhere, 'owner.json');
    writeFileSync(owner, JSON.stringify({ pid: 1, space: 'another machine' }));
    await startTestServer(small, { cache: own });
    expect((await first.get(`/v1/uploads/${received.id}/images/1/image.nii.gz`)).status).toBe(200);
    expect(uploadedServers(own)).toContain('server-0000000000000000');
    // Of another machine nothing is known but when it was heard of last.
    const longAgo = new Date(Date.now() - 11 * 60_000);
    utimesSync(owner, longAgo, longAgo);
    await startTestServer(small, { cache: own });
    expect(uploadedServers(own)).not.toContain('server-0000000000000000');
  });
});
