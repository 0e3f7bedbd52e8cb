import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import { z } from 'zod';
import { version } from '../../version.js';
import * as schemas from '../schemas.js';

/** Schemas that have a name in the document; all others stand where they are used. */
const named: Readonly<Record<string, z.ZodType>> = {
  Problem: schemas.problem,
  ArchiveFacts: schemas.archiveFacts,
  VolumeSummary: schemas.volumeSummary,
  VolumeDetail: schemas.volumeDetail,
  VolumePage: schemas.volumePage,
  UploadedImage: schemas.uploadedImage,
  Upload: schemas.upload,
  SearchRequest: schemas.searchRequest,
  Hit: schemas.hit,
  SearchAnswer: schemas.searchAnswer,
  AlignmentRequest: schemas.alignmentRequest,
  JobRequest: schemas.jobRequest,
  Job: schemas.job,
  JobList: schemas.jobList,
  ArchiveMap: schemas.archiveMap,
  ReportList: schemas.reportList,
};
// The registry that descriptions and examples of the schemas are in.
for (const [id, schema] of Object.entries(named)) {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id });
}

/**
 * Collects the schemas of the routes that are added from now on into one OpenAPI document (3.1), at
 * /v1/openapi.json, with a readable page at /v1/docs that loads nothing from elsewhere.
 */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Voxseek',
        version,
        description:
          'Finds radiology volumes by what they look like. Positions are RAS+ mm; slice indices count along the own axis of a file, from 0. Errors are problem objects (RFC 9457).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'This server' }],
      tags: [
        { name: 'archive', description: 'What the archive holds, and how it looks' },
        { name: 'search', description: 'Similar volumes, and why they were found' },
        { name: 'uploads', description: 'Scans that a client brings' },
        { name: 'jobs', description: 'Work that takes longer than a request' },
        { name: 'reports', description: 'Results of benchmarks' },
        { name: 'server', description: 'The server itself' },
      ],
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            description: 'The token of the server, where it has one.',
          },
        },
      },
      // The second: a server on the loopback needs no token.
      security: [{ token: [] }, {}],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => withPlainNames(jsonSchemaTransformObject(document)),
  });
  await app.register(swaggerUi, {
    routePrefix: '/v1/docs',
    uiConfig: { layout: 'BaseLayout', deepLinking: true, validatorUrl: null },
    theme: { title: 'Voxseek API' },
  });
  app.get('/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}

const prefix = '#/components/schemas/';

type ApiDocument = ReturnType<SwaggerTransformObject>;

/**
 * Every named schema comes twice, as what is sent (with "Input" behind its name) and as what is answered. Those
 * that no address refers to are left out; what is only sent gets its plain name.
 */
function withPlainNames(document: ApiDocument): ApiDocument {
  const { components, paths } = document as Partial<OpenAPIV3_1.Document>;
  const all = components?.schemas ?? {};
  const used = new Set<string>();
  const waiting = referencesIn(paths);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    waiting.push(...referencesIn(all[name]));
  }
  const onlySent = Object.keys(named).filter((name) => used.has(`${name}Input`) && !used.has(name));
  const kept = Object.fromEntries([...used].sort().map((name) => [name, all[name]]));
  let text = JSON.stringify({ ...document, components: { ...components, schemas: kept } });
  for (const name of onlySent) {
    text = text
      .replaceAll(`"${name}Input":`, `"${name}":`)
      .replaceAll(`${prefix}${name}Input"`, `${prefix}${name}"`);
  }
  return JSON.parse(text) as ApiDocument;
}

function referencesIn(part: unknown): string[] {
  return [...JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name!);
}
