import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fromWriteError, VoxseekError } from '../errors.js';
import { writeWhole } from '../write-whole.js';

/** One file of a repository on the Hugging Face hub, or on a mirror with its layout. */
export interface HubFile {
  /** owner/name. */
  readonly repository: string;
  /** A commit, so that the same name always means the same bytes; also a branch or a tag. */
  readonly revision: string;
  /** Path inside the repository. */
  readonly path: string;
  /** SHA-256 in hex, where it is known beforehand; besides, what the hub says itself is always checked. */
  readonly sha256?: string;
}

export interface DownloadOptions {
  /** Default: HF_ENDPOINT, as the hub's own tools read it, else https://huggingface.co. */
  readonly endpoint?: string;
  /** Wait before the second attempt, in ms; doubled for each further one. Default 1000. */
  readonly retryDelayMs?: number;
  /** A transfer without a byte for so long, in ms, counts as broken. Default 60,000. */
  readonly stallMs?: number;
}

const attempts = 4;
const mostRedirects = 5;
/** A running transfer writes all the time, so a temporary file as old as this belongs to a process that ended. */
const leftoverAgeMs = 3_600_000;

/** A failure that may pass: no connection, a broken transfer, 408, 429 or 5xx. */
class PassingFailure extends Error {}

/** The address of a file: ENDPOINT/REPOSITORY/resolve/REVISION/PATH. */
export function hubUrl(
  { repository, revision, path }: HubFile,
  endpoint: string = process.env.HF_ENDPOINT || 'https://huggingface.co',
): string {
  return `${endpoint.replace(/\/+$/, '')}/${repository}/resolve/${encodeURIComponent(revision)}/${path}`;
}

/** "fetch failed" alone helps nobody; the cause has ECONNREFUSED, ENOTFOUND and the like. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code = 'code' in cause ? String(cause.code) : '';
  return cause.message.includes(code) ? cause.message || error.message : `${code} ${cause.message}`.trim();
}

/** What the hub says about a file, on whichever answer of a chain of redirects it says it. */
interface Published {
  sha256: string | undefined;
  bytes: number | undefined;
}

/** LFS files have their SHA-256 as ETag; small files and other servers have something else, which says nothing. */
function sha256Of(etag: string | null): string | undefined {
  return /^(?:W\/)?"?([0-9a-f]{64})"?$/i.exec(etag ?? '')?.[1]?.toLowerCase();
}

function checkStatus(status: number, url: string): void {
  if (status === 200 || status === 206) return;
  if (status === 408 || status === 429 || status >= 500) {
    throw new PassingFailure(`the server answers ${status}`);
  }
  const reasons: Readonly<Record<number, string>> = {
    401: 'there is no such repository, or it is not public (401)',
    403: 'the server does not give it to everybody (403)',
    404: 'there is no such file (404)',
  };
  throw new VoxseekError('DOWNLOAD_FAILED', reasons[status] ?? `the server answers ${status}`, {
    subject: url,
  });
}

/**
 * Asks for a file from byte `from` on. Redirects are followed by hand, because the hub says hash and size on the
 * redirect to its storage (x-linked-etag, x-linked-size) and not on the answer of the storage.
 */
async function request(url: string, from: number, published: Published, signal: AbortSignal) {
  let address = url;
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const response = await fetch(address, {
      redirect: 'manual',
      signal,
      headers: {
        // Compressed on its way, its length would not be its size.
        'accept-encoding': 'identity',
        ...(from > 0 && { range: `bytes=${from}-` }),
      },
    });
    const { headers, status } = response;
    if (status < 400) {
      const ownEtag = new URL(address).origin === new URL(url).origin ? headers.get('etag') : null;
      published.sha256 ??= sha256Of(headers.get('x-linked-etag') ?? ownEtag);
      const size = headers.get('x-linked-size');
      if (size !== null) published.bytes ??= Number(size);
    }
    const location = headers.get('location');
    if (status < 300 || status >= 400 || location === null) {
      checkStatus(status, url);
      const length = headers.get('content-length');
      if (length !== null) published.bytes ??= Number(length) + (status === 206 ? from : 0);
      return response;
    }
    await response.body?.cancel();
    address = new URL(location, address).href;
  }
  throw new VoxseekError('DOWNLOAD_FAILED', `more than ${mostRedirects} redirects`, { subject: url });
}

/** One attempt: appends to the file, from where the last one broke off if the server lets it. */
async function transfer(url: string, file: string, published: Published, stallMs: number): Promise<void> {
  const abort = new AbortController();
  const stalled = () => abort.abort(new PassingFailure(`no byte came for ${stallMs / 1000} s`));
  let timer = setTimeout(stalled, stallMs);
  const output = await open(file, 'a');
  try {
    const from = (await output.stat()).size;
    const response = await request(url, from, published, abort.signal);
    const resumed = from > 0 && response.status === 206;
    if (from > 0 && !resumed) await output.truncate(0);
    let received = resumed ? from : 0;
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(stalled, stallMs);
      try {
        await output.appendFile(chunk);
      } catch (error) {
        throw fromWriteError(error, file);
      }
      received += chunk.length;
    }
    if (published.bytes !== undefined && received < published.bytes) {
      throw new PassingFailure(`the transfer broke off after ${received} of ${published.bytes} bytes`);
    }
  } catch (error) {
    if (error instanceof VoxseekError || error instanceof PassingFailure) throw error;
    // Whatever else fetch throws is about the connection.
    throw new PassingFailure(reasonOf(error));
  } finally {
    clearTimeout(timer);
    await output.close();
  }
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function checkContent(url: string, file: string, wanted: HubFile, published: Published): Promise<void> {
  const refuse = (reason: string): never => {
    throw new VoxseekError('DOWNLOAD_FAILED', reason, {
      subject: url,
      advice: 'Nothing was kept. Try again; if it stays so, the server or a proxy gives another file.',
    });
  };
  const { size } = await stat(file);
  if (published.bytes !== undefined && size !== published.bytes) {
    refuse(`has ${size} bytes, but ${published.bytes} are published`);
  }
  const expected = new Set(
    [wanted.sha256?.toLowerCase(), published.sha256].filter((hash) => hash !== undefined),
  );
  if (expected.size === 0) return;
  const found = await hashFile(file);
  for (const hash of expected) {
    if (hash !== found) refuse(`has the SHA-256 ${found}, but ${hash} is published`);
  }
}

/** Temporary files of transfers whose process was killed. */
async function removeLeftovers(destination: string): Promise<void> {
  const folder = dirname(destination);
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith(`.${basename(destination)}.`) && name.endsWith('.tmp'),
  );
  for (const name of names) {
    const path = join(folder, name);
    const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (age > leftoverAgeMs) await rm(path, { force: true });
  }
}

/**
 * Fetches a file of the hub. It is streamed into a temporary file beside the destination, checked (size; SHA-256
 * where the hub publishes it or the caller knows it) and renamed, so that what stands under `destination` is
 * always whole. A failure that may pass is tried again up to three times, each time after a longer wait and from
 * the byte where the transfer broke off.
 *
 * @param destination path of the file; its folder is made.
 * @throws VoxseekError DOWNLOAD_FAILED with the address and the reason, also where HF_HUB_OFFLINE forbids it;
 *   STORAGE_FULL, STORAGE_NOT_WRITABLE.
 */
export async function downloadHubFile(
  wanted: HubFile,
  destination: string,
  { endpoint, retryDelayMs = 1000, stallMs = 60_000 }: DownloadOptions = {},
): Promise<void> {
  const url = hubUrl(wanted, endpoint);
  const advice = `Check the connection and try again; or fetch it on another machine and put it at ${destination}.`;
  if (/^(1|true|yes|on)$/i.test(process.env.HF_HUB_OFFLINE ?? '')) {
    throw new VoxseekError('DOWNLOAD_FAILED', 'HF_HUB_OFFLINE forbids downloads', { subject: url, advice });
  }
  try {
    await mkdir(dirname(destination), { recursive: true });
    await removeLeftovers(destination);
  } catch (error) {
    const known = fromWriteError(error, dirname(destination));
    if (known.code === 'STORAGE_FULL') throw known;
    // A file where the folder should be, among others.
    throw new VoxseekError('STORAGE_NOT_WRITABLE', `the folder cannot be made (${reasonOf(error)})`, {
      subject: dirname(destination),
      cause: error,
    });
  }
  await writeWhole(destination, async (temporary) => {
    const published: Published = { sha256: undefined, bytes: undefined };
    for (let attempt = 1; ; attempt++) {
      try {
        await transfer(url, temporary, published, stallMs);
        break;
      } catch (error) {
        if (!(error instanceof PassingFailure)) throw error;
        if (attempt === attempts) {
          const reason = `${error.message} (tried ${attempts} times)`;
          throw new VoxseekError('DOWNLOAD_FAILED', reason, { subject: url, advice, cause: error });
        }
        await wait(retryDelayMs * 2 ** (attempt - 1));
      }
    }
    await checkContent(url, temporary, wanted, published);
  });
}
