import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { problems } from '../http/responses.js';
import { archiveFacts as archiveFactsSchema } from '../schemas.js';
import { archiveFacts } from '../volumes/archive-facts.js';

export const archiveRoutes: FastifyPluginAsyncZod = async (app) => {
  const { archive } = app.voxseek;
  app.get(
    '/v1/archive',
    {
      schema: {
        operationId: 'getArchive',
        summary: 'What the archive holds',
        tags: ['archive'],
        response: { 200: archiveFactsSchema, ...problems('ARCHIVE_CORRUPT', 'ARCHIVE_BUSY') },
      },
    },
    async () => archiveFacts(archive, await archive.volumes()),
  );
};
