import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

/** Debian's packages (python3-nibabel) serve /usr/bin/python3 only, which need not be the first one on the path. */
const interpreters = ['/usr/bin/python3', 'python3'];

function findPython(modules: readonly string[]): string | undefined {
  const program = modules.map((name) => `import ${name}`).join('\n');
  return interpreters.find((interpreter) => {
    try {
      execFileSync(interpreter, ['-c', program], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * A suite that compares with Python packages: skipped, with the reason in its title, where no Python has them.
 *
 * @param suite is given a function that runs a program and returns what it prints, parsed as JSON. The program
 *   is kept in `folder` and finds its arguments in `sys.argv[1:]`.
 */
export function describeWithPython(
  modules: readonly string[],
  title: string,
  suite: (runPython: RunPython) => void,
): void {
  const interpreter = findPython(modules);
  if (interpreter === undefined) {
    // The bodies of skipped suites run all the same, and this one may run programs.
    describe.skip(`${title} [skipped: no Python with ${modules.join(' and ')}]`, () => {
      it('needs Python', () => {});
    });
    return;
  }
  describe(title, () => {
    suite((folder, program, args = []) => {
      const script = join(folder, 'program.py');
      writeFileSync(script, program);
      const output = execFileSync(interpreter, [script, ...args], {
        encoding: 'utf8',
        stdio: 'pipe',
        maxBuffer: 1 << 28,
      });
      return JSON.parse(output);
    });
  });
}

export type RunPython = (folder: string, program: string, args?: readonly string[]) => unknown;
