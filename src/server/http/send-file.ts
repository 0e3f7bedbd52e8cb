import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { fromSystemError } from '../../errors.js';
import type { DerivedFile } from '../pictures/pictures.js';

const year = 365 * 24 * 3600;

/**
 * Answers with a file; with 304 (RFC 9110 15.4.5) where the client has it already, without making it then.
 *
 * @param isImmutable the address says which revision is meant: it will never show anything else.
 */
export async function sendDerivedFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { etag, type, make }: DerivedFile,
  isImmutable: boolean,
): Promise<FastifyReply> {
  reply
    .header('etag', etag)
    .header('cache-control', isImmutable ? `private, max-age=${year}, immutable` : 'private, no-cache')
    .header('vary', 'authorization, cookie');
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
  const path = await make();
  const file = await open(path).catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  const { size } = await file.stat();
  return reply
    .header('content-type', type)
    .header('content-length', size)
    .send(createReadStream(path, { fd: file, highWaterMark: 1 << 18 }));
}

/** If-None-Match compares weakly (RFC 9110 13.1.2). */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((part) => {
    const candidate = part.trim().replace(/^W\//, '');
    return candidate === '*' || candidate === etag;
  });
}
