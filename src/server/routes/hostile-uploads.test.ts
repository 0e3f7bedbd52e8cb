import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
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
  zip,
} from '../../../tests/upload-form.js';
import { niftiBytes } from '../../../tests/volume-fixtures.js';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
/** Small enough for a test to go beyond them. */
const limits = {
  bytes: 2 * mebibyte,
  decompressedBytes: 4 * mebibyte,
  files: 100,
  voxels: 100_000,
  uploads: 4,
  idleMs: 1_000,
};

let small: SmallArchive;
let cache: string;
let server: TestServer;
let chest: Buffer;

beforeAll(async () => {
  small = await makeSmallArchive();
  cache = join(small.folder, 'cache');
  server = await startTestServer(small, { cache, limits: { uploads: limits } });
  chest = readFileSync(small.volumes.chest.entry.image);
});

afterEach(async () => {
  // Whatever was sent, nothing of it is left, and the server takes the next one.
  expect(await uploadedFilesInTheEnd(cache)).toEqual([]);
  const { id } = await upload(server, { 'chest.nii.gz': chest });
  await server.get(`/v1/uploads/${id}`, { method: 'DELETE' });
  expect(server.log).toEqual([]);
});

async function refusal(files: Parameters<typeof postFiles>[1]) {
  const response = await postFiles(server, files);
  const { code, detail, subject } = await problemIn(response);
  return { status: response.status, code, detail, subject };
}

/** Puts bytes into every header of the central directory of a zip (APPNOTE 4.3.12). */
function inDirectory(archive: Buffer, offset: number, write: (at: number) => void): Buffer {
  for (let at = archive.indexOf('PK\x01\x02'); at >= 0; at = archive.indexOf('PK\x01\x02', at + 1)) {
    write(at + offset);
  }
  return archive;
}

/** Another name of the same length, in the local header and in the directory. */
function renamed(archive: Buffer, from: string, to: string): Buffer {
  expect(to).toHaveLength(from.length);
  for (let at = archive.indexOf(from); at >= 0; at = archive.indexOf(from, at + 1)) archive.write(to, at);
  return archive;
}

describe('what is too much', () => {
  it('more bytes than are taken: as the header says, or as they come', async () => {
    const much = Buffer.alloc(3 * mebibyte);
    expect(await refusal({ 'scan.nii': much })).toMatchObject({ status: 413, code: 'UPLOAD_TOO_LARGE' });
    const { type, body } = formBytes('scan.nii', much);
    const chunked = await server.get('/v1/uploads', {
      method: 'POST',
      headers: { 'content-type': type },
      body: new Blob([new Uint8Array(body)]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect([chunked.status, (await problemIn(chunked)).code]).toEqual([413, 'UPLOAD_TOO_LARGE']);
  });

  it('a header that announces more than is taken: refused before anything is sent', async () => {
    const answer = await sendRaw(
      server.url,
      requestHead(server.url, 'multipart/form-data; boundary=b', 2 ** 40),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('a gzip that becomes much larger', async () => {
    // One thousandth of its size compressed, and a header that tells the truth: it could be read, if it were let.
    const bomb = gzipSync(niftiBytes({ size: [200, 200, 100] }));
    expect(bomb.length).toBeLessThan(16 * kibibyte);
    expect(await refusal({ 'scan.nii.gz': bomb })).toMatchObject({ status: 413, code: 'UPLOAD_TOO_LARGE' });
    // Zeros behind a small volume, which a reader would pass over one by one.
    const tail = gzipSync(Buffer.concat([niftiBytes({ size: [4, 4, 4] }), Buffer.alloc(16 * mebibyte)]));
    expect(await refusal({ 'scan.nii.gz': tail })).toMatchObject({ status: 413, code: 'UPLOAD_TOO_LARGE' });
  });

  it('a deflated DICOM file that becomes much larger', async () => {
    const element = (tag: number, vr: string, value: Buffer) => {
      const head = Buffer.alloc(8);
      head.writeUInt16LE(2, 0);
      head.writeUInt16LE(tag, 2);
      head.write(vr, 4, 'latin1');
      head.writeUInt16LE(value.length, 6);
      return Buffer.concat([head, value]);
    };
    const syntax = element(0x10, 'UI', Buffer.from('1.2.840.10008.1.2.1.99'));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(syntax.length);
    const meta = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element(0, 'UL', length), syntax]);
    const bomb = Buffer.concat([meta, deflateRawSync(Buffer.alloc(16 * mebibyte))]);
    expect(bomb.length).toBeLessThan(32 * kibibyte);
    expect(await refusal({ IM1: bomb })).toMatchObject({ status: 413, code: 'UPLOAD_TOO_LARGE' });
  });

  it('a zip that becomes much larger, in one file or in many, whatever its header claims', async () => {
    const zeros = Buffer.alloc(6 * mebibyte);
    const bomb = () => zip([{ name: 'scan.nii', content: zeros }]);
    expect(await refusal({ 'one.zip': await bomb() })).toMatchObject({
      status: 413,
      code: 'UPLOAD_TOO_LARGE',
    });
    const many = Array.from({ length: 6 }, (_, i) => ({ name: `${i}.nii`, content: Buffer.alloc(mebibyte) }));
    expect(await refusal({ 'many.zip': await zip(many) })).toMatchObject({ status: 413 });
    const archive = await bomb();
    const modest = inDirectory(archive, 24, (at) => archive.writeUInt32LE(1000, at));
    expect(await refusal({ 'modest.zip': modest })).toMatchObject({ status: 400, code: 'UPLOAD_INVALID' });
  });

  it('a zip of gzip files that fit one by one, but not together', async () => {
    const scan = gzipSync(Buffer.concat([niftiBytes({ size: [4, 4, 4] }), Buffer.alloc(mebibyte)]));
    const scans = Array.from({ length: 5 }, (_, i) => ({ name: `${i}.nii.gz`, content: scan }));
    expect(await refusal({ 'scans.zip': await zip(scans) })).toMatchObject({
      status: 413,
      code: 'UPLOAD_TOO_LARGE',
    });
  });

  it('more files than are taken, in a form or in a zip', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `${i}.dcm`);
    const zipped = await zip(names.map((name) => ({ name, content: Buffer.from('x') })));
    expect(zipped.length).toBeLessThan(limits.bytes);
    expect(await refusal({ 'many.zip': zipped })).toMatchObject({ status: 413, code: 'UPLOAD_TOO_LARGE' });
    const parts = Object.fromEntries(names.slice(0, 1000).map((name) => [name, 'x']));
    expect(await refusal(parts)).toMatchObject({ status: 413, code: 'UPLOAD_TOO_LARGE' });
  });

  it('one image with more voxels than are taken, told by its header before any room is made for them', async () => {
    const large = niftiBytes({ size: [64, 64, 64], datatype: 'uint8' });
    expect(await refusal({ 'scan.nii': large })).toMatchObject({
      status: 400,
      detail: expect.stringContaining('262144 voxels are more than 100000'),
    });
    const liar = niftiBytes({ size: [4, 4, 4] });
    for (const place of [42, 44, 46]) liar.writeInt16LE(32767, place);
    expect(await refusal({ 'liar.nii.gz': gzipSync(liar) })).toMatchObject({
      status: 400,
      detail: expect.stringContaining('voxels are more than 100000'),
    });
    expect(
      await refusal({
        'liar.nrrd': 'NRRD0004\ntype: short\nsizes: 100000 100000 100000\nencoding: raw\n\nabc',
      }),
    ).toMatchObject({ status: 400, detail: expect.stringContaining('voxels are more than 100000') });
  });
});

describe('what a zip must not hold', () => {
  const scan = () => ({ name: 'aa/scan.nii.gz', content: chest });

  it.each([
    ['a way out of its folder', 'aa/scan', '../scan'],
    ['a way out in the middle', 'aa/scan', 'a/../s.'],
    ['an absolute path', 'aa/scan', '/a/scan'],
    ['a path with a drive', 'aa/scan', 'C:/scan'],
  ])('%s', async (_what, from, to) => {
    const evil = renamed(await zip([scan()]), from, to);
    const refused = await refusal({ 'evil.zip': evil });
    expect(refused).toMatchObject({ status: 400, code: 'UPLOAD_INVALID' });
    expect(refused.detail).toContain(to.split('/')[0]!);
  });

  it('a symbolic link, a device', async () => {
    const link = await zip([{ name: 'link.nii', content: Buffer.from('/etc/passwd'), mode: 0o120777 }]);
    expect(await refusal({ 'evil.zip': link })).toMatchObject({
      status: 400,
      code: 'UPLOAD_INVALID',
      subject: 'evil.zip/link.nii',
      detail: 'is a symbolic link.',
    });
    const device = await zip([{ name: 'device.nii', content: Buffer.alloc(0), mode: 0o020666 }]);
    expect(await refusal({ 'evil.zip': device })).toMatchObject({
      code: 'UPLOAD_INVALID',
      detail: 'is no plain file.',
    });
  });

  it('an encrypted file, an unknown compression, another zip', async () => {
    const encrypted = await zip([scan()]);
    inDirectory(encrypted, 8, (at) => encrypted.writeUInt16LE(encrypted.readUInt16LE(at) | 1, at));
    expect(await refusal({ 'evil.zip': encrypted })).toMatchObject({
      code: 'UPLOAD_INVALID',
      subject: 'evil.zip/aa/scan.nii.gz',
      detail: 'is encrypted.',
    });
    const odd = await zip([scan()]);
    inDirectory(odd, 10, (at) => odd.writeUInt16LE(14, at));
    expect(await refusal({ 'evil.zip': odd })).toMatchObject({
      detail: expect.stringContaining('method 14'),
    });
    const nested = await zip([{ name: 'inner.nii', content: await zip([scan()]) }]);
    expect(await refusal({ 'evil.zip': nested })).toMatchObject({
      code: 'UPLOAD_INVALID',
      subject: 'evil.zip/inner.nii',
      detail: 'is a zip in a zip.',
    });
  });

  it('damage', async () => {
    const whole = await zip([scan()]);
    expect(await refusal({ 'cut.zip': whole.subarray(0, whole.length - 30) })).toMatchObject({
      code: 'UPLOAD_INVALID',
    });
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 60, 90);
    expect(await refusal({ 'damaged.zip': damaged })).toMatchObject({ status: 400, code: 'UPLOAD_INVALID' });
  });

  it('is told by what a file holds, not by its name', async () => {
    const { id, images } = await upload(server, { 'scan.nii': await zip([scan()]) });
    expect(images.map(({ name }) => name)).toEqual(['scan.nii/aa/scan.nii.gz']);
    await server.get(`/v1/uploads/${id}`, { method: 'DELETE' });
  });
});

describe('what does not come as it should', () => {
  it('a body that ends before the form does', async () => {
    const { type, body } = formBytes('scan.nii.gz', chest);
    const cut = body.subarray(0, body.length - 40);
    const answer = await sendRaw(server.url, Buffer.concat([requestHead(server.url, type, cut.length), cut]));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('UPLOAD_INVALID');
  });

  it('a body that is longer than its header says', async () => {
    const { type, body } = formBytes('scan.nii.gz', chest);
    const answer = await sendRaw(
      server.url,
      Buffer.concat([requestHead(server.url, type, body.length - 40), body]),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('a client that goes away in the middle', async () => {
    const { type, body } = formBytes('scan.nii.gz', chest);
    const half = Buffer.concat([
      requestHead(server.url, type, body.length),
      body.subarray(0, body.length / 2),
    ]);
    const sent = sendRaw(server.url, half, 300);
    await new Promise((done) => setTimeout(done, 150));
    expect(uploadedFiles(cache).filter((path) => path.endsWith('.nii.gz'))).toHaveLength(1);
    expect(await sent).toBe('');
  });

  it('a client that stops sending, without going away', async () => {
    const { type, body } = formBytes('scan.nii.gz', chest);
    const half = Buffer.concat([
      requestHead(server.url, type, body.length),
      body.subarray(0, body.length / 2),
    ]);
    const started = performance.now();
    await sendRaw(server.url, half, 10_000);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('no border, no parts, many fields', async () => {
    const bodies: [string, Buffer][] = [
      ['multipart/form-data', Buffer.from('abc')],
      ['multipart/form-data; boundary=b', Buffer.alloc(0)],
      ['multipart/form-data; boundary=b', Buffer.from('--b--\r\n')],
    ];
    for (const [type, body] of bodies) {
      const answer = await sendRaw(
        server.url,
        Buffer.concat([requestHead(server.url, type, body.length), body]),
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('UPLOAD_INVALID');
    }
    const fields = new FormData();
    for (let i = 0; i < 500; i++) fields.append(`field${i}`, 'x');
    const response = await server.get('/v1/uploads', { method: 'POST', body: fields });
    expect(response.status).toBe(413);
  });

  it('names that lead elsewhere or disturb a terminal', async () => {
    const before = readdirSync(small.folder).sort();
    const { type, body } = formBytes('..\\\\..\\\\evil\u001b[31m.nii.gz', chest);
    const response = await server.get('/v1/uploads', {
      method: 'POST',
      headers: { 'content-type': type },
      body: new Uint8Array(body),
    });
    const { id, images } = (await response.json()) as Awaited<ReturnType<typeof upload>>;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
    expect(images[0]!.name).not.toMatch(/[\u0000-\u001f]/);
    expect(uploadedFiles(cache).every((path) => !path.includes('..'))).toBe(true);
    expect(readdirSync(small.folder).sort()).toEqual(before);
    await server.get(`/v1/uploads/${id}`, { method: 'DELETE' });
  });
});
