import { once } from 'node:events';
import type { ServerOptions } from '../server/start.js';
import { onInterruption } from './interruption.js';
import { openBrowser } from './open-browser.js';
import { style } from './style.js';

/**
 * Serves an archive until Ctrl-C or SIGTERM, then ends when the requests in work have been answered.
 *
 * @throws VoxseekError what {@link startServer} throws
 */
export async function serveUntilInterrupted(
  archive: string,
  options: Omit<ServerOptions, 'log'>,
  wantsBrowser: boolean,
): Promise<void> {
  // Now rather than at the start of every command: it takes a while to load.
  const { startServer } = await import('../server/start.js');
  const server = await startServer(archive, {
    ...options,
    log: say,
  });
  const interruption = onInterruption(
    say,
    'Finishing the requests in work; press Ctrl-C again to stop at once.',
  );
  process.stdout.write(`\nViewer  ${style('bold', server.url)}\nAPI     ${server.url}v1/docs\n`);
  if (wantsBrowser) openBrowser(server.url);
  say('\nCtrl-C stops the server.');
  try {
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort');
    await server.close();
  } finally {
    interruption.dispose();
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
