import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { clientSignal } from '../http/client-signal.js';
import { problems } from '../http/responses.js';
import { location, locationRequest } from '../schemas.js';
import { queryProblems } from '../search/query-problems.js';

export const locationRoutes: FastifyPluginAsyncZod = async (app) => {
  app.post(
    '/v1/location',
    {
      schema: {
        operationId: 'locate',
        summary: 'Where in an archived volume the box or the label of a query lies',
        description:
          'A guess from position and proportions, which looks at no organ. The images of both are read for it, so it takes longer than a search and is asked for one hit at a time.',
        tags: ['search'],
        body: locationRequest,
        response: { 200: location, ...problems(...queryProblems, 'MASK_UNKNOWN') },
      },
    },
    async ({ body }, reply) => {
      const { x, y, z } = await app.voxseek.searches.locate(body, clientSignal(reply));
      return reply.header('cache-control', 'no-store').send({ box: [[...x], [...y], [...z]] });
    },
  );
};
