/**
 * A signal that is aborted by the first Ctrl-C (or SIGTERM), so that work can stop at a safe place; a second
 * one ends the process at once.
 *
 * @param say tells the user that the first one was heard.
 * @param heard what it says.
 */
export function onInterruption(
  say: (line: string) => void,
  heard = 'Stopping after the current step; press Ctrl-C again to stop at once.',
): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    say(heard);
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
