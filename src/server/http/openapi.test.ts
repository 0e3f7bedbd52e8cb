import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, OpenAPIClientAxios } from 'openapi-client-axios';
import type { OpenAPIV3_1 } from 'openapi-types';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeSmallArchive, startTestServer, type TestServer } from '../../../tests/server.js';
import { type ErrorCode, errorTable } from '../../errors.js';
import type { ArchiveFacts, SearchAnswer, VolumePage } from '../schemas.js';

let server: TestServer;
let document: OpenAPIV3_1.Document;

beforeAll(async () => {
  const small = await makeSmallArchive();
  const report = join(small.folder, 'archive.reports', 'first');
  mkdirSync(report, { recursive: true });
  writeFileSync(join(report, 'results.json'), '{}');
  server = await startTestServer(small);
  document = (await (await server.get('/v1/openapi.json')).json()) as OpenAPIV3_1.Document;
});

const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;
const operations = () =>
  Object.entries(document.paths!).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item?.[method];
      return operation === undefined ? [] : [{ path, method, operation }];
    }),
  );

describe('/v1/openapi.json', () => {
  it('describes every address of the contract', () => {
    const described = operations().map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    expect(described).toEqual(
      expect.arrayContaining([
        'GET /v1/health',
        'GET /v1/errors/{code}',
        'POST /v1/session',
        'GET /v1/archive',
        'GET /v1/volumes',
        'GET /v1/volumes/{id}',
        'GET /v1/volumes/{id}/thumbnail.png',
        'GET /v1/volumes/{id}/slices/{index}.png',
        'GET /v1/volumes/{id}/image.nii.gz',
        'GET /v1/volumes/{id}/mask.nii.gz',
        'GET /v1/volumes/{id}/mask.json',
        'GET /v1/uploads/{upload}/images/{image}/thumbnail.png',
        'GET /v1/uploads/{upload}/images/{image}/slices/{index}.png',
        'GET /v1/uploads/{upload}/images/{image}/image.nii.gz',
        'POST /v1/uploads',
        'POST /v1/search',
        'POST /v1/alignment',
        'POST /v1/location',
        'GET /v1/map',
        'GET /v1/reports',
        'GET /v1/reports/{name}/{file}',
        'GET /v1/reports/{name}/tables/{file}',
      ]),
    );
  });

  it('says of each what it is, what it answers, and with which errors', () => {
    for (const { path, method, operation } of operations()) {
      const name = `${method} ${path}`;
      expect(operation.operationId, name).toMatch(/^[a-z][A-Za-z]+$/);
      expect(operation.summary, name).toMatch(/\S/);
      expect(operation.tags, name).toHaveLength(1);
      const statuses = Object.keys(operation.responses ?? {});
      expect(
        statuses.some((status) => /^2/.test(status)),
        name,
      ).toBe(true);
      for (const status of statuses.filter((one) => /^[45]/.test(one))) {
        const response = operation.responses![status] as OpenAPIV3_1.ResponseObject;
        expect(Object.keys(response.content ?? {}), `${name} ${status}`).toEqual([
          'application/problem+json',
        ]);
        // Every code that is named stands in the table, with this status.
        const codes = response.description.match(/\b[A-Z][A-Z0-9_]+(?=: )/g)!;
        expect(codes.length, `${name} ${status}`).toBeGreaterThan(0);
        for (const code of codes)
          expect(errorTable[code as ErrorCode]?.httpStatus, code).toBe(Number(status));
      }
      for (const part of path.match(/\{[^}]+\}/g) ?? []) {
        const names = (operation.parameters as OpenAPIV3_1.ParameterObject[]).map(
          (parameter) => parameter.name,
        );
        expect(names, name).toContain(part.slice(1, -1));
      }
    }
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names the types of what is no JSON', () => {
    const contentOf = (path: string, method: 'get' | 'post' = 'get') => {
      const response = document.paths![path]![method]!.responses!['200'] as OpenAPIV3_1.ResponseObject;
      return Object.keys(response.content!);
    };
    expect(contentOf('/v1/volumes/{id}/slices/{index}.png')).toEqual(['image/png']);
    expect(contentOf('/v1/volumes/{id}/image.nii.gz')).toEqual(['application/gzip']);
    expect(contentOf('/v1/alignment', 'post')).toEqual(['application/octet-stream']);
  });

  it('has examples of what is sent, which the server takes', async () => {
    const search = document.paths!['/v1/search']!.post!;
    const body = search.requestBody as OpenAPIV3_1.RequestBodyObject;
    expect(body.content['application/json']!.schema).toEqual({
      $ref: '#/components/schemas/SearchRequest',
    });
    const { examples } = document.components!.schemas!.SearchRequest as { examples?: object[] };
    expect(examples!.length).toBeGreaterThan(0);
    for (const example of examples!) {
      const response = await server.get('/v1/search', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(example),
      });
      // The volumes of an example are not in this archive; a body that is not understood would be 400.
      expect([200, 404]).toContain(response.status);
    }
  });

  it('refers to nothing that is not in it', () => {
    const references = JSON.stringify(document).match(/"\$ref":"[^"]+"/g)!;
    expect(references.length).toBeGreaterThan(20);
    for (const reference of new Set(references)) {
      const [, name] = /#\/components\/schemas\/([^"]+)/.exec(reference)!;
      expect(Object.keys(document.components!.schemas!), reference).toContain(name);
    }
  });
});

describe('a client made from it', () => {
  it('can use the server', async () => {
    const api = new OpenAPIClientAxios({
      definition: document as unknown as Document,
      axiosConfigDefaults: { baseURL: server.url, validateStatus: () => true },
    });
    const client = (await api.init()) as unknown as Record<
      string,
      (
        parameters?: object | null,
        body?: unknown,
        config?: object,
      ) => Promise<{ status: number; data: unknown; headers: Record<string, string> }>
    >;
    const facts = (await client.getArchive!()).data as ArchiveFacts;
    expect(facts.volumes).toBe(3);
    const page = (await client.listVolumes!({ modality: 'MR', limit: 1 })).data as VolumePage;
    expect(page.volumes.map(({ id }) => id)).toEqual(['head']);
    expect((await client.getVolume!({ id: 'chest' })).data).toMatchObject({ id: 'chest', sliceAxis: 2 });
    const answer = (await client.search!(null, { volume: 'chest', k: 1 })).data as SearchAnswer;
    expect(answer.hits.map(({ volume }) => volume)).toEqual(['chest-again']);
    const binary = { responseType: 'arraybuffer' };
    const slice = await client.getVolumeSlice!({ id: 'chest', index: 3, window: 'lung' }, null, binary);
    expect((slice.data as Buffer).subarray(1, 4).toString()).toBe('PNG');
    const alignment = await client.align!(null, { volume: 'chest', hit: 'head' }, binary);
    expect((alignment.data as Buffer).subarray(0, 4).toString()).toBe('VXAL');
    expect((await client.listReports!()).data).toMatchObject({ reports: [{ name: 'first' }] });
    const missing = await client.getVolume!({ id: 'nobody' });
    expect([missing.status, missing.data]).toMatchObject([404, { code: 'VOLUME_UNKNOWN' }]);
  });
});

describe('/v1/docs', () => {
  it('is a page that loads what it needs from this server', async () => {
    const response = await server.get('/v1/docs');
    const html = await response.text();
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
    expect(addresses.length).toBeGreaterThan(3);
    for (const address of addresses) {
      expect(address).toMatch(/^\/v1\/docs\//);
      expect((await server.get(address)).status, address).toBe(200);
    }
    expect(html).not.toMatch(/<script(?![^>]*src=)[^>]*>|<style|\son\w+=/);
  });
});
