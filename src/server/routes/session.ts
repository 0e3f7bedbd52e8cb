import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { problems } from '../http/responses.js';
import { noContent } from '../schemas.js';
import type { AccessToken } from '../security/access-token.js';
import { sessionCookieName } from '../security/security.js';

/** @param token undefined: there is nothing to prove, and the cookie is not needed. */
export function sessionRoutes(token: AccessToken | undefined): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/v1/session',
      {
        schema: {
          operationId: 'createSession',
          summary: 'A cookie in exchange for the token',
          description:
            'For a browser: pictures and event streams cannot send the header with the token. The cookie opens what can be read (GET, HEAD) until the server ends.',
          tags: ['server'],
          response: { 204: noContent, ...problems() },
        },
      },
      async (request, reply) => {
        if (token !== undefined) {
          const isEncrypted = request.headers['x-forwarded-proto'] === 'https';
          const attributes = ['Path=/', 'HttpOnly', 'SameSite=Strict', ...(isEncrypted ? ['Secure'] : [])];
          const cookie = `${sessionCookieName(request)}=${token.cookieValue}`;
          reply.header('set-cookie', [cookie, ...attributes].join('; '));
        }
        return reply.code(204).send();
      },
    );
  };
}
