import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { fromSystemError, VoxseekError } from '../../errors.js';

/** What a header can carry as a token (RFC 6750 2.1). */
const tokenPattern = /^[A-Za-z0-9._~+/-]+=*$/;
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
   * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE; USAGE where it has less than 16 characters, or others
   *   than a header can carry
   */
  static async read(path: string): Promise<AccessToken> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw fromSystemError(error, path);
    });
    const token = text.split('\n', 1)[0]!.trim();
    if (token.length >= leastLength && tokenPattern.test(token)) return new AccessToken(token);
    const fault =
      token.length < leastLength
        ? `the token has less than ${leastLength} characters`
        : 'the token has characters that a header cannot carry';
    throw new VoxseekError('USAGE', fault, {
      subject: path,
      advice: 'Make one with: openssl rand -hex 32 > FILE',
    });
  }

  /** @returns whether others than its owner may read a file; false where the system does not tell. */
  static async isExposed(path: string): Promise<boolean> {
    const { mode } = await stat(path);
    return process.platform !== 'win32' && (mode & 0o077) !== 0;
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
