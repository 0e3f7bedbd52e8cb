import { finished } from 'node:stream/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What a client that is refused may still send. */
const maximalBytes = 64 * 2 ** 20;
const maximalMs = 5_000;

/**
 * Before an answer to a request that was not read to its end: most clients read an answer only when they have
 * sent all, and lose it where the connection is closed before. So the rest is read and thrown away, within
 * bounds; then the connection ends (RFC 9112 9.6).
 */
export async function letClientFinish({ raw }: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (raw.readableEnded || raw.destroyed) return;
  reply.header('connection', 'close');
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), maximalMs);
  let bytes = 0;
  raw.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maximalBytes) stop.abort();
  });
  raw.resume();
  // Ends with an error where the client goes away or sends too much: neither matters any more.
  await finished(raw, { signal: stop.signal, writable: false }).catch(() => {});
  clearTimeout(timer);
}
