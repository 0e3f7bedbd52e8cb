import type { FastifyInstance, FastifyRequest } from 'fastify';
import { VoxseekError } from '../../errors.js';

/** Where lines of the log go. */
export type WriteLine = (line: string) => void;

/**
 * One line for every request: the route's pattern rather than its address, for ids and searches may tell who a
 * patient is.
 */
export function logAccess(app: FastifyInstance, write: WriteLine): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? '(unknown)';
    const ms = Math.round(reply.elapsedTime);
    write(
      `${new Date().toISOString()} ${request.id} ${request.method} ${route} ${reply.statusCode} ${ms} ms`,
    );
  });
}

/** What a defect was, without the files that it was about. */
export function describeDefect(error: Error, { id, method, routeOptions }: FastifyRequest): string {
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return [`${id} ${method} ${routeOptions.url ?? '(unknown)'}: ${reasonOf(error)}`, ...frames].join('\n');
}

/** Messages of the operating system name files. */
function reasonOf(error: Error): string {
  if (error instanceof VoxseekError) {
    return error.cause instanceof Error ? reasonOf(error.cause) : `${error.code} ${error.reason}`;
  }
  if ('syscall' in error && 'code' in error) return `${error.code} in ${error.syscall}`;
  return `${error.name}: ${error.message}`;
}
