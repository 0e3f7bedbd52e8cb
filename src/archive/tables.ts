import './lancedb-environment.js';
import { type Connection, connect, type Table } from '@lancedb/lancedb';
import type { FixedSizeList, Schema } from 'apache-arrow';
import { VoxseekError } from '../errors.js';
import { sliceSchema, volumeSchema } from './schema.js';
import { fromStorageError } from './storage-error.js';
import { hasHadWriters } from './writer-registry.js';

export interface ArchiveTables {
  readonly connection: Connection;
  readonly volumes: Table;
  readonly slices: Table;
}

/**
 * Opens the two tables of an archive whose manifest is there. They are made where nothing was ever stored: the
 * process that wrote the manifest may not have come so far. After that a missing table is a loss, and not to
 * be covered up by an empty one.
 *
 * @throws VoxseekError ARCHIVE_CORRUPT, FILE_NOT_READABLE, STORAGE_FULL, STORAGE_NOT_WRITABLE
 */
export async function openTables(folder: string, dimension: number): Promise<ArchiveTables> {
  // Looked at first: whoever stores something registers as a writer after the tables are there.
  const mustExist = await hasHadWriters(folder);
  try {
    const connection = await connect(folder);
    const open = (name: string, schema: Schema) =>
      connection.openTable(name).catch((error: unknown) => {
        if (mustExist) throw fromStorageError(error, folder, 'read');
        return connection.createEmptyTable(name, schema, { existOk: true });
      });
    const volumes = await open('volumes', volumeSchema);
    const slices = await open('slices', sliceSchema(dimension));
    await assertDimension(slices, dimension, folder);
    return { connection, volumes, slices };
  } catch (error) {
    throw fromStorageError(error, folder, 'write');
  }
}

async function assertDimension(slices: Table, dimension: number, folder: string): Promise<void> {
  const { fields } = await slices.schema();
  const type = fields.find((field) => field.name === 'embedding')?.type as FixedSizeList | undefined;
  if (type?.listSize === dimension) return;
  throw new VoxseekError(
    'ARCHIVE_CORRUPT',
    `its manifest says embeddings of ${dimension} numbers, its table of slices has ${type?.listSize}`,
    { subject: folder },
  );
}
