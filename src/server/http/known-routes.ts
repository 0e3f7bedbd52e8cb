import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { VoxseekError } from '../../errors.js';
import { sendProblem } from './problem.js';

/** What is behind this is the API; all else is the viewer. */
export const apiPrefix = '/v1';

/**
 * Answers addresses of the API that do not exist (ROUTE_UNKNOWN), and those that do with another method
 * (METHOD_NOT_ALLOWED, with the header Allow of RFC 9110 15.5.6). To be called before any route is added.
 *
 * @param answerOthers for what is not below /v1.
 */
export function answerUnknownRoutes(
  app: FastifyInstance,
  answerOthers: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
): void {
  const known: { readonly pattern: RegExp; readonly methods: Set<string> }[] = [];
  const byUrl = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    let methods = byUrl.get(url);
    if (methods === undefined) {
      methods = new Set();
      byUrl.set(url, methods);
      known.push({ pattern: patternOf(url), methods });
    }
    for (const name of [method].flat()) methods.add(name);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const isApi = path === apiPrefix || path.startsWith(`${apiPrefix}/`);
    const allowed = known.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => [...methods]);
    const others = [...new Set(allowed)].sort();
    if (isApi && others.length > 0 && !others.includes(request.method)) {
      reply.header('allow', others.join(', '));
      return sendProblem(
        reply,
        new VoxseekError('METHOD_NOT_ALLOWED', `${request.method} is none of ${others.join(', ')}`),
      );
    }
    if (isApi) return sendProblem(reply, new VoxseekError('ROUTE_UNKNOWN', 'there is no such address'));
    return answerOthers(request, reply);
  });
}

/** "/v1/volumes/:id/slices/:index.png" as a regular expression for whole paths. */
function patternOf(url: string): RegExp {
  const parts = url.split(/(:[A-Za-z]+|\*)/).map((part) => {
    if (part === '*') return '.*';
    if (part.startsWith(':')) return '[^/]+';
    return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`);
}
