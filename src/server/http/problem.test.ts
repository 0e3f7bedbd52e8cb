import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeSmallArchive, startTestServer, type TestServer } from '../../../tests/server.js';
import { VoxseekError } from '../../errors.js';
import { problem } from '../schemas.js';
import { problemOf } from './problem.js';
import { describeDefect } from './server-log.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(await makeSmallArchive());
});

async function problemAt(path: string, init?: RequestInit) {
  const response = await server.get(path, init);
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  return { response, body: problem.parse(await response.json()) };
}

describe('addresses', () => {
  it.each(['/v1', '/v1/', '/v1/nothing', '/v1/volumes/a/b/c', '/v1/search/more'])(
    'that do not exist are ROUTE_UNKNOWN: %s',
    async (path) => {
      const { body } = await problemAt(path);
      expect(body).toMatchObject({ status: 404, code: 'ROUTE_UNKNOWN', type: '/v1/errors/ROUTE_UNKNOWN' });
    },
  );

  it.each([
    ['DELETE', '/v1/volumes', 'GET, HEAD'],
    ['POST', '/v1/volumes/chest', 'GET, HEAD'],
    ['PUT', '/v1/volumes/chest/slices/3.png', 'GET, HEAD'],
    ['GET', '/v1/search', 'POST'],
    ['PATCH', '/v1/health', 'GET, HEAD'],
  ])('that exist with another method are METHOD_NOT_ALLOWED: %s %s', async (method, path, allowed) => {
    const { response, body } = await problemAt(path, { method });
    expect([body.status, body.code, response.headers.get('allow')]).toEqual([
      405,
      'METHOD_NOT_ALLOWED',
      allowed,
    ]);
  });
});

describe('bodies', () => {
  const post = (body: string, type = 'application/json') =>
    problemAt('/v1/search', { method: 'POST', body, headers: { 'content-type': type } });

  it.each([
    ['{', 'application/json', 'is no JSON'],
    ['', 'application/json', 'is empty'],
    ['{}', 'text/plain', 'is of another type'],
    ['<a/>', 'application/xml', 'is of another type'],
    ['{"volume":"chest","colour":"red"}', 'application/json', 'has a field that does not exist'],
    ['{"volume":"chest","k":0}', 'application/json', 'has a number that is too small'],
    ['[]', 'application/json', 'is a list'],
    ['{"__proto__":{"x":1},"volume":"chest"}', 'application/json', 'would change prototypes'],
  ])('%s as %s is USAGE: it %s', async (body, type) => {
    expect((await post(body, type)).body).toMatchObject({ status: 400, code: 'USAGE' });
  });

  it('names the field that is wrong', async () => {
    const { body } = await post('{"volume":"chest","k":"many"}');
    expect(body).toMatchObject({
      subject: 'body',
      detail: 'k: Invalid input: expected number, received string.',
    });
  });

  it('that are too large are UPLOAD_TOO_LARGE', async () => {
    const { body } = await post(JSON.stringify({ volume: 'x'.repeat(1_100_000) }));
    expect(body).toMatchObject({ status: 413, code: 'UPLOAD_TOO_LARGE' });
  });
});

describe('headers that are too large', () => {
  it('are named as such', async () => {
    const response = await server.get('/v1/health', { headers: { 'x-large': 'a'.repeat(20_000) } });
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(problem.parse(await response.json())).toMatchObject({
      code: 'USAGE',
      detail: 'the address and the headers are larger than 16 KiB.',
    });
  });
});

describe('what is no HTTP', () => {
  it('is answered with a problem too', async () => {
    const { hostname, port } = new URL(server.url);
    const answer = await new Promise<string>((accept, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write('NONSENSE\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', reject);
      socket.on('close', () => accept(text));
    });
    const [head, body] = answer.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 .*Content-Type: application\/problem\+json/is);
    expect(problem.parse(JSON.parse(body!))).toMatchObject({ status: 400, code: 'USAGE' });
  });
});

describe('problemOf', () => {
  it('leaves out where files lie on this machine', () => {
    const error = new VoxseekError('VOLUME_CORRUPT', 'the file is truncated', {
      subject: '/data/doe^john/ct.nii',
    });
    expect(JSON.stringify(problemOf(error))).not.toContain('doe');
    expect(problemOf(error)).toMatchObject({ subject: null, detail: 'the file is truncated.', status: 422 });
    expect(problemOf(new VoxseekError('REGION_EMPTY', 'no slice', { subject: 's0001' })).subject).toBe(
      's0001',
    );
  });
});

describe('describeDefect', () => {
  const request = { id: 'req-1', method: 'GET', routeOptions: { url: '/v1/volumes/:id' } };
  const described = (error: Error) =>
    describeDefect(error, request as unknown as Parameters<typeof describeDefect>[1]);

  it('tells what happened where, without the file it happened to', () => {
    const error = Object.assign(new Error("EIO: i/o error, read '/data/doe^john/ct.nii'"), {
      code: 'EIO',
      syscall: 'read',
    });
    const text = described(error);
    expect(text).toMatch(/^req-1 GET \/v1\/volumes\/:id: EIO in read\n\s+at /);
    expect(text).not.toContain('doe');
    const wrapped = new VoxseekError('INTERNAL', error.message, {
      subject: '/data/doe^john/ct.nii',
      cause: error,
    });
    expect(described(wrapped)).not.toContain('doe');
    expect(described(new TypeError('x is not a function'))).toMatch(/: TypeError: x is not a function\n/);
  });
});
