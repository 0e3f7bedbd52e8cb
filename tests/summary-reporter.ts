import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with one plain line, "N passed, N failed, N skipped". With VOXSEEK_FORBID_SKIPPED=1 (CI, where
 * everything that tests need is there) a skipped test fails the run.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const skipped: string[] = [];
    for (const module of modules) {
      // A file that cannot even be loaded has no tests, but has failed.
      if (module.state() === 'failed' && [...module.children.allTests()].length === 0) counts.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state]++;
        if (state === 'skipped') skipped.push(test.fullName);
      }
    }
    if (process.env.VOXSEEK_FORBID_SKIPPED === '1' && skipped.length > 0) {
      console.log(`\nSkipped, where nothing may be:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
      counts.failed += skipped.length;
      process.exitCode = 1;
    }
    console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}
