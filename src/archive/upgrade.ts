import type { Table } from '@lancedb/lancedb';
import { type Field, List } from 'apache-arrow';
import { raiseFormat } from './manifest.js';
import { sliceColumnsOfFormat2, volumeColumnsOfFormat2 } from './schema.js';
import type { SharedTable } from './shared-table.js';

/** Another writer may add the same columns at the same time: one look after each refusal finds them there. */
const attempts = 3;

/**
 * Brings an archive of format 1 to format 2 before something is written to it: the columns for DICOM are added
 * without a value, then the manifest says so. Stopped anywhere in between, the next writer does the rest; both
 * formats can be read meanwhile. An archive of format 2 stays as it is.
 *
 * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE, ARCHIVE_BUSY, ARCHIVE_CORRUPT
 */
export async function upgradeToFormat2(
  folder: string,
  volumes: SharedTable,
  slices: SharedTable,
): Promise<void> {
  await addMissing(volumes, volumeColumnsOfFormat2);
  await addMissing(slices, sliceColumnsOfFormat2);
  await raiseFormat(folder);
}

async function addMissing(table: SharedTable, columns: readonly Field[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const missing = await table.read((latest) => missingColumns(latest, columns));
    if (missing.length === 0) return;
    try {
      await table.commit((latest) => latest.addColumns(missing.map(withoutValue)));
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

async function missingColumns(table: Table, columns: readonly Field[]): Promise<Field[]> {
  const there = new Set((await table.schema()).fields.map((field) => field.name));
  return columns.filter((column) => !there.has(column.name));
}

/** In words: LanceDB does not know the fields of this build of Apache Arrow for its own. */
function withoutValue({ name, type }: Field): { name: string; valueSql: string } {
  const typeName = type instanceof List ? `List(${type.children[0]!.type})` : String(type);
  return { name, valueSql: `arrow_cast(NULL, '${typeName}')` };
}
