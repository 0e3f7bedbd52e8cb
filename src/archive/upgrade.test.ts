import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@lancedb/lancedb';
import { describe, expect, it } from 'vitest';
import { contentOf, tinyEncoder, tinyManifest, writeTinyVolumes } from '../../tests/archive-fixtures.js';
import { archiveToCopy } from '../../tests/archive-to-copy.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { Archive } from './archive.js';
import { ingest } from './ingest.js';
import { sliceColumnsOfFormat2, volumeColumnsOfFormat2 } from './schema.js';

const folder = temporaryFolder();
const { copy } = archiveToCopy(folder);

const volumeColumns = volumeColumnsOfFormat2.map((field) => field.name);
const sliceColumns = sliceColumnsOfFormat2.map((field) => field.name);

/** A copy as version 0.1.0 left it: without the columns of format 2. */
async function archiveOfFormat1(): Promise<string> {
  const path = copy();
  const connection = await connect(path);
  await (await connection.openTable('volumes')).dropColumns(volumeColumns);
  await (await connection.openTable('slices')).dropColumns(sliceColumns);
  connection.close();
  setFormat(path, 1);
  return path;
}

const formatOf = (path: string) =>
  (JSON.parse(readFileSync(join(path, 'voxseek.json'), 'utf8')) as { formatVersion: number }).formatVersion;

function setFormat(path: string, formatVersion: number): void {
  const manifest = JSON.parse(readFileSync(join(path, 'voxseek.json'), 'utf8')) as object;
  writeFileSync(join(path, 'voxseek.json'), JSON.stringify({ ...manifest, formatVersion }));
}

async function columnsOf(path: string, name: string): Promise<string[]> {
  const connection = await connect(path);
  const { fields } = await (await connection.openTable(name)).schema();
  connection.close();
  return fields.map((field) => field.name);
}

async function expectFormat2(path: string): Promise<void> {
  expect(formatOf(path)).toBe(2);
  expect(await columnsOf(path, 'volumes')).toEqual(expect.arrayContaining(volumeColumns));
  expect(await columnsOf(path, 'slices')).toEqual(expect.arrayContaining(sliceColumns));
}

describe('an archive of format 1', () => {
  it('is read as it is, and stays as it is', async () => {
    const path = await archiveOfFormat1();
    const archive = await Archive.open(path);
    const volumes = await archive.volumes();
    expect(volumes.map(({ id, dicom }) => [id, dicom])).toEqual([
      ['v00', null],
      ['v01', null],
      ['v02', null],
    ]);
    const slices = await archive.sliceRecords(volumes[0]!);
    expect(slices.map((slice) => slice.dicomImage)).toEqual([null, null, null, null]);
    expect((await archive.loadSlices(volumes)).sliceIndex).toHaveLength(12);
    await archive.close();
    expect(formatOf(path)).toBe(1);
    expect(await columnsOf(path, 'volumes')).not.toContain('series_uid');
  });

  it('becomes one of format 2 when something is added, and loses nothing', async () => {
    const path = await archiveOfFormat1();
    const archive = await Archive.openOrCreate(path, tinyManifest());
    const before = await contentOf(archive);
    await ingest(archive, tinyEncoder(), await writeTinyVolumes(folder, 'w', 2));
    await expectFormat2(path);
    const after = await contentOf(archive);
    expect(after.volumes.map((volume) => volume.id)).toEqual(['v00', 'v01', 'v02', 'w00', 'w01']);
    expect(after.volumes.slice(0, 3)).toEqual(before.volumes);
    expect(after.slices).toMatchObject(before.slices);
    await archive.close();
    expect(readdirSync(path).sort()).toEqual(['slices.lance', 'volumes.lance', 'voxseek.json', 'writers']);
  });

  it('becomes one of format 2 when a volume is removed', async () => {
    const path = await archiveOfFormat1();
    const archive = await Archive.open(path);
    expect(await archive.remove(['v01'])).toBe(1);
    expect((await archive.volumes()).map((volume) => volume.id)).toEqual(['v00', 'v02']);
    await archive.close();
    await expectFormat2(path);
  });

  it('is brought to format 2 once, by two writers at the same time', async () => {
    const path = await archiveOfFormat1();
    const archives = await Promise.all([0, 1].map(() => Archive.openOrCreate(path, tinyManifest())));
    const entries = await Promise.all(['x', 'y'].map((prefix) => writeTinyVolumes(folder, prefix, 2)));
    await Promise.all(archives.map((archive, i) => ingest(archive, tinyEncoder(), entries[i]!)));
    await expectFormat2(path);
    expect(await columnsOf(path, 'slices')).toHaveLength(12);
    expect((await archives[0]!.volumes()).map((volume) => volume.id)).toEqual([
      'v00',
      'v01',
      'v02',
      'x00',
      'x01',
      'y00',
      'y01',
    ]);
    for (const archive of archives) await archive.close();
  });

  it.each([
    ['after the first table', ['slices'], 1],
    ['before the manifest', [], 1],
  ] as const)('is finished where a crash stopped it %s', async (_, unfinished, formatVersion) => {
    const path = copy();
    const connection = await connect(path);
    for (const name of unfinished) await (await connection.openTable(name)).dropColumns(sliceColumns);
    connection.close();
    setFormat(path, formatVersion);
    const archive = await Archive.open(path);
    expect(await archive.volumes()).toHaveLength(3);
    await archive.removeLeftovers();
    await archive.close();
    await expectFormat2(path);
  });
});
