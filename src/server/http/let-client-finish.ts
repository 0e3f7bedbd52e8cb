import type { FastifyReply, FastifyRequest } from 'fastify';

/** What a client that is refused may still send. */
const maximalBytes = 64 * 2 ** 20;
const maximalMs = 5_000;

/**
 * For a request that is answered before it was read to its end. Where its connection was closed at once, a client
 * that is still sending would lose the answer (RFC 9112 9.6). So what it sends is thrown away for a while, within
 * bounds; one that sends on and on is cut off.
 */
export function letClientFinish({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (raw.complete || raw.destroyed) return;
  raw.unpipe();
  let bytes = 0;
  raw.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maximalBytes) raw.destroy();
  });
  reply.raw.once('finish', () => {
    const timer = setTimeout(() => raw.destroy(), maximalMs);
    raw.once('end', () => clearTimeout(timer));
    raw.once('close', () => clearTimeout(timer));
    raw.resume();
  });
}
