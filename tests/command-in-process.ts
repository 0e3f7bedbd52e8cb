import { createProgram } from '../src/cli/program.js';
import { reportError } from '../src/cli/report-error.js';
import { VoxseekError } from '../src/errors.js';
import type { CommandResult } from './command.js';

/**
 * Runs the `voxseek` command in the process of the test, which spares its start: for tests of many commands. One at
 * a time, for what is printed is caught on its way to stdout and stderr.
 */
export async function voxseekHere(...args: readonly string[]): Promise<CommandResult> {
  const printed = { stdout: '', stderr: '' };
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const write = stream.write;
    stream.write = (chunk: string | Uint8Array) => {
      printed[name] += Buffer.from(chunk).toString();
      return true;
    };
    return () => {
      stream.write = write;
    };
  });
  let code = 0;
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    reportError(error, args.includes('--json'));
    code = error instanceof VoxseekError ? error.exitCode : 1;
  } finally {
    for (const undo of restore) undo();
  }
  return { code, ...printed };
}
