import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fromSystemError, VoxseekError } from '../../errors.js';

/** Shorter ones could be guessed. */
const leastLength = 16;

/**
 * The token of a server, and the cookie that stands for it in a browser: pictures and event streams are fetched
 * by elements that cannot send a header.
 */
export class AccessToken {
  readonly #digest: Buffer;
  /** Valid as long as the server runs; it gives no hint at the token. */
  readonly cookieValue = randomBytes(32).toString('base64url');
  readonly #cookieDigest = digest(this.cookieValue);

  constructor(token: string) {
    this.#digest = digest(token);
  }

  /**
   * Reads the token from a file: its first line, without space around it.
   *
   * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE; USAGE where it has less than 16 characters
   */
  static async read(path: string): Promise<AccessToken> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw fromSystemError(error, path);
    });
    const token = text.split('\n', 1)[0]!.trim();
    if (token.length >= leastLength) return new AccessToken(token);
    throw new VoxseekError('USAGE', `the token has less than ${leastLength} characters`, {
      subject: path,
      advice: 'Make one with: openssl rand -hex 32 > FILE',
    });
  }

  /** @param header Authorization of a request (RFC 6750 2.1). */
  allowsHeader(header: string | undefined): boolean {
    const match = header === undefined ? null : /^Bearer ([^\s]+)$/i.exec(header);
    return match !== null && timingSafeEqual(digest(match[1]!), this.#digest);
  }

  allowsCookie(value: string | undefined): boolean {
    return value !== undefined && timingSafeEqual(digest(value), this.#cookieDigest);
  }
}

/** Of one length whatever the text has, so that a comparison takes the same time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
