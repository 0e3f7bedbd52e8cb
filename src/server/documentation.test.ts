import { readFileSync } from 'node:fs';
import type { OpenAPIV3_1 } from 'openapi-types';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeSmallArchive, startTestServer, type TestServer } from '../../tests/server.js';
import { type ErrorCode, errorTable } from '../errors.js';

const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
const commands = text.split('\n').filter((line) => /^ {4}curl /.test(line));
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(await makeSmallArchive());
});

/** An address of a curl line, as the path in the OpenAPI document: method and path. */
function requestOf(command: string): { method: string; path: string } {
  const [, path] = /\$A(\/[^\s"?]*)/.exec(command)!;
  const stated = /-X ([A-Z]+)/.exec(command)?.[1];
  return { method: stated ?? (/ (-d|-F) /.test(command) ? 'POST' : 'GET'), path: `/v1${path}` };
}

describe('docs/api.md', () => {
  it('has a curl line for every address, and none for another', async () => {
    const { paths } = (await (await server.get('/v1/openapi.json')).json()) as OpenAPIV3_1.Document;
    const described = Object.entries(paths!).flatMap(([path, item]) =>
      (['get', 'post', 'delete'] as const)
        .filter((method) => item![method])
        .map((method) => ({ method, path })),
    );
    const matches = (request: { method: string; path: string }, known: { method: string; path: string }) => {
      const pattern = known.path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+');
      return known.method.toUpperCase() === request.method && new RegExp(`^${pattern}$`).test(request.path);
    };
    const requests = commands.filter((command) => command.includes('$A')).map(requestOf);
    for (const known of described) {
      expect(
        requests.some((request) => matches(request, known)),
        `${known.method} ${known.path}`,
      ).toBe(true);
    }
    for (const request of requests.filter(({ path }) => path !== '/v1/openapi.json')) {
      expect(
        described.some((known) => matches(request, known)),
        JSON.stringify(request),
      ).toBe(true);
    }
  });

  it('shows an error as it is', async () => {
    const [, example] = /```json\n(\{[\s\S]+?\n\})\n```/.exec(text)!;
    const answered = await (await server.get('/v1/volumes/s9999')).json();
    expect(answered).toEqual(JSON.parse(example!));
  });

  it('names statuses and codes that belong together', () => {
    const rows = [...text.matchAll(/^\| ([\d, ]+) \| (`[A-Z_`, ]+) \|/gm)];
    expect(rows.length).toBeGreaterThan(10);
    for (const [, statuses, codes] of rows) {
      const known = codes!.match(/[A-Z_]+/g)!.map((code) => errorTable[code as ErrorCode].httpStatus);
      expect([...new Set(known)].sort(), codes).toEqual(statuses!.split(', ').map(Number));
    }
  });

  it('has the numbers of the last measurement', () => {
    const file = new URL('../../benchmarks/results/serve.json', import.meta.url);
    const { rows } = JSON.parse(readFileSync(file, 'utf8')) as {
      rows: { request: string; apiMs: number; bare: string; bareMs: number | null }[];
    };
    expect(rows.length).toBeGreaterThan(8);
    for (const { request, apiMs, bare, bareMs } of rows) {
      expect(text).toContain(`| ${request} | ${apiMs} | ${bare || '-'} | ${bareMs ?? '-'} |`);
    }
  });
});
