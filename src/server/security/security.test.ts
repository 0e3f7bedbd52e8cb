import { chmodSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../../tests/error-of.js';
import {
  makeSmallArchive,
  type SmallArchive,
  startTestServer,
  type TestServer,
} from '../../../tests/server.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { AccessToken } from './access-token.js';
import { isLoopback } from './origin.js';

const token = '0123456789abcdef0123456789abcdef';
const bearer = { authorization: `Bearer ${token}` };
const folder = temporaryFolder();
let small: SmallArchive;
let open: TestServer;
let guarded: TestServer;

beforeAll(async () => {
  small = await makeSmallArchive();
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, `  ${token}  \nsecond line\n`);
  open = await startTestServer(small);
  guarded = await startTestServer(small, { tokenFile, verbose: true, cache: join(small.folder, 'guarded') });
});

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
}

/** Node's fetch sends headers of its own; this sends exactly these. */
function ask(
  server: TestServer,
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((accept, reject) => {
    const sent = request(new URL(path, server.url), { method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => {
        const isProblem = response.headers['content-type']?.startsWith('application/problem+json') ?? false;
        accept({ status: response.statusCode!, code: isProblem ? JSON.parse(body).code : undefined });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

const refused = { status: 403, code: 'ORIGIN_REFUSED' };
const unauthorized = { status: 401, code: 'UNAUTHORIZED' };

describe('a server on the loopback without a token', () => {
  it.each(['127.0.0.1', '127.0.0.1:7700', 'localhost', 'localhost:1', '[::1]:7700', '127.1.2.3'])(
    'answers under the name %s',
    async (host) => {
      expect((await ask(open, 'GET', '/v1/health', { host })).status).toBe(200);
    },
  );

  it.each([
    'evil.example',
    'evil.example:7700',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '10.0.0.1',
  ])('does not answer under the name %s (DNS rebinding)', async (host) => {
    expect(await ask(open, 'GET', '/v1/archive', { host })).toEqual(refused);
    expect(await ask(open, 'GET', '/', { host })).toEqual(refused);
  });

  it.each([
    ['POST', '/v1/search', { 'sec-fetch-site': 'cross-site' }],
    ['POST', '/v1/uploads', { 'sec-fetch-site': 'same-site' }],
    ['POST', '/v1/uploads', { origin: 'https://evil.example' }],
    ['POST', '/v1/uploads', { origin: 'null' }],
    ['GET', '/v1/map', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
    ['DELETE', '/v1/jobs/1', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  ])('refuses what a page of another site makes a browser send: %s %s %j', async (method, path, headers) => {
    expect(await ask(open, method, path, headers)).toEqual(refused);
  });

  it('answers its own page, programs, and links that someone follows', async () => {
    const own = open.url.replace(/\/$/, '');
    for (const headers of [
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      {},
    ]) {
      expect((await ask(open, 'GET', '/v1/archive', headers as Record<string, string>)).status).toBe(200);
    }
    expect((await ask(open, 'POST', '/v1/session', { origin: own })).status).toBe(204);
  });

  it('lets no other site read anything: no CORS', async () => {
    const response = await open.get('/v1/archive', { headers: { origin: own() } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect((await ask(open, 'OPTIONS', '/v1/archive', { origin: own() })).status).toBe(405);
  });

  const own = () => open.url.replace(/\/$/, '');
});

describe('every answer', () => {
  it.each(['/v1/archive', '/', '/v1/nothing', '/v1/volumes/chest/thumbnail.png', '/v1/docs'])(
    'of %s has the headers that keep a browser from harm',
    async (path) => {
      const { headers } = await open.get(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      const policy = headers.get('content-security-policy')!;
      expect(policy).toMatch(/default-src 'none'/);
      expect(policy).toMatch(/frame-ancestors 'none'/);
      expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:/);
      expect(headers.get('x-request-id')).toMatch(/^req-/);
    },
  );
});

describe('a server with a token', () => {
  it.each(['/v1/archive', '/v1/volumes', '/v1/map', '/v1/reports', '/v1/jobs', '/v1/nothing'])(
    'answers %s only with it',
    async (path) => {
      expect(await ask(guarded, 'GET', path, {})).toEqual(unauthorized);
      expect(await ask(guarded, 'GET', path, { authorization: `Bearer ${token}x` })).toEqual(unauthorized);
      expect(await ask(guarded, 'GET', path, { authorization: `Basic ${token}` })).toEqual(unauthorized);
      expect((await ask(guarded, 'GET', path, bearer)).status).not.toBe(401);
    },
  );

  it('says how to send it', async () => {
    const response = await guarded.get('/v1/archive');
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });

  it.each(['/v1/health', '/', '/v1/openapi.json', '/v1/docs', '/v1/errors/USAGE'])(
    'tells %s to everybody: it says nothing of the archive',
    async (path) => {
      expect((await ask(guarded, 'GET', path, {})).status).not.toBe(401);
    },
  );

  it('may be reached under any name: a page of another site does not have the token', async () => {
    expect((await ask(guarded, 'GET', '/v1/archive', { host: 'archive.example', ...bearer })).status).toBe(
      200,
    );
  });

  it('gives a cookie for the token, which opens what can be read', async () => {
    expect(await ask(guarded, 'POST', '/v1/session', {})).toEqual(unauthorized);
    const response = await guarded.get('/v1/session', { method: 'POST', headers: bearer });
    expect([response.status, await response.text()]).toEqual([204, '']);
    const header = response.headers.get('set-cookie')!;
    expect(header).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(header).not.toContain(token);
    const cookie = header.split(';')[0]!;
    const picture = '/v1/volumes/chest/thumbnail.png';
    expect((await ask(guarded, 'GET', picture, { cookie })).status).toBe(200);
    expect((await ask(guarded, 'GET', picture, { cookie: `other=1; ${cookie}` })).status).toBe(200);
    expect((await ask(guarded, 'HEAD', picture, { cookie })).status).toBe(200);
    expect(await ask(guarded, 'GET', picture, { cookie: `${cookie}x` })).toEqual(unauthorized);
    expect(await ask(guarded, 'POST', '/v1/search', { cookie })).toEqual(unauthorized);
    expect(await ask(guarded, 'DELETE', '/v1/jobs/1', { cookie })).toEqual(unauthorized);
    // A wrong token is not made good by a cookie.
    expect(await ask(guarded, 'GET', picture, { cookie, authorization: 'Bearer wrong' })).toEqual(
      unauthorized,
    );
  });

  it('sends the cookie back only over TLS where a proxy speaks it', async () => {
    const headers = { ...bearer, 'x-forwarded-proto': 'https' };
    const response = await guarded.get('/v1/session', { method: 'POST', headers });
    expect(response.headers.get('set-cookie')).toMatch(/; Secure$/);
  });

  it('writes neither the token nor what was asked for to its log', async () => {
    await guarded.get('/v1/volumes/doe-john?text=doe', { headers: bearer });
    await guarded.get('/v1/volumes?text=doe', { headers: bearer });
    const log = guarded.log.join('\n');
    expect(log).toMatch(/req-\w+ GET \/v1\/volumes\/:id \d+ \d+ ms/);
    expect(log).toMatch(/GET \/v1\/volumes 200/);
    expect(log).not.toMatch(/doe|0123456789/);
  });
});

describe('AccessToken', () => {
  it('refuses a token that could be guessed', async () => {
    const path = join(folder, 'short');
    writeFileSync(path, 'secret\n');
    const error = await errorOf(AccessToken.read(path));
    expect([error.code, error.subject]).toEqual(['USAGE', path]);
    expect(error.message).not.toContain('secret');
  });

  it('refuses a token that no header can carry', async () => {
    const path = join(folder, 'spaced');
    writeFileSync(path, 'a long enough token, but\n');
    expect(await errorOf(AccessToken.read(path))).toMatchObject({ code: 'USAGE', subject: path });
  });

  it('tells whether others may read its file', async () => {
    const path = join(folder, 'readable');
    writeFileSync(path, token, { mode: 0o600 });
    expect(await AccessToken.isExposed(path)).toBe(false);
    chmodSync(path, 0o640);
    expect(await AccessToken.isExposed(path)).toBe(true);
  });

  it('says which file is missing', async () => {
    expect((await errorOf(AccessToken.read(join(folder, 'none')))).code).toBe('FILE_NOT_FOUND');
  });

  it('gives every server a cookie of its own', () => {
    const [a, b] = [new AccessToken(token), new AccessToken(token)];
    expect(a.allowsCookie(a.cookieValue)).toBe(true);
    expect(a.allowsCookie(b.cookieValue)).toBe(false);
    expect(a.allowsCookie(undefined)).toBe(false);
    expect(a.allowsHeader(undefined)).toBe(false);
    expect(a.allowsHeader(`bearer ${token}`)).toBe(true);
  });
});

describe('isLoopback', () => {
  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.9.9.9', '::1', '[::1]'])('%s is', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', '127.evil.example', '1270.0.0.1', ''])('%s is not', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
