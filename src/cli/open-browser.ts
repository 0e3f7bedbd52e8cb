import { spawn } from 'node:child_process';

/** Opens a page in the browser of this user, where there is one; a machine without is no error. */
export function openBrowser(url: string): void {
  const [program, ...rest] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '']
        : ['xdg-open'];
  const child = spawn(program!, [...rest, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
