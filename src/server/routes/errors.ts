import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type ErrorCode, errorTable, VoxseekError } from '../../errors.js';
import { problems } from '../http/responses.js';
import { errorFacts } from '../schemas.js';

/** What the `type` of a problem points to. */
export const errorRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/v1/errors/:code',
    {
      schema: {
        operationId: 'getError',
        summary: 'What an error code means',
        tags: ['server'],
        security: [],
        params: z.object({ code: z.string() }),
        response: { 200: errorFacts, ...problems('ROUTE_UNKNOWN') },
      },
    },
    async ({ params: { code } }) => {
      if (!isErrorCode(code)) throw new VoxseekError('ROUTE_UNKNOWN', 'there is no such error code');
      const { httpStatus, meaning, advice } = errorTable[code];
      return { code, status: httpStatus, meaning, advice };
    },
  );
};

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
