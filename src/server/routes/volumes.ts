import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { problems } from '../http/responses.js';
import {
  volumeDetail as volumeDetailSchema,
  volumeListQuery,
  volumePage as volumePageSchema,
  volumeParams,
} from '../schemas.js';
import { volumePage } from '../volumes/volume-list.js';
import { volumeDetail } from '../volumes/volume-summary.js';

export const volumeRoutes: FastifyPluginAsyncZod = async (app) => {
  const { archive } = app.voxseek;
  app.get(
    '/v1/volumes',
    {
      schema: {
        operationId: 'listVolumes',
        summary: 'Volumes of the archive, filtered, page by page',
        tags: ['archive'],
        querystring: volumeListQuery,
        response: { 200: volumePageSchema, ...problems('FILTER_INVALID', 'ARCHIVE_CORRUPT') },
      },
    },
    async ({ query }) => volumePage(await archive.volumes(query.filter), query),
  );
  app.get(
    '/v1/volumes/:id',
    {
      schema: {
        operationId: 'getVolume',
        summary: 'One volume: geometry, labels and its stored slices',
        tags: ['archive'],
        params: volumeParams,
        response: { 200: volumeDetailSchema, ...problems('VOLUME_UNKNOWN', 'ARCHIVE_CORRUPT') },
      },
    },
    async ({ params }) => {
      const record = await archive.volume(params.id);
      return volumeDetail(record, await archive.sliceRecords(record), archive.manifest.slicing.plane);
    },
  );
};
