import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeSmallArchive, startTestServer, type TestServer } from '../../../tests/server.js';

let server: TestServer;
let unbuilt: TestServer;

beforeAll(async () => {
  const small = await makeSmallArchive();
  const viewer = join(small.folder, 'viewer');
  mkdirSync(join(viewer, 'assets'), { recursive: true });
  writeFileSync(join(viewer, 'index.html'), '<!doctype html><title>The viewer</title>');
  writeFileSync(join(viewer, 'assets', 'main-1a2b.js'), 'export {};');
  writeFileSync(join(viewer, '.secret.txt'), 'secret');
  writeFileSync(join(small.folder, 'outside.txt'), 'secret');
  symlinkSync(viewer, join(viewer, 'assets', 'self.txt'));
  server = await startTestServer(small, { viewer });
  unbuilt = await startTestServer(small, {
    viewer: join(small.folder, 'not-there'),
    cache: join(small.folder, 'other-cache'),
  });
});

/** The path as it stands: fetch would resolve its dots. */
function raw(path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((accept, reject) => {
    const sent = request({ hostname, port, path }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => accept({ status: response.statusCode!, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('the viewer', () => {
  it.each(['/', '/?token=x', '/archive', '/search/chest', '/reports/first/'])('is at %s', async (path) => {
    const response = await server.get(path);
    expect([
      response.status,
      response.headers.get('content-type'),
      response.headers.get('cache-control'),
    ]).toEqual([200, 'text/html; charset=utf-8', 'no-cache']);
    expect(await response.text()).toContain('The viewer');
  });

  it('may keep for ever what has its content in its name', async () => {
    const response = await server.get('/assets/main-1a2b.js');
    expect([
      response.status,
      response.headers.get('content-type'),
      response.headers.get('cache-control'),
    ]).toEqual([200, 'application/javascript; charset=utf-8', 'public, max-age=31536000, immutable']);
  });

  it.each([
    '/../outside.txt',
    '/assets/../../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/%5c..%5coutside.txt',
    '/.secret.txt',
    '/assets/none.js',
    '/assets/self.txt',
    '/assets%00.txt',
    '/%zz.txt',
  ])('has no file %s', async (path) => {
    const { status, body } = await raw(path);
    expect([400, 403, 404]).toContain(status);
    expect(body).not.toContain('secret');
  });

  it('is only read', async () => {
    const response = await server.get('/archive', { method: 'POST' });
    expect([response.status, response.headers.get('allow'), await response.json()]).toMatchObject([
      405,
      'GET, HEAD',
      { code: 'METHOD_NOT_ALLOWED' },
    ]);
  });

  it('says how it is made where nobody has built it, and the API is there all the same', async () => {
    const response = await unbuilt.get('/');
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('npm run build')]);
    expect((await unbuilt.get('/v1/health')).status).toBe(200);
  });
});
