import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  contentOf,
  filesBelow,
  orphanSlices,
  tinyEncoder,
  tinyIdentity,
  tinyManifest,
  writeTinyVolume,
} from '../../tests/archive-fixtures.js';
import { archiveToCopy } from '../../tests/archive-to-copy.js';
import { errorOf } from '../../tests/error-of.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { VoxseekError } from '../errors.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { Archive } from './archive.js';
import { ingest } from './ingest.js';

const folder = temporaryFolder();
const { original, entries, copy: copyOfOriginal } = archiveToCopy(folder);

describe('opening an archive', () => {
  it('says that there is none in a missing and in an empty folder, and makes nothing', async () => {
    const missing = join(folder, 'missing');
    expect(await errorOf(Archive.open(missing))).toMatchObject({
      code: 'ARCHIVE_NOT_FOUND',
      subject: missing,
    });
    expect(existsSync(missing)).toBe(false);
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    expect(await errorOf(Archive.open(empty))).toMatchObject({ code: 'ARCHIVE_NOT_FOUND', subject: empty });
    expect(readdirSync(empty)).toEqual([]);
  });

  it('makes one in a missing folder, its parents too, and in an empty one', async () => {
    for (const path of [join(folder, 'deep/er/new'), join(folder, 'empty-for-new')]) {
      if (path.endsWith('empty-for-new')) mkdirSync(path);
      const archive = await Archive.openOrCreate(path, tinyManifest());
      expect(await archive.volumes()).toEqual([]);
      expect((await archive.loadSlices([])).sliceIndex).toHaveLength(0);
      await archive.close();
      expect((await Archive.open(path)).manifest).toEqual(tinyManifest());
    }
  });

  it('writes nothing to a folder of something else', async () => {
    const foreign = join(folder, 'foreign');
    mkdirSync(join(foreign, 'photos'), { recursive: true });
    writeFileSync(join(foreign, 'letter.txt'), 'Dear Sir');
    const time = statSync(foreign).mtimeMs;
    for (const work of [Archive.open(foreign), Archive.openOrCreate(foreign, tinyManifest())]) {
      const error = await errorOf(work);
      expect(error).toMatchObject({ code: 'ARCHIVE_FOREIGN', subject: foreign });
      expect(error.message).toContain('letter.txt');
    }
    expect(filesBelow(foreign)).toEqual(['letter.txt']);
    expect(statSync(foreign).mtimeMs).toBe(time);
  });

  it('refuses a file in the place of the folder, and a file in the place of a parent', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'text');
    for (const work of [Archive.open(file), Archive.openOrCreate(file, tinyManifest())]) {
      expect(await errorOf(work)).toMatchObject({ code: 'ARCHIVE_FOREIGN' });
    }
    expect(await errorOf(Archive.openOrCreate(join(file, 'below'), tinyManifest()))).toBeInstanceOf(
      VoxseekError,
    );
    expect(readFileSync(file, 'utf8')).toBe('text');
  });

  it('goes on with the making of an archive that was killed in between', async () => {
    // After the draft, after the manifest, after one table, within a table.
    const draft = join(folder, 'draft-only');
    mkdirSync(draft);
    writeFileSync(join(draft, '.voxseek.json.0b9c'), '{');
    const manifestOnly = join(folder, 'manifest-only');
    mkdirSync(manifestOnly);
    cpSync(join(original, 'voxseek.json'), join(manifestOnly, 'voxseek.json'));
    const oneTable = join(folder, 'one-table');
    await (await Archive.openOrCreate(oneTable, tinyManifest())).close();
    rmSync(join(oneTable, 'slices.lance'), { recursive: true });
    const halfTable = join(folder, 'half-table');
    await (await Archive.openOrCreate(halfTable, tinyManifest())).close();
    rmSync(join(halfTable, 'slices.lance', '_versions'), { recursive: true });
    for (const path of [draft, manifestOnly, oneTable, halfTable]) {
      const archive = await Archive.openOrCreate(path, tinyManifest());
      const report = await ingest(archive, tinyEncoder(), entries);
      expect(report.outcomes.added, path).toBe(3);
      expect((await contentOf(archive)).volumes).toHaveLength(3);
      await archive.close();
    }
  });

  it('works on an archive that was copied to another place', async () => {
    const there = await Archive.open(copyOfOriginal());
    const here = await Archive.open(original);
    expect(await contentOf(there)).toEqual(await contentOf(here));
    await there.close();
    await here.close();
  });
});

describe('loading slices', () => {
  it('says that the archive is busy where a volume was removed or replaced meanwhile', async () => {
    const archive = await Archive.open(copyOfOriginal());
    const before = await archive.volumes();
    await archive.remove(['v01']);
    expect(await errorOf(archive.loadSlices(before))).toMatchObject({ code: 'ARCHIVE_BUSY' });
    expect(await errorOf(archive.visitSliceLabels(before, () => {}))).toMatchObject({ code: 'ARCHIVE_BUSY' });
    expect((await archive.loadSlices(await archive.volumes())).sliceIndex).toHaveLength(8);
    await archive.close();
  });

  it('gives some volumes as it gives all, in the order of their ids', async () => {
    const archive = await Archive.open(original);
    const records = await archive.volumes();
    const all = await archive.loadSlices([...records].reverse());
    expect(all.volumes.map(({ volume, firstRow, rowCount }) => [volume.id, firstRow, rowCount])).toEqual([
      ['v00', 0, 4],
      ['v01', 4, 4],
      ['v02', 8, 4],
    ]);
    const one = await archive.loadSlices([records[1]!]);
    expect(one.embeddings).toEqual(all.embeddings.slice(4 * 8, 8 * 8));
    await archive.close();
  });

  it('gives the same whether few volumes are asked for by name or many by a scan', async () => {
    const path = join(folder, 'many');
    const archive = await Archive.openOrCreate(path, tinyManifest());
    const slices = [
      {
        plane: 'axial',
        index: 7,
        positionMm: 1.5,
        center: [0, 0, 1.5],
        labelVoxels: new Map(),
        dicomImage: null,
      },
    ];
    const volumes = 205;
    const [record] = await (await Archive.open(original)).volumes();
    for (let i = 0; i < volumes; i++) {
      const vector = Float32Array.from({ length: 8 }, (_value, component) => (component === i % 8 ? 1 : 0));
      await archive.store(
        { ...record!, id: `many${String(i).padStart(3, '0')}` },
        slices as never,
        vector,
        undefined,
      );
    }
    const records = await archive.volumes();
    const scanned = await archive.loadSlices(records);
    expect(scanned.volumes).toHaveLength(volumes);
    for (const from of [0, 100]) {
      const named = await archive.loadSlices(records.slice(from, from + 100));
      expect(named.embeddings).toEqual(scanned.embeddings.slice(from * 8, (from + 100) * 8));
    }
    // Fewer than all, but too many to name.
    const most = await archive.loadSlices(records.slice(4));
    const visited: string[] = [];
    await archive.visitSliceLabels(records.slice(4), ({ id }) => visited.push(id));
    expect(visited.sort()).toEqual(records.slice(4).map(({ id }) => id));
    expect(most.embeddings).toEqual(scanned.embeddings.slice(4 * 8));
    await archive.close();
  });
});

describe('ids', () => {
  const ids = [
    "O'Brien",
    "'; DROP TABLE volumes; --",
    "x' OR '1'='1",
    'with spaces  and\ttab',
    'a/b\\c',
    '../../etc/passwd',
    'ünïcödé 患者 🫁',
    '"quoted"',
    'percent % and _ underscore',
    '$1 ? :name',
    'line\nbreak',
    'x'.repeat(500),
  ];

  it('may hold anything, and name just one volume each', async () => {
    const archive = await Archive.openOrCreate(join(folder, 'ids'), tinyManifest());
    const named: VolumeEntry[] = [];
    for (const [seed, id] of ids.entries()) named.push(await writeTinyVolume(folder, id, 1000 + seed));
    const report = await ingest(archive, tinyEncoder(), named);
    expect(report.outcomes).toMatchObject({ added: ids.length, failed: 0 });
    expect((await ingest(archive, tinyEncoder(), named)).outcomes.unchanged).toBe(ids.length);
    for (const id of ids) expect((await archive.volume(id)).id).toBe(id);
    let left = ids.length;
    for (const id of ids) {
      expect(await archive.remove([id])).toBe(1);
      expect(await archive.volumes()).toHaveLength(--left);
      await expect(archive.volume(id)).rejects.toMatchObject({ code: 'VOLUME_UNKNOWN' });
    }
    expect(await orphanSlices(archive.folder)).toBe(0);
    await archive.close();
  });

  it('that are not there do not match everything', async () => {
    const path = copyOfOriginal();
    const archive = await Archive.open(path);
    expect(await archive.remove(["v' OR '1'='1", "' OR id LIKE '%", '%', ''])).toBe(0);
    expect(await archive.remove([])).toBe(0);
    expect(await archive.volumes()).toHaveLength(3);
    await archive.close();
  });
});

describe('an archive of another encoder or slicing', () => {
  const others = {
    encoder: [{ encoder: { ...tinyIdentity, name: 'other' } }, 'tiny', 'other'],
    weights: [{ encoder: { ...tinyIdentity, weightsHash: 'b'.repeat(64) } }, 'aaaaaaaaaaaa', 'bbbbbbbbbbbb'],
    dimension: [{ encoder: { ...tinyIdentity, dimension: 16 } }, '8-d', '16-d'],
    preprocessing: [
      { encoder: { ...tinyIdentity, preprocessing: { window: [-160, 240], scale: 1 } } },
      '[-1000,1000]',
      '[-160,240]',
    ],
    plane: [{ slicing: { plane: 'coronal', everyMm: null } }, 'axial', 'coronal'],
    distance: [{ slicing: { plane: 'axial', everyMm: 3 } }, 'null', '3'],
  } as const;

  it.each(Object.entries(others))('refuses another %s and names both', async (_, [changes, there, here]) => {
    const error = await errorOf(Archive.openOrCreate(original, tinyManifest(changes)));
    expect(error).toMatchObject({ code: 'ENCODER_MISMATCH', subject: original });
    expect(error.reason).toContain(there);
    expect(error.reason).toContain(here);
  });

  it('does not mind where the encoder lies, or which version made it', async () => {
    const archive = await Archive.openOrCreate(
      original,
      tinyManifest({ encoderSource: { name: '/elsewhere/tiny', options: {} }, createdWith: '9.9.9' }),
    );
    expect(archive.manifest).toEqual(tinyManifest());
    await archive.close();
  });
});

describe('old versions', () => {
  const versions = (path: string) =>
    ['volumes.lance', 'slices.lance'].flatMap((table) =>
      readdirSync(join(path, table, '_versions')).filter((name) => name.endsWith('.manifest')),
    ).length;

  it('are dropped after an ingest, with the small files, so that the disk holds everything once', async () => {
    const path = join(folder, 'versions');
    const archive = await Archive.openOrCreate(path, tinyManifest());
    await ingest(archive, tinyEncoder(), entries);
    expect(versions(path)).toBe(2);
    for (const table of ['volumes.lance', 'slices.lance']) {
      expect(readdirSync(join(path, table, 'data'))).toHaveLength(1);
    }
    await archive.close();
  });

  it('stay while another process is writing, and go with the next ingest, which has nothing to add', async () => {
    const path = join(folder, 'versions-shared');
    const archive = await Archive.openOrCreate(path, tinyManifest());
    const other = await Archive.open(path);
    await ingest(other, tinyEncoder(), entries.slice(0, 1));
    const before = versions(path);
    await ingest(archive, tinyEncoder(), entries.slice(1));
    expect(versions(path)).toBeGreaterThanOrEqual(before + 4);
    await other.close();
    await ingest(archive, tinyEncoder(), entries);
    expect(versions(path)).toBe(2);
    expect((await contentOf(archive)).volumes).toHaveLength(3);
    await archive.close();
  });
});
