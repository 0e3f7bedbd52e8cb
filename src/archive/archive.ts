import { resolve } from 'node:path';
import type { Connection, Table } from '@lancedb/lancedb';
import type { Vector } from 'apache-arrow';
import { VoxseekError } from '../errors.js';
import { isOneOf, quoted } from './condition.js';
import { removeUnfinishedFiles } from './leftover-files.js';
import { type ArchiveManifest, assertSameEncoding, createManifest, readManifest } from './manifest.js';
import { ArchivePlace } from './place.js';
import type { SliceRecord, VolumeRecord } from './records.js';
import { type Row, sliceRecord, sliceTable, volumeTable } from './schema.js';
import { SharedTable } from './shared-table.js';
import { type SliceLabelsVisitor, visitLabels } from './slice-labels.js';
import { fromStorageError } from './storage-error.js';
import { allocateSlices, fillRows, type StoredSlices } from './stored-slices.js';
import { openTables } from './tables.js';
import { upgradeToFormat2 } from './upgrade.js';
import { VolumeRecords } from './volume-records.js';
import { livingWriters, WriterRegistration, writerOf } from './writer-registry.js';

/** Old versions are kept so long while there are other writers. */
const keepVersionsMs = 60 * 60_000;
/** Above so many volumes it is cheaper to scan all slices than to name the volumes in a condition. */
const maximalListedVolumes = 200;

/**
 * A stored collection: volumes, their slices and embeddings, in one folder (two LanceDB tables and a
 * manifest).
 *
 * A volume is visible whole or not at all: its slices are written in one commit under a fresh revision name,
 * then its row in the table of volumes names that revision, in a second commit. Slices whose revision no
 * volume names are not visible; those that dead writers left are removed by {@link Archive.removeLeftovers}.
 */
export class Archive {
  readonly folder: string;
  readonly manifest: ArchiveManifest;
  readonly #connection: Connection;
  readonly #volumes: SharedTable;
  readonly #slices: SharedTable;
  readonly #records: VolumeRecords;
  #writer: Promise<WriterRegistration> | undefined;
  /** Revisions whose slices are being stored, and that no volume names yet. */
  readonly #pending = new Set<string>();

  private constructor(
    folder: string,
    manifest: ArchiveManifest,
    connection: Connection,
    volumes: Table,
    slices: Table,
    place: ArchivePlace,
  ) {
    this.folder = folder;
    this.manifest = manifest;
    this.#connection = connection;
    this.#volumes = new SharedTable(volumes, folder);
    this.#slices = new SharedTable(slices, folder);
    this.#records = new VolumeRecords(this.#volumes, place);
  }

  /**
   * Opens an archive that exists.
   *
   * @throws VoxseekError ARCHIVE_NOT_FOUND, ARCHIVE_FOREIGN, ARCHIVE_VERSION, ARCHIVE_CORRUPT,
   *   FILE_NOT_READABLE
   */
  static async open(folder: string): Promise<Archive> {
    const path = resolve(folder);
    return Archive.#connect(path, await readManifest(path));
  }

  /**
   * Opens an archive, or makes it where there is none.
   *
   * @param wanted encoder and slicing of the volumes that will be added.
   * @throws VoxseekError ENCODER_MISMATCH, STORAGE_FULL, STORAGE_NOT_WRITABLE, and those of {@link open}
   *   except ARCHIVE_NOT_FOUND
   */
  static async openOrCreate(folder: string, wanted: ArchiveManifest): Promise<Archive> {
    const path = resolve(folder);
    const manifest = await readManifest(path).catch((error: unknown) => {
      if (error instanceof VoxseekError && error.code === 'ARCHIVE_NOT_FOUND') {
        return createManifest(path, wanted);
      }
      throw error;
    });
    assertSameEncoding(folder, manifest, wanted);
    return Archive.#connect(path, manifest);
  }

  static async #connect(folder: string, manifest: ArchiveManifest): Promise<Archive> {
    const { connection, volumes, slices } = await openTables(folder, manifest.encoder.dimension);
    return new Archive(folder, manifest, connection, volumes, slices, await ArchivePlace.of(folder));
  }

  /**
   * @param filter SQL condition over the columns of the volumes (docs/archive.md).
   * @returns the volumes in ascending order of their id.
   * @throws VoxseekError FILTER_INVALID, ARCHIVE_CORRUPT, FILE_NOT_READABLE
   */
  async volumes(filter?: string): Promise<VolumeRecord[]> {
    return filter === undefined ? this.#records.all() : this.#records.where(filter);
  }

  /** @throws VoxseekError VOLUME_UNKNOWN, ARCHIVE_CORRUPT */
  async volume(id: string): Promise<VolumeRecord> {
    const record = await this.#records.byId(id);
    if (record) return record;
    throw new VoxseekError('VOLUME_UNKNOWN', `there is no volume "${id}"`, { subject: this.folder });
  }

  /**
   * Reads the embeddings of some volumes into memory.
   *
   * @param volumes records of this archive, as {@link volumes} gave them.
   * @throws VoxseekError ARCHIVE_BUSY where one of them was removed or replaced meanwhile, ARCHIVE_CORRUPT,
   *   FILE_NOT_READABLE
   */
  async loadSlices(volumes: readonly VolumeRecord[]): Promise<StoredSlices> {
    const slices = allocateSlices(volumes, this.manifest.encoder.dimension);
    const rowsOf = new Map(slices.volumes.map((rows) => [rows.volume.revision, rows]));
    const filled = await this.#slices.read(async (table) => {
      let rows = 0;
      const query = table.query().select(['revision', 'ordinal', 'slice_index', 'position_mm', 'embedding']);
      if (volumes.length <= maximalListedVolumes) query.where(isOneOf('revision', [...rowsOf.keys()]));
      for await (const batch of query) rows += fillRows(batch, rowsOf, slices);
      return rows;
    });
    if (filled !== slices.sliceIndex.length) {
      throw await this.#slicesMissing(volumes, slices.sliceIndex.length - filled);
    }
    return slices;
  }

  /**
   * Reads what is in every slice of some volumes, in no particular order. A slice may be visited twice, where
   * another process compacts the archive meanwhile.
   *
   * @param volumes records of this archive, as {@link volumes} gave them.
   * @throws VoxseekError those of {@link loadSlices}
   */
  async visitSliceLabels(volumes: readonly VolumeRecord[], visit: SliceLabelsVisitor): Promise<void> {
    const volumeOf = new Map(volumes.map((volume) => [volume.revision, volume]));
    const visited = await this.#slices.read(async (table) => {
      let rows = 0;
      const query = table.query().select(['revision', 'ordinal', 'labels', 'label_voxels']);
      if (volumes.length <= maximalListedVolumes) query.where(isOneOf('revision', [...volumeOf.keys()]));
      for await (const batch of query) rows += visitLabels(batch, volumeOf, visit);
      return rows;
    });
    const expected = volumes.reduce((sum, volume) => sum + volume.sliceCount, 0);
    if (visited !== expected) throw await this.#slicesMissing(volumes, expected - visited);
  }

  /**
   * @param volume a record of this archive, as {@link volumes} gave it.
   * @returns its slices without their embeddings, in ascending order of their index.
   * @throws VoxseekError those of {@link loadSlices}
   */
  async sliceRecords(volume: VolumeRecord): Promise<SliceRecord[]> {
    const rows = await this.#slices.read(async (table) => {
      const { fields } = await table.schema();
      const columns = fields.map((field) => field.name).filter((name) => name !== 'embedding');
      const query = table
        .query()
        .select(columns)
        .where(isOneOf('revision', [volume.revision]));
      return (await query.toArray()) as Row[];
    });
    if (rows.length !== volume.sliceCount) {
      throw await this.#slicesMissing([volume], volume.sliceCount - rows.length);
    }
    return rows.map(sliceRecord).sort((a, b) => a.index - b.index);
  }

  /**
   * Stores a volume with its slices, in place of the one with the same id if there is one.
   *
   * @param slices in ascending order of their index.
   * @param embeddings row-major [slices.length, dimension].
   * @param replaces the record that is to be replaced; undefined: the id is new.
   * @returns false where another writer stored this id in between; nothing is changed then.
   * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE, ARCHIVE_BUSY
   */
  async store(
    volume: Omit<VolumeRecord, 'revision' | 'sliceCount'>,
    slices: readonly SliceRecord[],
    embeddings: Float32Array,
    replaces: VolumeRecord | undefined,
  ): Promise<boolean> {
    const writer = await this.#register();
    const revision = writer.nextRevision();
    const record = { ...volume, revision, sliceCount: slices.length };
    this.#pending.add(revision);
    try {
      const rows = sliceTable(volume.id, revision, slices, embeddings);
      await this.#slices.commit((table) => table.add(rows));
      if (!(await writer.isKnown())) {
        // Taken for dead, so its slices may be gone already: begin again under a new name.
        await this.#unregister();
        return false;
      }
      const isStored = await this.#volumes.commit((table) => putVolume(table, record, replaces));
      const unnamed = isStored ? replaces?.revision : revision;
      if (unnamed !== undefined) await this.#deleteSlices([unnamed]);
      return isStored;
    } finally {
      this.#pending.delete(revision);
    }
  }

  /**
   * Changes what is said about a volume (patient, split, region...), not its slices.
   *
   * @returns false where another writer changed it in between.
   */
  async updateRecord(record: VolumeRecord): Promise<boolean> {
    await this.#register();
    return this.#volumes.commit((table) => putVolume(table, record, record));
  }

  /**
   * @returns how many of the ids were there.
   * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE, ARCHIVE_BUSY
   */
  async remove(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    const condition = isOneOf('id', ids);
    const doomed = await this.volumes(condition);
    if (doomed.length === 0) return 0;
    await this.#register();
    await this.#volumes.commit((table) => table.delete(condition));
    await this.#deleteSlices(doomed.map((volume) => volume.revision));
    return doomed.length;
  }

  /**
   * Removes what interrupted writers left behind: slices that no volume names, and files that were never
   * finished. None of it was ever visible; it only takes space.
   *
   * @returns the number of slices removed.
   */
  async removeLeftovers(): Promise<number> {
    const own = (await this.#register()).id;
    // In this order: a writer that commits and leaves in between is seen in the table of volumes.
    const stored = await this.#slices.read(async (table) => {
      const revisions = new Set<string>();
      for await (const batch of table.query().select(['revision'])) {
        const column = batch.getChild('revision') as Vector;
        for (const revision of column) revisions.add(revision as string);
      }
      return revisions;
    });
    const living = await livingWriters(this.folder);
    const pending = new Set(this.#pending);
    const named = new Set((await this.volumes()).map((volume) => volume.revision));
    const isInWork = (revision: string) =>
      writerOf(revision) === own ? pending.has(revision) : living.has(writerOf(revision));
    const dead = [...stored].filter((revision) => !named.has(revision) && !isInWork(revision));
    await removeUnfinishedFiles(this.folder, living.values());
    return dead.length === 0 ? 0 : this.#deleteSlices(dead);
  }

  /**
   * Merges the many small files that single additions make into few, and drops the versions before. Only to
   * save space and time: where it is in the way of another writer, or there is no room for it, nothing is done.
   *
   * @param which the table of volumes alone is done in no time; that of slices is written anew up to a million
   *   rows.
   */
  async compact(which: 'volumes' | 'all' = 'all'): Promise<void> {
    const own = (await this.#register()).id;
    const tables = which === 'all' ? [this.#volumes, this.#slices] : [this.#volumes];
    for (const table of tables) await table.optimize(Date.now() - keepVersionsMs);
    // Old versions serve writers alone: what they commit is compared with what was committed since they looked.
    // One that registers after this moment looks at a version that is newer and stays.
    const now = Date.now();
    const writers = [...(await livingWriters(this.folder)).keys()];
    if (writers.some((id) => id !== own)) return;
    for (const table of tables) await table.optimize(now);
  }

  /** Ends the registration as a writer and closes the files. */
  async close(): Promise<void> {
    await this.#unregister();
    this.#connection.close();
  }

  /** @returns how many slices there were. */
  async #deleteSlices(revisions: readonly string[]): Promise<number> {
    const condition = isOneOf('revision', revisions);
    const count = await this.#slices.read((table) => table.countRows(condition));
    await this.#slices.commit((table) => table.delete(condition));
    return count;
  }

  /** Why slices of volumes are not there: the table is damaged, or a volume was replaced since it was read. */
  async #slicesMissing(volumes: readonly VolumeRecord[], missing: number): Promise<VoxseekError> {
    const present = new Set((await this.volumes()).map((volume) => volume.revision));
    const subject = this.folder;
    return volumes.every((volume) => present.has(volume.revision))
      ? new VoxseekError('ARCHIVE_CORRUPT', `${missing} slices of its volumes are missing`, { subject })
      : new VoxseekError(
          'ARCHIVE_BUSY',
          `${missing} slices are gone: a volume was replaced or removed meanwhile`,
          { subject },
        );
  }

  #register(): Promise<WriterRegistration> {
    this.#writer ??= this.#registerAndUpgrade().catch((error: unknown) => {
      this.#writer = undefined;
      throw fromStorageError(error, this.folder, 'write');
    });
    return this.#writer;
  }

  async #registerAndUpgrade(): Promise<WriterRegistration> {
    const writer = await WriterRegistration.register(this.folder);
    try {
      await upgradeToFormat2(this.folder, this.#volumes, this.#slices);
      return writer;
    } catch (error) {
      await writer.unregister();
      throw error;
    }
  }

  async #unregister(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await (await writer)?.unregister();
  }
}

/** @returns false where the row is not as `replaces` says (undefined: not there); nothing is changed then. */
async function putVolume(
  table: Table,
  record: VolumeRecord,
  replaces: VolumeRecord | undefined,
): Promise<boolean> {
  const merge = table.mergeInsert('id');
  if (replaces === undefined) {
    const result = await merge.whenNotMatchedInsertAll().execute(volumeTable([record]));
    return result.numInsertedRows === 1;
  }
  const where = `target.revision = ${quoted(replaces.revision)}`;
  const result = await merge.whenMatchedUpdateAll({ where }).execute(volumeTable([record]));
  return result.numUpdatedRows === 1;
}
