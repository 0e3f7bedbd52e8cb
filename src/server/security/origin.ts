import { isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { VoxseekError } from '../../errors.js';

/** Whether a host name or address is of this machine alone. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}

/**
 * Refuses a request that reached a server on the loopback under another name: a page of another site has made
 * its own name point here (DNS rebinding) to get past the same-origin policy.
 *
 * @throws VoxseekError ORIGIN_REFUSED
 */
export function assertLocalHost({ headers }: Pick<FastifyRequest, 'headers'>): void {
  const host = headers.host ?? '';
  if (isLoopback(host.replace(/:\d+$/, ''))) return;
  throw new VoxseekError('ORIGIN_REFUSED', 'the header Host names another host than this machine');
}

/**
 * Refuses what a page of another site makes a browser send, except that someone follows a link: such a page
 * could not read the answer, but start work. Browsers say whose page it is in Sec-Fetch-Site, older ones in
 * Origin; programs say nothing.
 *
 * Source: Fetch Metadata Request Headers (W3C), https://www.w3.org/TR/fetch-metadata/
 *
 * @throws VoxseekError ORIGIN_REFUSED
 */
export function assertOwnPage({ headers, method }: Pick<FastifyRequest, 'headers' | 'method'>): void {
  const isReading = method === 'GET' || method === 'HEAD';
  const site = headers['sec-fetch-site'];
  if (site !== undefined) {
    if (site === 'same-origin' || site === 'none') return;
    if (isReading && headers['sec-fetch-mode'] === 'navigate') return;
  } else {
    const { origin, host } = headers;
    if (isReading || origin === undefined) return;
    if (URL.canParse(origin) && new URL(origin).host === host) return;
  }
  throw new VoxseekError('ORIGIN_REFUSED', 'a page of another site made this request');
}
