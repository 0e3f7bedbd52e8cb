import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { problems } from '../http/responses.js';
import { archiveMap } from '../schemas.js';

export const mapRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/v1/map',
    {
      schema: {
        operationId: 'getMap',
        summary: 'The volumes as points in the plane, near-duplicates and outliers',
        description:
          'Made once for every revision of the archive, at the first request, in seconds for a thousand volumes; from then on it is there at once.',
        tags: ['archive'],
        response: {
          200: archiveMap,
          ...problems('ARCHIVE_BUSY', 'ARCHIVE_CORRUPT', 'STORAGE_FULL', 'STORAGE_NOT_WRITABLE'),
        },
      },
    },
    async () => app.voxseek.map.map(),
  );
};
