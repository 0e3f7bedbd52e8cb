import { clearLine } from './progress.js';

/**
 * A signal that is aborted by the first Ctrl-C (or SIGTERM), so that work can stop at a safe place; a second
 * one ends the process at once.
 */
export function onInterruption(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    const start = process.stderr.isTTY ? clearLine : '';
    process.stderr.write(`${start}Stopping after the current step; press Ctrl-C again to stop at once.\n`);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
