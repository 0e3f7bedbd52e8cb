import { stat } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import staticFiles from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { VoxseekError } from '../../errors.js';
import { sendProblem } from './problem.js';

/** Where the viewer is built to, seen from src/server/http and from dist/server/http alike. */
export const builtViewer = fileURLToPath(new URL('../../../dist/web', import.meta.url));

const page = 'index.html';
/** Their names change with their content. */
const assets = 'assets/';

/** Makes files of the viewer sendable: {@link answerWithViewer}. */
export async function prepareViewer(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(staticFiles, {
    root: folder,
    serve: false,
    cacheControl: false,
    dotfiles: 'deny',
    index: false,
  });
}

/**
 * Answers with a file of the viewer, or with its page where the path has no ending: then it is one of the
 * viewer's own places.
 */
export async function answerWithViewer(
  folder: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    reply.header('allow', 'GET, HEAD');
    return sendProblem(
      reply,
      new VoxseekError('METHOD_NOT_ALLOWED', `${request.method} is none of GET, HEAD`),
    );
  }
  const name = fileName(request.url);
  if (name === undefined || !(await isFile(join(folder, name)))) {
    if (name === page) {
      return reply.code(404).type('text/plain; charset=utf-8').send(notBuilt);
    }
    return sendProblem(reply, new VoxseekError('ROUTE_UNKNOWN', 'there is no such file'));
  }
  reply.header(
    'cache-control',
    name.startsWith(assets) ? `public, max-age=${365 * 24 * 3600}, immutable` : 'no-cache',
  );
  return reply.sendFile(name);
}

const notBuilt = `The viewer is not part of this installation: it is made by "npm run build".

The API is there: see /v1/docs
`;

/** @returns the file below the viewer's folder that a URL means; undefined where it is none. */
function fileName(url: string): string | undefined {
  const path = url.split('?', 1)[0]!;
  if (!/\.[a-z0-9]+$/i.test(path)) return page;
  try {
    const name = normalize(decodeURIComponent(path)).replace(/^[\\/]+/, '');
    return name.split(sep).includes('..') || name.includes('\0') ? undefined : name;
  } catch {
    return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
}
