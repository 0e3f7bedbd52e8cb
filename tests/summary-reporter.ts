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
      // A file may fail without a test that does: it cannot be loaded, or a hook of it fails.
      const hasFailedTest = [...module.children.allTests('failed')].length > 0;
      if (module.state() === 'failed' && !hasFailedTest) counts.failed++;
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
