import { z } from 'zod';
import { type ErrorCode, errorTable } from '../../errors.js';
import { problem } from '../schemas.js';

const binary = z.string().meta({ format: 'binary' });

/** Codes that every address may answer with. */
const anywhere: readonly ErrorCode[] = ['USAGE', 'UNAUTHORIZED', 'ORIGIN_REFUSED', 'INTERNAL'];

/**
 * The errors of a route, for its schema: one entry for each status, which names the codes.
 *
 * @param codes those that are the route's own.
 */
export function problems(...codes: readonly ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set([...anywhere, ...codes])) {
    const { httpStatus } = errorTable[code];
    byStatus.set(httpStatus, [...(byStatus.get(httpStatus) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      status,
      {
        description: names.map((name) => `${name}: ${errorTable[name].meaning}`).join(' '),
        content: { 'application/problem+json': { schema: problem } },
      },
    ]),
  );
}

/** A body of bytes, for the schema of a route. */
export function bytes(type: string, description: string) {
  return { description, content: { [type]: { schema: binary } } };
}

/** The answer to a client that has the content already. */
export const notModified = z.undefined().describe('Not modified: the client has it (If-None-Match).');
