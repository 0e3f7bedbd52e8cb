import { spawnSync } from 'node:child_process';
import { describe, it } from 'vitest';

/** dciodvfy is of Debian's package dicom3tools, dsrdump of dcmtk. */
const programs = ['dciodvfy', 'dsrdump'] as const;

const missing = programs.filter((program) => spawnSync(program).error !== undefined);

/**
 * A suite that has DICOM objects checked by programs of others: skipped, with the reason in its title, where they
 * are missing.
 *
 * @param suite is given a function that runs one of them and returns its exit code and all that it prints.
 */
export function describeWithDicomValidators(title: string, suite: (validate: Validate) => void): void {
  if (missing.length > 0) {
    describe.skip(`${title} [skipped: no ${missing.join(', ')}; install dicom3tools and dcmtk]`, () => {
      it('needs dicom3tools and dcmtk', () => {});
    });
    return;
  }
  describe(title, () => {
    suite((program, ...args) => {
      const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
      return { exitCode: status, output: `${stdout}${stderr}` };
    });
  });
}

export type Validate = (
  program: (typeof programs)[number],
  ...args: string[]
) => { readonly exitCode: number | null; readonly output: string };
