import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type HubServer, startHubServer } from '../../tests/hub-server.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { downloadHubFile, hubUrl } from './hub.js';

const content = Buffer.from(
  Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31 + (index >> 8)) & 255),
);
const contentHash = createHash('sha256').update(content).digest('hex');
const otherHash = createHash('sha256').update('something else').digest('hex');
const wanted = { repository: 'owner/name', revision: 'abc123', path: 'onnx/model.onnx' };
const path = '/owner/name/resolve/abc123/onnx/model.onnx';

const root = temporaryFolder();
let folders = 0;
const newFolder = () => join(root, `case-${folders++}`);

let server: HubServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
  vi.unstubAllEnvs();
});

function send(response: ServerResponse, from = 0, headers: Record<string, string> = {}): void {
  const rest = content.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': rest.length,
    ...(from > 0 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    ...headers,
  });
  response.end(rest);
}

/** Half of the content, and then the connection is cut. */
function breakOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, content.length / 2), () => setTimeout(() => response.destroy(), 20));
}

const firstByte = (range: string | undefined) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);

const quick = { retryDelayMs: 1 };

async function failure(
  promise: Promise<unknown>,
): Promise<{ code: string; reason: string; subject: string }> {
  return promise.then(
    () => expect.fail('it did not fail'),
    (error) => error,
  );
}

describe('hubUrl', () => {
  it('is in the layout of the hub, at the endpoint of HF_ENDPOINT', () => {
    vi.stubEnv('HF_ENDPOINT', '');
    expect(hubUrl(wanted)).toBe(`https://huggingface.co${path}`);
    vi.stubEnv('HF_ENDPOINT', 'https://mirror.example/hub/');
    expect(hubUrl(wanted)).toBe(`https://mirror.example/hub${path}`);
    expect(hubUrl({ ...wanted, revision: 'refs/pr/1' }, 'http://h')).toBe(
      'http://h/owner/name/resolve/refs%2Fpr%2F1/onnx/model.onnx',
    );
  });
});

describe('downloadHubFile', () => {
  it('follows the redirect to the storage and checks against the hash that the hub says on it', async () => {
    server = await startHubServer((at, _, response) => {
      if (at === '/storage/blob') return send(response, 0, { etag: '"0123456789abcdef0123456789abcdef"' });
      response
        .writeHead(at === path ? 302 : 404, {
          location: '/storage/blob',
          'x-linked-etag': `"${contentHash}"`,
          'x-linked-size': String(content.length),
        })
        .end('moved');
    });
    const folder = newFolder();
    await downloadHubFile(wanted, join(folder, 'deep', 'model.onnx'), {
      ...quick,
      endpoint: server.endpoint,
    });
    expect(readFileSync(join(folder, 'deep', 'model.onnx')).equals(content)).toBe(true);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['model.onnx']);
    expect(server.requests.map((request) => request.path)).toEqual([path, '/storage/blob']);
  });

  it.each([
    ['the hub says another hash on the redirect', { linked: otherHash }, {}],
    ['the hub says another hash as ETag', { etag: otherHash }, {}],
    ['the caller knows another hash', {}, { sha256: otherHash }],
    ['the hub says another size', { size: content.length + 1 }, {}],
  ])('keeps nothing where %s', async (_, { linked, etag, size }: Record<string, unknown>, known) => {
    server = await startHubServer((at, __, response) => {
      if (at === path && (linked || size)) {
        response
          .writeHead(302, {
            location: '/storage',
            ...(linked ? { 'x-linked-etag': `"${linked}"` } : {}),
            ...(size ? { 'x-linked-size': String(size) } : {}),
          })
          .end();
      } else send(response, 0, etag ? { etag: `"${etag}"` } : {});
    });
    const folder = newFolder();
    const error = await failure(
      downloadHubFile({ ...wanted, ...known }, join(folder, 'model.onnx'), {
        ...quick,
        endpoint: server.endpoint,
      }),
    );
    expect(error).toMatchObject({ code: 'DOWNLOAD_FAILED', subject: server.endpoint + path });
    expect(error.reason).toContain(size ? String(size) : otherHash);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes an ETag that is no SHA-256 for nothing', async () => {
    server = await startHubServer((_, __, response) => send(response, 0, { etag: 'W/"1234"' }));
    const file = join(newFolder(), 'model.onnx');
    await downloadHubFile({ ...wanted, sha256: contentHash.toUpperCase() }, file, {
      endpoint: server.endpoint,
    });
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('goes on from the byte where a transfer broke off', async () => {
    server = await startHubServer((_, before, response, { headers }) => {
      if (before === 0) breakOff(response);
      else send(response, firstByte(headers.range), { etag: `"${contentHash}"` });
    });
    const file = join(newFolder(), 'model.onnx');
    await downloadHubFile(wanted, file, { ...quick, endpoint: server.endpoint });
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, `bytes=${content.length / 2}-`]);
  });

  it('starts again where the server does not know ranges', async () => {
    server = await startHubServer((_, before, response) => {
      if (before === 0) breakOff(response);
      else send(response);
    });
    const file = join(newFolder(), 'model.onnx');
    await downloadHubFile({ ...wanted, sha256: contentHash }, file, { ...quick, endpoint: server.endpoint });
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('takes a transfer that stands still for a broken one', async () => {
    server = await startHubServer((_, before, response, { headers }) => {
      if (before > 0) return send(response, firstByte(headers.range));
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 1000));
    });
    const file = join(newFolder(), 'model.onnx');
    await downloadHubFile({ ...wanted, sha256: contentHash }, file, {
      ...quick,
      stallMs: 200,
      endpoint: server.endpoint,
    });
    expect(server.requests).toHaveLength(2);
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('gives up after four attempts at a transfer that always breaks, and keeps nothing', async () => {
    server = await startHubServer((_, __, response) => breakOff(response));
    const folder = newFolder();
    const error = await failure(
      downloadHubFile(wanted, join(folder, 'model.onnx'), { ...quick, endpoint: server.endpoint }),
    );
    expect(error.code).toBe('DOWNLOAD_FAILED');
    expect(error.reason).toContain('tried 4 times');
    expect(server.requests).toHaveLength(4);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('tries again after 503 and 429, each time after a longer wait', async () => {
    const times: number[] = [];
    server = await startHubServer((_, before, response) => {
      times.push(performance.now());
      if (before < 2) response.writeHead(before === 0 ? 503 : 429).end();
      else send(response);
    });
    const file = join(newFolder(), 'model.onnx');
    await downloadHubFile(wanted, file, { retryDelayMs: 60, endpoint: server.endpoint });
    expect(existsSync(file)).toBe(true);
    expect(times[1]! - times[0]!).toBeGreaterThan(55);
    expect(times[2]! - times[1]!).toBeGreaterThan(115);
  });

  it.each([404, 401, 403])('does not ask again after %i', async (status) => {
    server = await startHubServer((_, __, response) => void response.writeHead(status).end('no'));
    const folder = newFolder();
    const error = await failure(
      downloadHubFile(wanted, join(folder, 'model.onnx'), { endpoint: server.endpoint }),
    );
    expect(error).toMatchObject({ code: 'DOWNLOAD_FAILED', subject: server.endpoint + path });
    expect(error.reason).toContain(String(status));
    expect(server.requests).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not run round in redirects', async () => {
    server = await startHubServer((at, _, response) => void response.writeHead(302, { location: at }).end());
    const error = await failure(
      downloadHubFile(wanted, join(newFolder(), 'model.onnx'), { endpoint: server.endpoint }),
    );
    expect(error).toMatchObject({ code: 'DOWNLOAD_FAILED', reason: 'more than 5 redirects' });
  });

  it('says so where there is no network, or where HF_HUB_OFFLINE forbids it', async () => {
    server = await startHubServer((_, __, response) => send(response));
    const { endpoint } = server;
    await server.close();
    const file = join(newFolder(), 'model.onnx');
    const refused = await failure(downloadHubFile(wanted, file, { ...quick, endpoint }));
    expect(refused.code).toBe('DOWNLOAD_FAILED');
    expect(refused.reason).toContain('ECONNREFUSED');
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const forbidden = await failure(downloadHubFile(wanted, file, { ...quick, endpoint }));
    expect(forbidden).toMatchObject({ code: 'DOWNLOAD_FAILED', reason: 'HF_HUB_OFFLINE forbids downloads' });
  });

  it('removes what a killed download left long ago, and nothing of one that runs', async () => {
    server = await startHubServer((_, __, response) => send(response));
    const folder = root;
    for (const name of ['.model.onnx.0a.tmp', '.model.onnx.0b.tmp', '.other.onnx.0a.tmp']) {
      writeFileSync(join(folder, name), 'half');
      const hoursAgo = name.includes('0a') ? 2 : 0;
      const time = new Date(Date.now() - hoursAgo * 3_600_000);
      utimesSync(join(folder, name), time, time);
    }
    await downloadHubFile(wanted, join(folder, 'model.onnx'), { endpoint: server.endpoint });
    const left = readdirSync(folder).filter((name) => name.endsWith('.tmp'));
    expect(left.sort()).toEqual(['.model.onnx.0b.tmp', '.other.onnx.0a.tmp']);
  });

  it('says so where the folder cannot be made', async () => {
    server = await startHubServer((_, __, response) => send(response));
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    const error = await failure(
      downloadHubFile(wanted, join(file, 'model.onnx'), { endpoint: server.endpoint }),
    );
    expect(error.code).toBe('STORAGE_NOT_WRITABLE');
    expect(server.requests).toHaveLength(0);
  });
});
