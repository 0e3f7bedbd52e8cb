import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { bytes, problems } from '../http/responses.js';
import { reportList } from '../schemas.js';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
};

/**
 * A report is one page that holds all it shows. It is a file that somebody put there, so it gets no scripts and
 * an origin of its own; the viewer may show it in a frame.
 */
const reportPolicy =
  "sandbox allow-popups; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

export const reportRoutes: FastifyPluginAsyncZod = async (app) => {
  const { reports } = app.voxseek;
  app.get(
    '/v1/reports',
    {
      schema: {
        operationId: 'listReports',
        summary: 'Benchmark reports, the latest first',
        tags: ['reports'],
        response: { 200: reportList, ...problems('FILE_NOT_READABLE') },
      },
    },
    async () => ({ reports: await reports.reports() }),
  );

  const answers = {
    200: {
      description: 'The file, by its ending.',
      content: {
        ...bytes('text/html', '').content,
        ...bytes('text/markdown', '').content,
        ...bytes('application/json', '').content,
        ...bytes('text/csv', '').content,
      },
    },
    ...problems('REPORT_UNKNOWN', 'FILE_NOT_READABLE'),
  };
  app.get(
    '/v1/reports/:name/:file',
    {
      schema: {
        operationId: 'getReportFile',
        summary: 'report.html, report.md or results.json of a report',
        tags: ['reports'],
        params: z.object({ name: z.string(), file: z.string() }),
        response: answers,
      },
    },
    async ({ params }, reply) => sendReportFile(reply, await reports.file(params.name, params.file)),
  );
  app.get(
    '/v1/reports/:name/tables/:file',
    {
      schema: {
        operationId: 'getReportTable',
        summary: 'A table of a report, as CSV',
        tags: ['reports'],
        params: z.object({ name: z.string(), file: z.string() }),
        response: answers,
      },
    },
    async ({ params }, reply) =>
      sendReportFile(reply, await reports.file(params.name, `tables/${params.file}`)),
  );
};

function sendReportFile(reply: FastifyReply, path: string): FastifyReply {
  return reply
    .header('cache-control', 'private, no-cache')
    .header('content-security-policy', reportPolicy)
    .header('x-frame-options', 'SAMEORIGIN')
    .type(types[extname(path)]!)
    .send(createReadStream(path));
}
