import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  filesBelow,
  tinyEncoder,
  tinyManifest,
  withoutRootRights,
  writeTinyVolume,
} from '../../tests/archive-fixtures.js';
import { archiveToCopy } from '../../tests/archive-to-copy.js';
import { errorOf } from '../../tests/error-of.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { Archive } from './archive.js';
import { ingest } from './ingest.js';

const folder = temporaryFolder();
const { copy: copyOfOriginal } = archiveToCopy(folder);

describe('an archive that may not be written, or read', () => {
  it('can be searched without permission to write, and says what is missing for an ingest', async () => {
    const path = copyOfOriginal();
    // LanceDB gives its files to their owner alone.
    for (const file of filesBelow(path)) chmodSync(join(path, file), 0o444);
    const folders = [
      path,
      ...readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name)),
    ];
    for (const one of folders) chmodSync(one, 0o555);
    chmodSync(folder, 0o755);
    const more = await writeTinyVolume(folder, 'more', 5);
    await withoutRootRights(async () => {
      const archive = await Archive.open(path);
      expect((await archive.loadSlices(await archive.volumes())).sliceIndex).toHaveLength(12);
      expect(await errorOf(ingest(archive, tinyEncoder(), [more]))).toMatchObject({
        code: 'STORAGE_NOT_WRITABLE',
        subject: path,
      });
      expect(await errorOf(archive.remove(['v00']))).toMatchObject({ code: 'STORAGE_NOT_WRITABLE' });
      expect(await errorOf(Archive.openOrCreate(join(path, 'new'), tinyManifest()))).toMatchObject({
        code: 'STORAGE_NOT_WRITABLE',
      });
      expect(await archive.volumes()).toHaveLength(3);
      await archive.close();
    });
    for (const one of folders) chmodSync(one, 0o755);
  });

  it('says so where it may not be read', async () => {
    const closed = copyOfOriginal();
    chmodSync(closed, 0o000);
    const closedData = copyOfOriginal();
    for (const file of filesBelow(closedData)) chmodSync(join(closedData, file), 0o644);
    chmodSync(join(closedData, 'slices.lance', 'data'), 0o000);
    await withoutRootRights(async () => {
      expect(await errorOf(Archive.open(closed))).toMatchObject({ code: 'FILE_NOT_READABLE' });
      const archive = await Archive.open(closedData);
      expect(await errorOf(archive.loadSlices(await archive.volumes()))).toMatchObject({
        code: 'FILE_NOT_READABLE',
        subject: closedData,
      });
      await archive.close();
    });
    chmodSync(closed, 0o755);
    chmodSync(join(closedData, 'slices.lance', 'data'), 0o755);
  });
});
