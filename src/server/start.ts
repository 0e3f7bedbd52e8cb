import { VoxseekError } from '../errors.js';
import { createApp } from './app.js';
import { type ContextOptions, closeContext, createContext } from './create-context.js';
import { defaultHost, defaultPort } from './default-address.js';
import type { WriteLine } from './http/server-log.js';
import { builtViewer } from './http/static-viewer.js';
import { AccessToken } from './security/access-token.js';
import { isLoopback } from './security/origin.js';

export interface ServerOptions extends ContextOptions {
  /** Default 7700; 0: any free one. */
  readonly port?: number;
  /** Name or address to listen at; default 127.0.0.1. Beyond the loopback a token is needed. */
  readonly host?: string;
  /** File with the token that clients have to send; default: none is needed. */
  readonly tokenFile?: string;
  /** Folder of the built viewer; default: the one that comes with Voxseek. */
  readonly viewer?: string;
  /** Defects are told here, and with `verbose` every request. */
  readonly log: WriteLine;
  readonly verbose?: boolean;
  /** Make the thumbnails of lists in the background, before anybody asks for them; default no. */
  readonly thumbnailsAhead?: boolean;
}

export interface RunningServer {
  /** Address of the viewer, with a slash at its end. */
  readonly url: string;
  /** Ends when the requests that are in work have been answered. */
  close(): Promise<void>;
}

/** What is still in work so long after the server was told to stop is cut off. */
const patienceMs = 10_000;
const idleCheckMs = 50;

/**
 * Serves an archive: API and viewer.
 *
 * @throws VoxseekError USAGE (beyond the loopback without a token), ADDRESS_IN_USE, and what
 *   {@link createContext} and {@link AccessToken.read} throw
 */
export async function startServer(folder: string, options: ServerOptions): Promise<RunningServer> {
  const { host = defaultHost, port = defaultPort, tokenFile, log, verbose = false } = options;
  if (tokenFile === undefined && !isLoopback(host)) {
    throw new VoxseekError('USAGE', 'other machines may reach this address, and there is no token', {
      subject: `--host ${host}`,
      advice: 'Give a file with a token: --token FILE (openssl rand -hex 32 > FILE makes one).',
    });
  }
  const token = tokenFile === undefined ? undefined : await AccessToken.read(tokenFile);
  if (tokenFile !== undefined && (await AccessToken.isExposed(tokenFile))) {
    log(`Other users of this machine can read ${tokenFile}; chmod 600 keeps the token to you.`);
  }
  const context = await createContext(folder, options);
  const app = await createApp(context, { token, viewer: options.viewer ?? builtViewer, log, verbose });
  let warming: Promise<void> | undefined;
  let isOpen = true;
  const close = async () => {
    isOpen = false;
    const impatience = setTimeout(() => app.server.closeAllConnections(), patienceMs);
    // A connection whose answer was under way would stay open for the next request, and the server with it.
    const answered = setInterval(() => app.server.closeIdleConnections(), idleCheckMs);
    try {
      await app.close();
    } finally {
      clearInterval(answered);
      clearTimeout(impatience);
      await warming;
      await closeContext(context);
    }
  };
  try {
    const url = await app.listen({ host, port });
    // What is wrong with the encoder or the archive is told by the first search that needs them.
    warming = context.engine.warm().catch(() => {});
    if (options.thumbnailsAhead) void warming.then(() => isOpen && context.thumbnailsAhead.start());
    return { url: `${url}/`, close };
  } catch (error) {
    await close();
    throw addressError(error, host, port);
  }
}

function addressError(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const subject = `${host}:${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return new VoxseekError('ADDRESS_IN_USE', 'another program listens there', { subject, cause: error });
    case 'EACCES':
      return new VoxseekError('ADDRESS_IN_USE', 'this user may not listen there', { subject, cause: error });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new VoxseekError('USAGE', 'this machine has no such address', {
        subject,
        advice: 'Name one of its own with --host.',
        cause: error,
      });
    default:
      return error;
  }
}
