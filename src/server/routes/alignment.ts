import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Alignment } from '../../answer/alignment.js';
import { clientSignal } from '../http/client-signal.js';
import { bytes, problems } from '../http/responses.js';
import { alignmentRequest } from '../schemas.js';
import { encodeAlignment } from '../search/alignment-format.js';
import { queryProblems } from '../search/query-problems.js';

const mediaType = 'application/octet-stream';
const matrix = bytes(
  mediaType,
  'Little endian: "VXAL"; uint32 version (1); uint32 rows, the slices of the query; uint32 columns, the stored slices of the hit; int32[rows] slice indices of the query; int32[columns] slice indices of the hit; float32[columns] their positions in mm (RAS+); float32[rows x columns] cosines, row by row.',
);

export const alignmentRoutes: FastifyPluginAsyncZod = async (app) => {
  app.post(
    '/v1/alignment',
    {
      schema: {
        operationId: 'align',
        summary: 'Compare every slice of a query with every stored slice of an archived volume',
        tags: ['search'],
        body: alignmentRequest,
        response: { 200: matrix, ...problems(...queryProblems) },
      },
    },
    async ({ body }, reply) => {
      const alignment = await app.voxseek.searches.align(body, clientSignal(reply));
      return sendAlignment(reply, alignment);
    },
  );
};

function sendAlignment(reply: FastifyReply, alignment: Alignment): FastifyReply {
  return reply.header('cache-control', 'no-store').type(mediaType).send(encodeAlignment(alignment));
}
