import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('..', import.meta.url));

/** Builds the viewer as it comes with the package. */
export function buildViewer(folder: string): void {
  const vite = join(repository, 'node_modules/vite/bin/vite.js');
  execFileSync(
    process.execPath,
    [vite, 'build', 'web', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error'],
    { cwd: repository, env: { ...process.env, NODE_ENV: 'production' }, stdio: 'pipe' },
  );
}
