import { resolve } from 'node:path';
import { type Connection, connect, type Table } from '@lancedb/lancedb';
import type { RecordBatch, Schema, Vector } from 'apache-arrow';
import { VoxseekError } from '../errors.js';
import { type ArchiveManifest, assertSameEncoding, createManifest, readManifest } from './manifest.js';
import type { SliceRecord, VolumeRecord } from './records.js';
import {
  type Row,
  sliceRecord,
  sliceSchema,
  sliceTable,
  volumeRecord,
  volumeSchema,
  volumeTable,
} from './schema.js';
import { firstLine, fromStorageError, isConflict } from './storage-error.js';
import { allocateSlices, compareIds, type StoredSlices } from './stored-slices.js';
import { livingWriters, WriterRegistration, writerOf } from './writer-registry.js';

/** LanceDB writes its log to stderr otherwise. Set before the first connection. */
process.env.LANCEDB_LOG ??= 'error';

const conflictRetries = 12;
/** Old versions are kept so long for readers that still look at them. */
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
  readonly #volumes: Table;
  readonly #slices: Table;
  #writer: Promise<WriterRegistration> | undefined;

  private constructor(
    folder: string,
    manifest: ArchiveManifest,
    connection: Connection,
    volumes: Table,
    slices: Table,
  ) {
    this.folder = folder;
    this.manifest = manifest;
    this.#connection = connection;
    this.#volumes = volumes;
    this.#slices = slices;
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
    try {
      const connection = await connect(folder);
      const existing = await connection.tableNames();
      const table = (name: string, schema: Schema) =>
        existing.includes(name)
          ? connection.openTable(name)
          : connection.createEmptyTable(name, schema, { existOk: true });
      const volumes = await table('volumes', volumeSchema);
      const slices = await table('slices', sliceSchema(manifest.encoder.dimension));
      return new Archive(folder, manifest, connection, volumes, slices);
    } catch (error) {
      throw fromStorageError(error, folder);
    }
  }

  /**
   * @param filter SQL condition over the columns of the volumes (docs/archive.md).
   * @returns the volumes in ascending order of their id.
   * @throws VoxseekError FILTER_INVALID, ARCHIVE_CORRUPT
   */
  async volumes(filter?: string): Promise<VolumeRecord[]> {
    try {
      await this.#volumes.checkoutLatest();
      const query = this.#volumes.query();
      const rows = (await (filter === undefined ? query : query.where(filter)).toArray()) as Row[];
      return rows.map(volumeRecord).sort((a, b) => compareIds(a.id, b.id));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (filter !== undefined && /invalid input|schema error|parser|datafusion/i.test(message)) {
        throw new VoxseekError('FILTER_INVALID', explainFilterError(message), {
          subject: filter,
          cause: error,
        });
      }
      throw fromStorageError(error, this.folder);
    }
  }

  /** @throws VoxseekError VOLUME_UNKNOWN, ARCHIVE_CORRUPT */
  async volume(id: string): Promise<VolumeRecord> {
    const [record] = await this.volumes(`id = ${quoted(id)}`);
    if (record) return record;
    throw new VoxseekError('VOLUME_UNKNOWN', `there is no volume "${id}"`, { subject: this.folder });
  }

  /**
   * Reads the embeddings of some volumes into memory.
   *
   * @param volumes records of this archive, as {@link volumes} gave them.
   * @throws VoxseekError ARCHIVE_BUSY where one of them was removed or replaced meanwhile, ARCHIVE_CORRUPT
   */
  async loadSlices(volumes: readonly VolumeRecord[]): Promise<StoredSlices> {
    const slices = allocateSlices(volumes, this.manifest.encoder.dimension);
    const rowsOf = new Map(slices.volumes.map((rows) => [rows.volume.revision, rows]));
    let filled = 0;
    try {
      await this.#slices.checkoutLatest();
      const query = this.#slices
        .query()
        .select(['revision', 'ordinal', 'slice_index', 'position_mm', 'embedding']);
      if (volumes.length <= maximalListedVolumes) query.where(revisionIn([...rowsOf.keys()]));
      for await (const batch of query) filled += copyRows(batch, rowsOf, slices);
    } catch (error) {
      throw fromStorageError(error, this.folder);
    }
    if (filled !== slices.sliceIndex.length) {
      throw new VoxseekError(
        'ARCHIVE_BUSY',
        `${slices.sliceIndex.length - filled} slices are gone: a volume was replaced or removed meanwhile`,
        { subject: this.folder },
      );
    }
    return slices;
  }

  /** @returns the slices of one volume without their embeddings, in ascending order of their index. */
  async sliceRecords(volume: VolumeRecord): Promise<SliceRecord[]> {
    try {
      await this.#slices.checkoutLatest();
      const columns = ['plane', 'slice_index', 'position_mm', 'center', 'labels', 'label_voxels'];
      const query = this.#slices
        .query()
        .select(columns)
        .where(revisionIn([volume.revision]));
      const rows = (await query.toArray()) as Row[];
      return rows.map(sliceRecord).sort((a, b) => a.index - b.index);
    } catch (error) {
      throw fromStorageError(error, this.folder);
    }
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
    const revision = (await this.#register()).nextRevision();
    const record = { ...volume, revision, sliceCount: slices.length };
    await this.#commit(() => this.#slices.add(sliceTable(volume.id, revision, slices, embeddings)));
    const isStored = await this.#commit(() => this.#putVolume(record, replaces));
    const unnamed = isStored ? replaces?.revision : revision;
    if (unnamed !== undefined) await this.#commit(() => this.#slices.delete(revisionIn([unnamed])));
    return isStored;
  }

  /**
   * Changes what is said about a volume (patient, split, region...), not its slices.
   *
   * @returns false where another writer changed it in between.
   */
  async updateRecord(record: VolumeRecord): Promise<boolean> {
    return this.#commit(() => this.#putVolume(record, record));
  }

  /**
   * @returns how many of the ids were there.
   * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE, ARCHIVE_BUSY
   */
  async remove(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    const condition = `id IN (${ids.map(quoted).join(', ')})`;
    const doomed = await this.volumes(condition);
    if (doomed.length === 0) return 0;
    await this.#commit(() => this.#volumes.delete(condition));
    await this.#commit(() => this.#slices.delete(revisionIn(doomed.map((volume) => volume.revision))));
    return doomed.length;
  }

  /**
   * Removes the slices that interrupted writers left behind. They were never visible; they only take space.
   *
   * @returns the number of slices removed.
   */
  async removeLeftovers(): Promise<number> {
    try {
      // In this order: a writer that commits and leaves in between is seen in the table of volumes.
      await this.#slices.checkoutLatest();
      const stored = new Set<string>();
      for await (const batch of this.#slices.query().select(['revision'])) {
        const column = batch.getChild('revision') as Vector;
        for (const revision of column) stored.add(revision as string);
      }
      const living = await livingWriters(this.folder);
      const named = new Set((await this.volumes()).map((volume) => volume.revision));
      const dead = [...stored].filter((r) => !named.has(r) && !living.has(writerOf(r)));
      if (dead.length === 0) return 0;
      const leftovers = await this.#slices.countRows(revisionIn(dead));
      await this.#commit(() => this.#slices.delete(revisionIn(dead)));
      return leftovers;
    } catch (error) {
      throw fromStorageError(error, this.folder);
    }
  }

  /** Merges the many small files that single additions make, and drops versions older than an hour. */
  async compact(): Promise<void> {
    const options = { cleanupOlderThan: new Date(Date.now() - keepVersionsMs) };
    for (const table of [this.#volumes, this.#slices]) {
      await table.optimize(options).catch((error: unknown) => {
        // Another writer was faster: its next compaction does it.
        if (!isConflict(error)) throw fromStorageError(error, this.folder);
      });
    }
  }

  /** Ends the registration as a writer and closes the files. */
  async close(): Promise<void> {
    await (await this.#writer)?.unregister();
    this.#writer = undefined;
    this.#connection.close();
  }

  async #putVolume(record: VolumeRecord, replaces: VolumeRecord | undefined): Promise<boolean> {
    const merge = this.#volumes.mergeInsert('id');
    if (replaces === undefined) {
      const result = await merge.whenNotMatchedInsertAll().execute(volumeTable([record]));
      return result.numInsertedRows === 1;
    }
    const where = `target.revision = ${quoted(replaces.revision)}`;
    const result = await merge.whenMatchedUpdateAll({ where }).execute(volumeTable([record]));
    return result.numUpdatedRows === 1;
  }

  async #commit<T>(write: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await write();
      } catch (error) {
        if (attempt >= conflictRetries || !isConflict(error)) throw fromStorageError(error, this.folder);
        await new Promise((wake) => setTimeout(wake, 20 * 2 ** Math.min(attempt, 6) * (0.5 + Math.random())));
        await Promise.all([this.#volumes.checkoutLatest(), this.#slices.checkoutLatest()]);
      }
    }
  }

  #register(): Promise<WriterRegistration> {
    this.#writer ??= WriterRegistration.register(this.folder).catch((error: unknown) => {
      this.#writer = undefined;
      throw fromStorageError(error, this.folder);
    });
    return this.#writer;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function revisionIn(revisions: readonly string[]): string {
  return revisions.length === 0 ? 'false' : `revision IN (${revisions.map(quoted).join(', ')})`;
}

/** @returns how many rows of the batch belong to the volumes that are being loaded. */
function copyRows(
  batch: RecordBatch,
  rowsOf: ReadonlyMap<string, { firstRow: number; rowCount: number }>,
  target: StoredSlices,
): number {
  const column = (name: string) => batch.getChild(name) as Vector;
  const [revisions, ordinals] = [column('revision'), column('ordinal')];
  const [indices, positions] = [column('slice_index'), column('position_mm')];
  const list = column('embedding').data[0]!;
  const vectors = list.children[0]!.values as Float32Array;
  const { dimension } = target;
  let copied = 0;
  for (let i = 0; i < batch.numRows; i++) {
    const rows = rowsOf.get(revisions.get(i) as string);
    if (rows === undefined) continue;
    const row = rows.firstRow + (ordinals.get(i) as number);
    target.sliceIndex[row] = indices.get(i) as number;
    target.positionMm[row] = positions.get(i) as number;
    const from = i * dimension;
    target.embeddings.set(vectors.subarray(from, from + dimension), row * dimension);
    copied++;
  }
  return copied;
}

function explainFilterError(message: string): string {
  const unknown = /No field named ([^.]+)\./.exec(message);
  if (unknown) {
    const fields = volumeSchema.fields.map((field) => field.name).join(', ');
    return `volumes have no field ${unknown[1]}; they have ${fields}`;
  }
  return firstLine(message.replace(/^.*?(Invalid input|Schema error)[:,]? */i, ''));
}
