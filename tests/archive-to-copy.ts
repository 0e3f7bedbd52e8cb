import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { Archive } from '../src/archive/archive.js';
import { ingest } from '../src/archive/ingest.js';
import type { VolumeEntry } from '../src/volume/volume-entry.js';
import { tinyEncoder, tinyManifest, writeTinyVolumes } from './archive-fixtures.js';

/**
 * An archive of three tiny volumes, made before the tests of a file, and copies of it that a test may ruin.
 *
 * @param folder temporary; the archive is its `original`.
 */
export function archiveToCopy(folder: string): {
  readonly original: string;
  readonly entries: readonly VolumeEntry[];
  readonly copy: () => string;
} {
  const original = join(folder, 'original');
  const entries: VolumeEntry[] = [];
  let copies = 0;
  beforeAll(async () => {
    entries.push(...(await writeTinyVolumes(folder, 'v', 3)));
    const archive = await Archive.openOrCreate(original, tinyManifest());
    await ingest(archive, tinyEncoder(), entries);
    await archive.close();
  });
  const copy = () => {
    const path = join(folder, `copy-${copies++}`);
    cpSync(original, path, { recursive: true });
    return path;
  };
  return { original, entries, copy };
}
