import type { FastifyInstance } from 'fastify';

const defaultMs = 30_000;

/**
 * Cuts off clients that begin a JSON body and do not finish it: each would hold a connection for as long as it
 * likes. Uploads have a limit of their own, from byte to byte.
 *
 * @param ms until the body has to be there.
 */
export function limitBodyTime(app: FastifyInstance, ms: number = defaultMs): void {
  app.addHook('preParsing', async ({ headers, raw }) => {
    if (headers['content-type']?.startsWith('multipart/')) return;
    const timer = setTimeout(() => raw.destroy(), ms);
    raw.once('end', () => clearTimeout(timer));
    raw.once('close', () => clearTimeout(timer));
  });
}
