import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tinyEncoder, tinyManifest } from '../../tests/archive-fixtures.js';
import { archiveToCopy } from '../../tests/archive-to-copy.js';
import { errorOf } from '../../tests/error-of.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { VoxseekError } from '../errors.js';
import { Archive } from './archive.js';
import { ingest } from './ingest.js';

const folder = temporaryFolder();
const { entries, copy: copyOfOriginal } = archiveToCopy(folder);

/** Opens, reads everything, and ingests; the first error of each. */
async function errorsOfUse(path: string): Promise<{ reading?: VoxseekError; ingesting?: VoxseekError }> {
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
      return undefined;
    } catch (error) {
      return error as VoxseekError;
    }
  };
  const reading = await attempt(async () => {
    const archive = await Archive.open(path);
    await archive.loadSlices(await archive.volumes());
    await archive.close();
  });
  const ingesting = await attempt(async () => {
    const archive = await Archive.openOrCreate(path, tinyManifest());
    await ingest(archive, tinyEncoder(), entries);
    await archive.close();
  });
  return { ...(reading && { reading }), ...(ingesting && { ingesting }) };
}

describe('a damaged archive', () => {
  const damages: Readonly<Record<string, (path: string) => void>> = {
    'no table of volumes': (path) => rmSync(join(path, 'volumes.lance'), { recursive: true }),
    'no table of slices': (path) => rmSync(join(path, 'slices.lance'), { recursive: true }),
    'no tables': (path) => {
      rmSync(join(path, 'volumes.lance'), { recursive: true });
      rmSync(join(path, 'slices.lance'), { recursive: true });
    },
  };
  const change = (place: string, damage: (file: string, bytes: number) => void) => (path: string) => {
    for (const name of readdirSync(join(path, place))) {
      const file = join(path, place, name);
      damage(file, statSync(file).size);
    }
  };
  const all = { ...damages };
  for (const table of ['volumes.lance', 'slices.lance']) {
    for (const place of [join(table, 'data'), join(table, '_versions')]) {
      all[`${place}: files deleted`] = change(place, (file) => rmSync(file));
      all[`${place}: files cut`] = change(place, (file, bytes) => truncateSync(file, Math.floor(bytes / 2)));
      all[`${place}: files empty`] = change(place, (file) => truncateSync(file, 0));
      all[`${place}: files of garbage`] = change(place, (file, bytes) =>
        writeFileSync(file, Buffer.alloc(bytes, 0x5a)),
      );
    }
  }

  it.each(Object.entries(all))('%s: ARCHIVE_CORRUPT that names the folder', async (_, damage) => {
    const path = copyOfOriginal();
    damage(path);
    const { reading, ingesting } = await errorsOfUse(path);
    for (const error of [reading, ingesting]) {
      expect(error).toBeInstanceOf(VoxseekError);
      expect(error).toMatchObject({ code: 'ARCHIVE_CORRUPT', subject: path });
      expect(error!.message).toContain(path);
      expect(error!.message).not.toMatch(/\.rs:/);
    }
  });

  it('is not taken for a mistake in the filter', async () => {
    const path = copyOfOriginal();
    all[`${join('volumes.lance', 'data')}: files of garbage`]!(path);
    const archive = await Archive.open(path);
    expect(await errorOf(archive.volumes("modality = 'CT'"))).toMatchObject({ code: 'ARCHIVE_CORRUPT' });
    await archive.close();
  });

  it('is noticed where slices of a volume are missing', async () => {
    const path = copyOfOriginal();
    // The table of slices as it was before anything was stored.
    const fresh = join(folder, 'fresh');
    await (await Archive.openOrCreate(fresh, tinyManifest())).close();
    rmSync(join(path, 'slices.lance'), { recursive: true });
    cpSync(join(fresh, 'slices.lance'), join(path, 'slices.lance'), { recursive: true });
    const archive = await Archive.open(path);
    const error = await errorOf(archive.loadSlices(await archive.volumes()));
    expect(error).toMatchObject({ code: 'ARCHIVE_CORRUPT', subject: path });
    expect(error.reason).toContain('12 slices');
    await archive.close();
  });

  it('is noticed where manifest and table have embeddings of different length', async () => {
    const path = copyOfOriginal();
    const manifest = JSON.parse(readFileSync(join(path, 'voxseek.json'), 'utf8'));
    manifest.encoder.dimension = 16;
    writeFileSync(join(path, 'voxseek.json'), JSON.stringify(manifest));
    const error = await errorOf(Archive.open(path));
    expect(error).toMatchObject({ code: 'ARCHIVE_CORRUPT' });
    expect(error.reason).toMatch(/16 .*8/);
  });
});
