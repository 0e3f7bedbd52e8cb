import type { Socket } from 'node:net';
import { isAbsolute } from 'node:path';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { errorTable, VoxseekError } from '../../errors.js';
import type { Problem } from '../schemas.js';

const mediaType = 'application/problem+json; charset=utf-8';
/** Seconds after which a client that was told to wait may come again. */
const retryAfterSeconds = 1;

/**
 * An error as a problem object (RFC 9457). Paths of this machine are left out: they are none of a client's
 * business and may hold the name of a patient.
 */
export function problemOf({ code, subject, reason, advice, httpStatus }: VoxseekError): Problem {
  return {
    type: `/v1/errors/${code}`,
    title: errorTable[code].meaning,
    status: httpStatus,
    detail: `${reason}.`,
    code,
    subject: subject === undefined || isAbsolute(subject) ? null : subject,
    advice,
  };
}

/** Sends an error as application/problem+json with the status of its code. */
export function sendProblem(reply: FastifyReply, error: VoxseekError): FastifyReply {
  if (error.httpStatus === 429 || error.httpStatus === 503) reply.header('retry-after', retryAfterSeconds);
  return (
    reply
      .code(error.httpStatus)
      .header('content-type', mediaType)
      .header('cache-control', 'no-store')
      // The routes' own serializers are for what they answer, and this body is text already.
      .serializer((body: string) => body)
      .send(JSON.stringify(problemOf(error)))
  );
}

/**
 * Every error of every route becomes a problem object.
 *
 * @param onDefect is told what was thrown where it is a defect of Voxseek: the client gets no more of it than a
 *   request id.
 */
export function answerWithProblems(
  app: FastifyInstance,
  onDefect: (error: Error, request: FastifyRequest) => void,
): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = asVoxseekError(error, request);
    if (known.code === 'INTERNAL') onDefect(error, request);
    return sendProblem(reply, known);
  });
}

/** Codes of Node for what it does not pass on. */
const malformed: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  HPE_HEADER_OVERFLOW: ['the address and the headers are larger than 16 KiB', 'Send less of them.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['the request did not come to its end in time', 'Send it at once.'],
};

/** Answers what cannot be understood as HTTP, for which there is no request and no reply. */
export function answerMalformedRequest({ code }: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [reason, advice] = malformed[code ?? ''] ?? ['what was sent is no HTTP request', 'Send one.'];
  const error = new VoxseekError('USAGE', reason, { advice });
  const body = JSON.stringify(problemOf(error));
  socket.end(
    [
      'HTTP/1.1 400 Bad Request',
      `Content-Type: ${mediaType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function asVoxseekError(error: FastifyError | VoxseekError, request: FastifyRequest): VoxseekError {
  if (error instanceof VoxseekError) return error.code === 'INTERNAL' ? defect(request, error) : error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first, ...others] = error.validation;
    const place = first!.instancePath.slice(1).replaceAll('/', '.');
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return new VoxseekError('USAGE', `${place === '' ? '' : `${place}: `}${first!.message}${more}`, {
      subject: error.validationContext ?? 'request',
      advice: 'See /v1/openapi.json for what this address takes.',
    });
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new VoxseekError('UPLOAD_TOO_LARGE', 'the body of the request is too large', { cause: error });
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new VoxseekError('USAGE', error.message.replace(/\.$/, ''), {
      subject: 'request',
      advice: 'See /v1/openapi.json for what this address takes.',
      cause: error,
    });
  }
  return defect(request, error);
}

function defect(request: FastifyRequest, cause: Error): VoxseekError {
  return new VoxseekError('INTERNAL', `an unexpected error in request ${request.id}`, {
    advice: 'The server has written what happened to its log, under the same id; please report it.',
    cause,
  });
}
