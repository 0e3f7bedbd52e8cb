import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isDraft } from './write-once.js';

/** LanceDB writes under such a name first and then renames; what was killed in between stays for good. */
const unfinishedName = /^\.tmp|\.manifest#\d+$/;
const places = ['volumes.lance', 'slices.lance'].flatMap((table) =>
  ['data', '_versions', '_transactions', '_deletions'].map((folder) => join(table, folder)),
);
/** A process that makes an archive is not registered as a writer yet; it takes milliseconds. */
const minimalAgeMs = 60_000;

/**
 * Removes files that were never finished. One whose last byte is older than every living writer belongs to a
 * dead one, since writers register before they write.
 *
 * @param livingSince when the living writers registered, in milliseconds since 1970.
 * @returns how many files were removed.
 */
export async function removeUnfinishedFiles(folder: string, livingSince: Iterable<number>): Promise<number> {
  const before = Math.min(Date.now() - minimalAgeMs, ...livingSince);
  const candidates: string[] = [];
  for (const place of places) {
    const names = await readdir(join(folder, place)).catch(() => []);
    candidates.push(...names.filter((name) => unfinishedName.test(name)).map((name) => join(place, name)));
  }
  const names = await readdir(folder).catch(() => []);
  candidates.push(...names.filter(isDraft));
  let removed = 0;
  for (const candidate of candidates) {
    const path = join(folder, candidate);
    const status = await stat(path).catch(() => undefined);
    if (status === undefined || status.mtimeMs >= before) continue;
    const isRemoved = await unlink(path).then(
      () => true,
      () => false,
    );
    if (isRemoved) removed++;
  }
  return removed;
}
