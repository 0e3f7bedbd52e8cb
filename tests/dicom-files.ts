import { execFileSync } from 'node:child_process';
import { describe, it } from 'vitest';

const programs = ['dcmconv', 'dcmcjpeg', 'dcmcjpls', 'dcmcrle', 'gdcmconv'];

const missing = programs.filter((program) => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
});

/**
 * A suite that needs the programs of dcmtk and gdcm: skipped, with the reason in its title, where they are missing.
 *
 * @param suite is given a function that runs one of them
 */
export function describeWithDicomTools(title: string, suite: (runTool: RunTool) => void): void {
  if (missing.length > 0) {
    describe.skip(`${title} [skipped: no ${missing.join(', ')}; install dcmtk and gdcm]`, () => {
      it('needs dcmtk and gdcm', () => {});
    });
    return;
  }
  describe(title, () => {
    suite((program, ...args) => {
      execFileSync(program, args, { stdio: 'pipe' });
    });
  });
}

export type RunTool = (program: string, ...args: string[]) => void;
