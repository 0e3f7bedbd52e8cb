import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type Table } from '@lancedb/lancedb';
import { describe, expect, it, vi } from 'vitest';
import { tinyEncoder, tinyManifest, writeTinyVolumes } from '../../tests/archive-fixtures.js';
import { errorOf } from '../../tests/error-of.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { Archive } from './archive.js';
import { ingest } from './ingest.js';
import { ArchivePlace } from './place.js';
import { SharedTable } from './shared-table.js';
import { VolumeRecords } from './volume-records.js';

const folder = temporaryFolder();
const path = join(folder, 'archive');

async function added(prefix: string, count: number): Promise<void> {
  const archive = await Archive.openOrCreate(path, tinyManifest());
  await ingest(archive, tinyEncoder(), await writeTinyVolumes(folder, prefix, count));
  await archive.close();
}

const idsOf = (records: readonly { id: string }[]) => records.map(({ id }) => id);

/** Rows that are made into records: the work that keeping them saves. */
function countingQueries(table: Table): { table: Table; queries: () => number } {
  const query = vi.spyOn(table, 'query');
  return { table, queries: () => query.mock.calls.length };
}

describe('the records of an archive', () => {
  it('are read once for a version, and anew when another handle has written', async () => {
    await added('first-', 3);
    const connection = await connect(path);
    const { table, queries } = countingQueries(await connection.openTable('volumes'));
    const records = new VolumeRecords(new SharedTable(table, path), await ArchivePlace.of(path));
    // Three at a time wait for one reading.
    const [all] = await Promise.all([records.all(), records.all(), records.all()]);
    expect(idsOf(all)).toEqual(['first-00', 'first-01', 'first-02']);
    expect((await records.byId('first-01'))?.id).toBe('first-01');
    expect(await records.byId('second-00')).toBeUndefined();
    expect(queries()).toBe(1);

    await added('second-', 1);
    expect((await records.byId('second-00'))?.patient).toBe('patient-second-00');
    expect(idsOf(await records.all())).toEqual(['first-00', 'first-01', 'first-02', 'second-00']);
    const other = await Archive.open(path);
    await other.remove(['first-01']);
    expect(await records.byId('first-01')).toBeUndefined();
    expect(idsOf(await records.all())).toEqual(['first-00', 'first-02', 'second-00']);
    const [record] = await other.volumes();
    expect(await other.updateRecord({ ...record!, split: 'test' })).toBe(true);
    expect((await records.all())[0]!.split).toBe('test');
    await other.close();
    connection.close();
  });

  it('are the same by a condition whether all are known or not, and a changed array changes nothing', async () => {
    const [cold, warm] = [await Archive.open(path), await Archive.open(path)];
    (await warm.volumes()).length = 0;
    for (const condition of ["split = 'test'", "id LIKE '%00'", 'false', "id > 'b' -- and no more"]) {
      expect(await warm.volumes(condition)).toEqual(await cold.volumes(condition));
    }
    expect(idsOf(await warm.volumes("id LIKE 'first%'"))).toEqual(['first-00', 'first-02']);
    await Promise.all([cold.close(), warm.close()]);
  });

  it('refuses a condition with something behind it, which would be passed over', async () => {
    const archive = await Archive.open(path);
    for (const condition of ["modality = 'CT' split = 'test'", "modality = 'CT'; x", '']) {
      expect(await errorOf(archive.volumes(condition))).toMatchObject({
        code: 'FILTER_INVALID',
        subject: condition,
      });
    }
    await archive.close();
  });

  it('are not taken from memory where the archive is gone, or another one in its place', async () => {
    const copy = join(folder, 'copy');
    cpSync(path, copy, { recursive: true });
    const archive = await Archive.open(copy);
    await archive.volumes();
    renameSync(copy, `${copy}-elsewhere`);
    for (const work of [archive.volumes(), archive.volume('first-00'), archive.volumes('false')]) {
      expect(await errorOf(work)).toMatchObject({ code: 'ARCHIVE_CORRUPT', subject: copy });
    }
    renameSync(`${copy}-elsewhere`, copy);
    expect(await archive.volumes()).toHaveLength(3);
    rmSync(copy, { recursive: true });
    // Of the same version, as far as the numbers go.
    cpSync(path, copy, { recursive: true });
    expect(await errorOf(archive.volumes())).toMatchObject({
      code: 'ARCHIVE_CORRUPT',
      reason: 'another archive was put in its place while it was in use',
    });
    await archive.close();
  });
});
