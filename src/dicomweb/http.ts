import { setTimeout as wait } from 'node:timers/promises';
import { VoxseekError } from '../errors.js';
import { version } from '../version.js';
import { authorization, type Credentials } from './credentials.js';

export interface HttpOptions {
  readonly credentials?: Credentials;
  /** Attempts for one request; default 5. */
  readonly attempts?: number;
  /** Wait before the second attempt, in ms, doubled for each further one, less a random part; default 1,000. */
  readonly retryDelayMs?: number;
  /** A connection without a byte for so long, in ms, counts as broken; default 60,000. */
  readonly idleMs?: number;
}

export interface HttpRequest {
  /** Absolute; never shown with its query, which may name a patient. */
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly accept: string;
  readonly body?: Uint8Array;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** Attempts for this request; default: those of the client. */
  readonly attempts?: number;
}

/** An answer whose body comes chunk by chunk, each within the deadline. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
}

/** A failure that may pass: no connection, a broken or stalled transfer, an answer that says "later". */
export class PassingFailure extends Error {
  /** What the server asks for (Retry-After), in ms. */
  readonly retryAfterMs: number | undefined;
  /** Further attempts that may help; a server that fails at the same thing twice will do so again. */
  readonly mostAttempts: number;

  constructor(message: string, details: { retryAfterMs?: number | undefined; mostAttempts?: number } = {}) {
    super(message);
    this.retryAfterMs = details.retryAfterMs;
    this.mostAttempts = details.mostAttempts ?? Number.POSITIVE_INFINITY;
  }
}

const mostRedirects = 5;
/** Who asks for a longer pause is not waited for: the same command, later, goes on. */
const longestRetryAfterMs = 120_000;
const keepsMethod: ReadonlySet<number> = new Set([307, 308]);
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Requests to one DICOMweb server: credentials, deadlines, retries, redirects. */
export class HttpClient {
  readonly #authorization: string | undefined;
  readonly #attempts: number;
  readonly #retryDelayMs: number;
  readonly #idleMs: number;

  constructor({
    credentials = { kind: 'none' },
    attempts = 5,
    retryDelayMs = 1000,
    idleMs = 60_000,
  }: HttpOptions) {
    this.#authorization = authorization(credentials);
    this.#attempts = attempts;
    this.#retryDelayMs = retryDelayMs;
    this.#idleMs = idleMs;
  }

  /**
   * Sends a request and hands the answer to `use`, whatever its status below 500 but 401, 403, 408 and 429.
   * Where the server or the connection fails, also while `use` reads the body, all of it is done again.
   *
   * @param use must start from nothing each time; it may throw {@link PassingFailure} itself.
   * @throws VoxseekError PACS_UNREACHABLE, PACS_REFUSED, INTERRUPTED, and what `use` throws
   */
  async send<T>(request: HttpRequest, use: (answer: HttpAnswer) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(request, use);
      } catch (error) {
        if (request.signal?.aborted) throw interrupted(request.url);
        if (!(error instanceof PassingFailure)) throw error;
        const { retryAfterMs = 0, mostAttempts } = error;
        const attempts = Math.min(request.attempts ?? this.#attempts, mostAttempts);
        if (attempt >= attempts || retryAfterMs > longestRetryAfterMs) {
          const tried = attempt === 1 ? '' : ` (tried ${attempt} times)`;
          throw new VoxseekError('PACS_UNREACHABLE', `${error.message}${tried}`, {
            subject: shownUrl(request.url),
            cause: error,
          });
        }
        await this.#pause(attempt, retryAfterMs, request);
      }
    }
  }

  async #pause(attempt: number, retryAfterMs: number, { signal, url }: HttpRequest): Promise<void> {
    const delay = this.#retryDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
    await wait(Math.max(delay, retryAfterMs), undefined, signal ? { signal } : {}).catch(() => {
      throw interrupted(url);
    });
  }

  async #attempt<T>(request: HttpRequest, use: (answer: HttpAnswer) => Promise<T>): Promise<T> {
    const deadline = new IdleDeadline(this.#idleMs);
    const signal = request.signal ? AbortSignal.any([request.signal, deadline.signal]) : deadline.signal;
    try {
      const response = await this.#follow(request, signal);
      deadline.stop();
      checkStatus(response, request.url);
      const body = deadline.watch(response.body, signal);
      return await use({ status: response.status, headers: response.headers, body });
    } catch (error) {
      if (deadline.signal.aborted) throw deadline.signal.reason;
      throw error;
    } finally {
      // Also closes a connection whose body nobody has read to its end.
      deadline.end();
    }
  }

  /** Credentials go to the origin of the service only: another one could keep them. */
  async #follow(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    const origin = new URL(request.url).origin;
    let url = request.url;
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const isOwn = new URL(url).origin === origin;
      const response = await fetch(url, {
        method: request.method,
        redirect: 'manual',
        signal,
        headers: {
          accept: request.accept,
          'user-agent': `voxseek/${version}`,
          ...(request.contentType !== undefined && { 'content-type': request.contentType }),
          ...(isOwn && this.#authorization !== undefined && { authorization: this.#authorization }),
        },
        ...(request.body !== undefined && { body: request.body }),
      }).catch((error: unknown) => {
        if (signal.aborted) throw signal.reason;
        const reason = reasonOf(error);
        // A certificate does not become another by asking again.
        throw new PassingFailure(reason, isOfCertificate(reason) ? { mostAttempts: 1 } : {});
      });
      const location = response.headers.get('location');
      if (!redirects.has(response.status) || location === null) return response;
      await response.body?.cancel();
      if (request.method === 'POST' && !keepsMethod.has(response.status)) {
        throw answerInvalid(request.url, `answers a POST with a redirect (${response.status})`);
      }
      if (!URL.canParse(location, url)) throw answerInvalid(request.url, 'redirects to what is no address');
      url = new URL(location, url).href;
      if (request.method === 'POST' && new URL(url).origin !== origin) {
        throw answerInvalid(request.url, 'redirects what is to be stored to another server');
      }
    }
    throw answerInvalid(request.url, `answers with more than ${mostRedirects} redirects`);
  }
}

/** Aborts when nothing has come for a while. Only waiting counts, not the time that the reader takes. */
class IdleDeadline {
  readonly #controller = new AbortController();
  readonly #idleMs: number;
  #timer: NodeJS.Timeout | undefined;
  #lastLook: NodeJS.Immediate | undefined;

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
    this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  #start(): void {
    this.#timer = setTimeout(() => {
      // After a long computation the timer is due before what came meanwhile is looked at.
      this.#lastLook = setImmediate(() => {
        this.#controller.abort(new PassingFailure(`no byte came for ${this.#idleMs / 1000} s`));
      });
    }, this.#idleMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#lastLook);
  }

  end(): void {
    this.stop();
    this.#controller.abort();
  }

  async *watch(body: Response['body'], signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = body?.getReader();
    if (reader === undefined) return;
    for (;;) {
      this.#start();
      const { value, done } = await reader.read().catch((error: unknown) => {
        if (signal.aborted) throw signal.reason;
        throw new PassingFailure(`the transfer broke off (${reasonOf(error)})`);
      });
      this.stop();
      if (done) return;
      yield value;
    }
  }
}

function checkStatus({ status, statusText, headers }: Response, url: string): void {
  if (status === 401 || status === 403) {
    const reason =
      status === 401
        ? 'the server does not accept the credentials, or wants some'
        : 'the server forbids this';
    throw new VoxseekError('PACS_REFUSED', `${reason} (${status})`, { subject: shownUrl(url) });
  }
  if (status < 500 && status !== 408 && status !== 429) return;
  const reason = `the server answers ${`${status} ${statusText}`.trim()}`;
  // Not implemented, version not supported: so it will stay. 500 may be one bad moment, or a defect that repeats.
  const mostAttempts = status === 501 || status === 505 ? 1 : status === 500 ? 2 : undefined;
  throw new PassingFailure(reason, {
    retryAfterMs: retryAfter(headers.get('retry-after')),
    ...(mostAttempts !== undefined && { mostAttempts }),
  });
}

/** RFC 9110, section 10.2.3: seconds, or a date. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** "fetch failed" alone helps nobody; the cause has ECONNREFUSED, ENOTFOUND and the like. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code = 'code' in cause ? String(cause.code) : '';
  return cause.message.includes(code) ? cause.message || code || error.message : `${code} ${cause.message}`;
}

function isOfCertificate(reason: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(reason);
}

/** A query names what is looked for, which may be a patient. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

export function answerInvalid(url: string, reason: string): VoxseekError {
  return new VoxseekError('PACS_ANSWER_INVALID', reason, { subject: shownUrl(url) });
}

function interrupted(url: string): VoxseekError {
  return new VoxseekError('INTERRUPTED', 'the request was stopped', { subject: shownUrl(url) });
}
