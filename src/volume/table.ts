import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { fromSystemError, VoxseekError } from '../errors.js';

/**
 * Reads a CSV with a header line.
 *
 * @returns one record a row; every field trimmed, empty ones left out.
 * @throws VoxseekError COHORT_INVALID, FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function readTable(
  path: string,
  delimiter: ',' | ';',
): Promise<Partial<Record<string, string>>[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  try {
    const rows = parse(text, { columns: true, delimiter, bom: true, trim: true, skip_empty_lines: true });
    const records = rows as Record<string, string>[];
    return records.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== '')));
  } catch (error) {
    throw new VoxseekError('COHORT_INVALID', error instanceof Error ? error.message : String(error), {
      subject: path,
    });
  }
}
