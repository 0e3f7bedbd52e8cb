import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { version } from '../../version.js';
import { problems } from '../http/responses.js';
import { health } from '../schemas.js';

export const healthRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/v1/health',
    {
      schema: {
        operationId: 'getHealth',
        summary: 'Whether the server runs',
        description: 'Needs no token.',
        tags: ['server'],
        security: [],
        response: { 200: health, ...problems() },
      },
    },
    async () => ({ status: 'ok' as const, version }),
  );
};
