import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SearchEngine } from '../answer/search-engine.js';
import { Archive } from '../archive/archive.js';
import { cacheFolder } from '../encoder/presets/cache.js';
import { VoxseekError } from '../errors.js';
import { imageOf } from '../volume/image-source.js';
import { AccessToken } from './access-token.js';
import { createApp } from './app.js';
import type { ServerContext } from './context.js';
import { FileCache } from './file-cache.js';
import { isLoopback } from './origin.js';
import { Pictures } from './pictures.js';
import { Searches } from './searches.js';
import type { WriteLine } from './server-log.js';
import { builtViewer } from './static-viewer.js';
import { UploadStore } from './upload-store.js';
import type { ViewableImage } from './viewable-image.js';
import { VolumeCache } from './volume-cache.js';

export interface ServerOptions {
  /** Default 7700; 0: any free one. */
  readonly port?: number;
  /** Name or address to listen at; default 127.0.0.1. Beyond the loopback a token is needed. */
  readonly host?: string;
  /** File with the token that clients have to send; default: none is needed. */
  readonly tokenFile?: string;
  /** Folder for pictures and reduced volumes; default: the usual place of the platform for caches. */
  readonly cache?: string;
  /** Bytes of pictures and reduced volumes on disk; default 2 GiB. */
  readonly cacheBytes?: number;
  /** Folder of the built viewer; default: the one that comes with Voxseek. */
  readonly viewer?: string;
  /** Defects are told here, and with `verbose` every request. */
  readonly log: WriteLine;
  readonly verbose?: boolean;
}

export interface RunningServer {
  /** Address of the viewer, with a slash at its end. */
  readonly url: string;
  /** Ends when the requests that are in work have been answered. */
  close(): Promise<void>;
}

export const defaultPort = 7700;
export const defaultHost = '127.0.0.1';
const defaultCacheBytes = 2 * 2 ** 30;
/** What is still in work so long after the server was told to stop is cut off. */
const patienceMs = 10_000;

/**
 * Serves an archive: API and viewer.
 *
 * @throws VoxseekError USAGE (beyond the loopback without a token), ADDRESS_IN_USE, and what
 *   {@link Archive.open}, {@link AccessToken.read} and {@link FileCache.open} throw
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
  const files = await FileCache.open(
    options.cache ?? join(cacheFolder(), 'pictures'),
    options.cacheBytes ?? defaultCacheBytes,
  );
  const archive = await Archive.open(folder);
  const context = createContext(archive, files);
  const viewer = options.viewer ?? builtViewer;
  // The plugin that sends files wants a folder, also where nobody has built the viewer yet.
  await mkdir(viewer, { recursive: true });
  const app = await createApp(context, { token, viewer, log, verbose });
  const close = async () => {
    const impatience = setTimeout(() => app.server.closeAllConnections(), patienceMs);
    await app.close();
    clearTimeout(impatience);
    await context.engine.close();
    await archive.close();
  };
  try {
    const url = await app.listen({ host, port });
    return { url: `${url}/`, close };
  } catch (error) {
    await close();
    throw addressError(error, host, port);
  }
}

/** Everything that the routes share, for an archive that is open. */
export function createContext(archive: Archive, files: FileCache): ServerContext {
  const engine = new SearchEngine(archive);
  const uploads = new UploadStore();
  return {
    archive,
    engine,
    uploads,
    searches: new Searches(archive, engine, uploads),
    pictures: new Pictures(archive.manifest.slicing.plane, new VolumeCache(), files),
    uploadedImage: async (upload, image): Promise<ViewableImage> => {
      const { facts, entry, hash } = uploads.image(upload, image);
      return { ...facts, imageHash: hash, source: imageOf(entry) };
    },
  };
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
