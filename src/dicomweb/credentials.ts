import { readFile } from 'node:fs/promises';
import { fromSystemError, VoxseekError } from '../errors.js';

/** Who asks. Never part of a URL that is stored, of a log or of an error. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string };

export interface CredentialSources {
  /** Name for basic authentication. */
  readonly user?: string;
  /** File whose first line is the password; default: VOXSEEK_DICOMWEB_PASSWORD. */
  readonly passwordFile?: string;
  /** File whose first line is a bearer token; default: VOXSEEK_DICOMWEB_TOKEN. */
  readonly tokenFile?: string;
}

/**
 * Credentials from files, else from the environment (VOXSEEK_DICOMWEB_USER, VOXSEEK_DICOMWEB_PASSWORD,
 * VOXSEEK_DICOMWEB_TOKEN). What is named by the caller goes before the environment.
 *
 * @throws VoxseekError USAGE (a user without a password, a user and a token at once, an empty file),
 *   FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function readCredentials(
  { user, passwordFile, tokenFile }: CredentialSources = {},
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Credentials> {
  if (tokenFile !== undefined && (user !== undefined || passwordFile !== undefined)) {
    throw usage('a token and a user were given', 'Give one of them.');
  }
  if (tokenFile !== undefined) return { kind: 'bearer', token: await readSecret(tokenFile) };
  const name = user ?? environment.VOXSEEK_DICOMWEB_USER;
  const token = environment.VOXSEEK_DICOMWEB_TOKEN;
  const wantsBasic = user !== undefined || passwordFile !== undefined || !token;
  if (!wantsBasic) return { kind: 'bearer', token };
  if (!name) {
    if (passwordFile === undefined) return { kind: 'none' };
    throw usage('there is a password but no user', 'Name the user with --dicomweb-user.');
  }
  const password =
    passwordFile === undefined ? environment.VOXSEEK_DICOMWEB_PASSWORD : await readSecret(passwordFile);
  if (password === undefined) {
    throw usage(
      'there is a user but no password',
      'Set VOXSEEK_DICOMWEB_PASSWORD, or name a file with --dicomweb-password-file.',
    );
  }
  if (name.includes(':')) {
    throw usage('the user name has a colon', 'Basic authentication allows none (RFC 7617).');
  }
  return { kind: 'basic', user: name, password };
}

/**
 * @returns the value of the Authorization header; undefined for none.
 * @throws VoxseekError USAGE where a token cannot be one
 */
export function authorization(credentials: Credentials): string | undefined {
  switch (credentials.kind) {
    case 'none':
      return undefined;
    case 'basic': {
      const pair = Buffer.from(`${credentials.user}:${credentials.password}`, 'utf8');
      return `Basic ${pair.toString('base64')}`;
    }
    case 'bearer':
      // fetch would say what it is in its own message where it is no header value.
      if (!/^[\x21-\x7e]+$/.test(credentials.token)) {
        throw usage(
          'the bearer token has a blank or another character that no token has',
          'Check the token.',
        );
      }
      return `Bearer ${credentials.token}`;
  }
}

async function readSecret(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fromSystemError(error, file);
  });
  const secret = text.split(/\r?\n/, 1)[0]!.trim();
  if (secret === '') throw usage('the first line is empty', 'Write the password or token into it.', file);
  return secret;
}

function usage(reason: string, advice: string, subject = 'dicomweb'): VoxseekError {
  return new VoxseekError('USAGE', reason, { subject, advice });
}
