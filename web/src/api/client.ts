import { apiAddress } from './base.js';
import { ApiProblem, isProblem, unexplained } from './problem.js';
import { acceptToken, currentToken, tokenRefused } from './token.js';

interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON, or as it is where it is a form. */
  readonly body?: object;
  readonly signal?: AbortSignal;
  /** Instead of the one that was accepted before. */
  readonly token?: string;
}

/**
 * Asks the server.
 *
 * @param path after /v1/, parts already encoded.
 * @throws ApiProblem for every answer that is no success, and where there is no answer.
 */
export async function request(
  path: string,
  { method = 'GET', body, signal, token = currentToken() ?? '' }: RequestOptions = {},
): Promise<Response> {
  const headers = new Headers({ accept: 'application/json, */*' });
  if (token !== '') headers.set('authorization', `Bearer ${token}`);
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers.set('content-type', 'application/json');
  let response: Response;
  try {
    response = await fetch(apiAddress(path), {
      method,
      headers,
      ...(signal === undefined ? {} : { signal }),
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw unexplained(
      0,
      'No answer',
      'The Voxseek server does not answer.',
      'Check that it still runs, then try again.',
    );
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

export async function requestJson<T>(path: string, options?: RequestOptions): Promise<T> {
  return (await (await request(path, options)).json()) as T;
}

export async function requestBytes(path: string, options?: RequestOptions): Promise<ArrayBuffer> {
  return (await request(path, options)).arrayBuffer();
}

async function problemOf(response: Response): Promise<ApiProblem> {
  if (response.status === 401) tokenRefused();
  const answer: unknown = await response.json().catch(() => null);
  if (isProblem(answer)) return new ApiProblem(answer);
  return unexplained(
    response.status,
    `The server answered ${response.status}`,
    response.statusText === '' ? 'It gave no reason.' : response.statusText,
    'Try again in a moment.',
  );
}

/**
 * Shows the server its token. From then on this tab sends it, and pictures, whose addresses cannot carry it, come
 * by the cookie that the server gives in exchange.
 *
 * @throws ApiProblem where it is the wrong one.
 */
export async function openSession(token: string): Promise<void> {
  await request('session', { method: 'POST', token });
  acceptToken(token);
}
