import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { VoxseekError } from '../errors.js';
import type { ServerContext } from './context.js';
import { limitBodyTime } from './http/body-deadline.js';
import { answerUnknownRoutes } from './http/known-routes.js';
import { describeApi } from './http/openapi.js';
import { answerMalformedRequest, answerWithProblems, sendProblem } from './http/problem.js';
import { describeDefect, logAccess, type WriteLine } from './http/server-log.js';
import { answerWithViewer, prepareViewer } from './http/static-viewer.js';
import { alignmentRoutes } from './routes/alignment.js';
import { archiveRoutes } from './routes/archive.js';
import { errorRoutes } from './routes/errors.js';
import { healthRoutes } from './routes/health.js';
import { jobRoutes } from './routes/jobs.js';
import { locationRoutes } from './routes/location.js';
import { mapRoutes } from './routes/map.js';
import { pictureRoutes } from './routes/pictures.js';
import { reportRoutes } from './routes/reports.js';
import { searchRoutes } from './routes/search.js';
import { sessionRoutes } from './routes/session.js';
import { uploadRoutes } from './routes/uploads.js';
import { volumeRoutes } from './routes/volumes.js';
import type { AccessToken } from './security/access-token.js';
import { secure } from './security/security.js';

export interface AppOptions {
  /** undefined: everybody who reaches the server may use it. */
  readonly token?: AccessToken | undefined;
  /** Folder of the built viewer. */
  readonly viewer: string;
  /** Defects are told here. */
  readonly log: WriteLine;
  /** Every request is told too. */
  readonly verbose?: boolean;
}

/** Bytes of a JSON body; uploads have limits of their own. */
const bodyLimit = 1 << 20;
/** Ids of volumes may be as long as an address. */
const maxParamLength = 4096;

/** The server without its socket: all routes, checks and errors. */
export async function createApp(context: ServerContext, options: AppOptions): Promise<FastifyInstance> {
  const { token, viewer, log, verbose = false } = options;
  const app = Fastify({
    bodyLimit,
    // Also limits how long the end may take, and a job ends when what it is at is done.
    pluginTimeout: 0,
    routerOptions: { maxParamLength },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: answerMalformedRequest,
    frameworkErrors: (error, _request, reply) =>
      sendProblem(
        reply,
        new VoxseekError('USAGE', error.message.replace(/\.$/, ''), { subject: 'request', cause: error }),
      ),
  });
  app.decorate('voxseek', context);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  answerWithProblems(app, (error, request) => log(describeDefect(error, request)));
  answerUnknownRoutes(app, (request, reply) => answerWithViewer(viewer, request, reply));
  if (verbose) logAccess(app, log);
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id));
  context.activity.watch(app);
  limitBodyTime(app);
  await secure(app, token);
  await prepareViewer(app, viewer);
  await describeApi(app);
  for (const routes of [
    healthRoutes,
    errorRoutes,
    sessionRoutes(token),
    archiveRoutes,
    volumeRoutes,
    pictureRoutes,
    mapRoutes,
    reportRoutes,
    searchRoutes,
    alignmentRoutes,
    locationRoutes,
    uploadRoutes,
    jobRoutes,
  ]) {
    await app.register(routes);
  }
  return app;
}
