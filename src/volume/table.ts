import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { fromSystemError, VoxseekError } from '../errors.js';

/** One row of a table. */
export interface TableRow {
  /** Line of the file on which the row ends; the header line is 1. */
  readonly line: number;
  /** By column name; every field trimmed, empty ones left out. */
  readonly fields: Partial<Record<string, string>>;
}

/**
 * Reads a CSV with a header line.
 *
 * @param required columns that the header must have.
 * @throws VoxseekError COHORT_INVALID, FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function readTable(
  path: string,
  delimiter: ',' | ';',
  required: readonly string[],
): Promise<TableRow[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  const invalid = (reason: string) => new VoxseekError('COHORT_INVALID', reason, { subject: path });
  let header: readonly string[] = [];
  const takeHeader = (columns: string[]) => {
    header = columns;
    return columns;
  };
  let rows: { record: Record<string, string>; info: { lines: number } }[];
  try {
    rows = parse(text, {
      columns: takeHeader,
      delimiter,
      bom: true,
      trim: true,
      skip_empty_lines: true,
      info: true,
    });
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
  const missing = required.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    const found = header.length > 0 ? header.join(', ') : 'none';
    throw invalid(
      `the header has no column ${missing.join(', ')} separated by "${delimiter}" (it has: ${found})`,
    );
  }
  const doubled = header.find((column, index) => header.indexOf(column) !== index);
  if (doubled !== undefined) throw invalid(`the header has two columns ${doubled}`);
  return rows.map(({ record, info }) => ({
    line: info.lines,
    fields: Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '')),
  }));
}
