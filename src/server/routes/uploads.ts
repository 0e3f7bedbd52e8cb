import multipart from '@fastify/multipart';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { VoxseekError } from '../../errors.js';
import { clientSignal } from '../http/client-signal.js';
import { letClientFinish } from '../http/let-client-finish.js';
import { problems } from '../http/responses.js';
import { upload, uploadParams } from '../schemas.js';

const form = z.object({ files: z.array(z.string().meta({ format: 'binary' })) });

export const uploadRoutes: FastifyPluginAsyncZod = async (app) => {
  const { uploads } = app.voxseek;
  await app.register(multipart);
  app.addHook('preClose', () => uploads.stopReceiving());

  app.post(
    '/v1/uploads',
    {
      // The form is described for clients; its parts are checked as they come.
      validatorCompiler: () => (body) => ({ value: body }),
      schema: {
        operationId: 'createUpload',
        summary: 'Send scans to look at, to search with or to add to the archive',
        description:
          'Any number of files as parts of a form: .nii, .nii.gz, .nrrd, .mha, DICOM files, or zip files of these. They are kept for a limited time.',
        tags: ['uploads'],
        consumes: ['multipart/form-data'],
        body: form,
        response: {
          201: upload,
          ...problems(
            'UPLOAD_INVALID',
            'UPLOAD_TOO_LARGE',
            'SERVER_BUSY',
            'STORAGE_FULL',
            'STORAGE_NOT_WRITABLE',
          ),
        },
      },
    },
    async (request, reply) => {
      try {
        const received = await uploads.receive(request, clientSignal(reply));
        return await reply.code(201).header('location', `/v1/uploads/${received.id}`).send(received);
      } catch (error) {
        // Then either the client has gone or the server goes.
        if (error instanceof VoxseekError && error.code === 'INTERRUPTED') request.raw.destroy();
        letClientFinish(request, reply);
        throw error;
      }
    },
  );

  app.get(
    '/v1/uploads/:upload',
    {
      schema: {
        operationId: 'getUpload',
        summary: 'What an upload holds',
        tags: ['uploads'],
        params: uploadParams,
        response: { 200: upload, ...problems('UPLOAD_UNKNOWN') },
      },
    },
    async ({ params }) => uploads.upload(params.upload),
  );

  app.delete(
    '/v1/uploads/:upload',
    {
      schema: {
        operationId: 'deleteUpload',
        summary: 'Remove an upload before its time',
        description: 'A job that adds its images goes on.',
        tags: ['uploads'],
        params: uploadParams,
        response: { 204: z.undefined().describe('Removed.'), ...problems('UPLOAD_UNKNOWN') },
      },
    },
    async ({ params }, reply) => {
      await uploads.remove(params.upload);
      return reply.code(204).send();
    },
  );
};
