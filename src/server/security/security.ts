import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { VoxseekError } from '../../errors.js';
import { apiPrefix } from '../http/known-routes.js';
import type { AccessToken } from './access-token.js';
import { assertLocalHost, assertOwnPage } from './origin.js';

/** What says nothing of the archive needs no token, so that the viewer can ask for one. */
const publicPaths = /^\/v1\/(health|openapi\.json|errors\/[^/]+|docs(\/.*)?)$/;

/**
 * What every page may load: nothing from elsewhere, and of this server only what the viewer and the page of the
 * API need. Pictures as data URLs are icons in style sheets and the fonts of the volume renderer; styles that
 * scripts set element by element need no permission.
 */
const contentSecurityPolicy: Readonly<Record<string, readonly string[]>> = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  // Reports of benchmarks, within the viewer.
  'frame-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/**
 * Headers against what a browser could be made to do, and the checks of who asks.
 *
 * @param token undefined: everybody who reaches the server may use it, so it has to be on the loopback.
 */
export async function secure(app: FastifyInstance, token: AccessToken | undefined): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: Object.fromEntries(
        Object.entries(contentSecurityPolicy).map(([name, sources]) => [name, [...sources]]),
      ),
    },
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    // The server itself speaks plain HTTP; a proxy in front that speaks TLS sets this.
    strictTransportSecurity: false,
  });
  app.addHook('onRequest', async (request, reply) => {
    if (token === undefined) assertLocalHost(request);
    const path = request.url.split('?', 1)[0]!;
    if (path !== apiPrefix && !path.startsWith(`${apiPrefix}/`)) return;
    assertOwnPage(request);
    if (token === undefined || publicPaths.test(path) || isAllowed(request, token)) return;
    reply.header('www-authenticate', 'Bearer');
    const isMissing = request.headers.authorization === undefined;
    throw new VoxseekError('UNAUTHORIZED', isMissing ? 'the request carries no token' : 'the token is wrong');
  });
}

/** Two servers on one host share their cookies, whatever their ports. */
export function sessionCookieName({ socket }: FastifyRequest): string {
  return `voxseek-session-${socket.localPort}`;
}

/** The cookie opens what can be read; what changes something needs the token itself. */
function isAllowed(request: FastifyRequest, token: AccessToken): boolean {
  const { method, headers } = request;
  if (headers.authorization !== undefined) return token.allowsHeader(headers.authorization);
  if (method !== 'GET' && method !== 'HEAD') return false;
  const prefix = `${sessionCookieName(request)}=`;
  const cookie = headers.cookie?.split(';').find((part) => part.trim().startsWith(prefix));
  return token.allowsCookie(cookie?.trim().slice(prefix.length));
}
