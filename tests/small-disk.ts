import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';

/** A file system of its own in memory. */
export class SmallDisk {
  readonly folder: string;
  readonly #ballast: string;

  constructor(folder: string) {
    this.folder = folder;
    this.#ballast = join(folder, 'ballast');
  }

  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  /** Fills it up, to so many free bytes at most. */
  fill(leaveBytes: number): void {
    this.empty();
    writeFileSync(this.#ballast, Buffer.alloc(Math.max(0, this.freeBytes() - leaveBytes)));
  }

  /** Takes away what {@link fill} wrote. */
  empty(): void {
    rmSync(this.#ballast, { force: true });
  }
}

function mountTmpfs(bytes: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'voxseek-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'none', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
}

/** A suite that needs a disk so small that it gets full: skipped where mounting one is not permitted. */
export function describeWithSmallDisk(title: string, bytes: number, suite: (disk: SmallDisk) => void): void {
  const folder = mountTmpfs(bytes);
  if (folder === undefined) {
    // The bodies of skipped suites run all the same, and this one has no disk.
    describe.skip(`${title} [skipped: mounting a tmpfs is not permitted]`, () => {
      it('needs a small disk', () => {});
    });
    return;
  }
  describe(title, () => {
    afterAll(() => {
      // LanceDB may close its last file a moment later: detached now, gone when that is done.
      execFileSync('umount', ['--lazy', folder]);
      rmSync(folder, { recursive: true });
    });
    suite(new SmallDisk(folder));
  });
}
