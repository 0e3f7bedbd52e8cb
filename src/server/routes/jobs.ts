import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { clientSignal } from '../http/client-signal.js';
import { bytes, problems } from '../http/responses.js';
import { ingestUpload } from '../jobs/ingest-upload.js';
import { jobEvents } from '../jobs/job-events.js';
import { job, jobList, jobRequest } from '../schemas.js';

const params = z.object({ id: z.string().describe('Id of a job.') });
const events = bytes(
  'text/event-stream',
  'Events of the type "job", with the job as JSON: its state now and after each change, at most five a second. The stream ends when the job has ended.',
);

export const jobRoutes: FastifyPluginAsyncZod = async (app) => {
  const { archive, engine, jobs, naming, uploads } = app.voxseek;
  // Streams of events end with their jobs, so that the server can.
  app.addHook('preClose', () => jobs.close());

  app.post(
    '/v1/jobs',
    {
      schema: {
        operationId: 'createJob',
        summary: 'Add images of an upload to the archive',
        description:
          'One job runs at a time. The files stay beside the archive. A scan that the archive has already is not added again, and no volume is replaced: where an id is taken, the new volume gets another.',
        tags: ['jobs'],
        body: jobRequest,
        response: { 202: job, ...problems('UPLOAD_UNKNOWN', 'SERVER_BUSY') },
      },
    },
    async ({ body }, reply) => {
      const work = ingestUpload(archive, engine, uploads, body, naming);
      try {
        const added = jobs.add(body.kind, work);
        return await reply.code(202).header('location', `/v1/jobs/${added.id}`).send(added);
      } catch (error) {
        await work.release();
        throw error;
      }
    },
  );

  app.get(
    '/v1/jobs',
    {
      schema: {
        operationId: 'listJobs',
        summary: 'All jobs since the server was started, the newest first',
        tags: ['jobs'],
        response: { 200: jobList, ...problems() },
      },
    },
    async () => ({ jobs: jobs.list() }),
  );

  app.get(
    '/v1/jobs/:id',
    {
      schema: {
        operationId: 'getJob',
        summary: 'One job, with its progress and what became of it',
        tags: ['jobs'],
        params,
        response: { 200: job, ...problems('JOB_UNKNOWN') },
      },
    },
    async ({ params: { id } }) => jobs.job(id),
  );

  app.get(
    '/v1/jobs/:id/events',
    {
      schema: {
        operationId: 'watchJob',
        summary: 'The changes of a job, as server-sent events',
        tags: ['jobs'],
        params,
        response: { 200: events, ...problems('JOB_UNKNOWN') },
      },
    },
    async ({ params: { id } }, reply) => {
      jobs.job(id);
      return sendEvents(reply, jobEvents(jobs, id, clientSignal(reply)));
    },
  );

  app.delete(
    '/v1/jobs/:id',
    {
      schema: {
        operationId: 'cancelJob',
        summary: 'Stop a job',
        description: 'What it has finished is kept. One that has ended stays as it is.',
        tags: ['jobs'],
        params,
        response: { 200: job, ...problems('JOB_UNKNOWN') },
      },
    },
    async ({ params: { id } }) => jobs.cancel(id),
  );
};

function sendEvents(reply: FastifyReply, stream: AsyncIterable<string>): FastifyReply {
  return (
    reply
      .type('text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      // A server that stops would wait for a next request on it.
      .header('connection', 'close')
      // Proxies would hold events back otherwise.
      .header('x-accel-buffering', 'no')
      .send(Readable.from(stream))
  );
}
