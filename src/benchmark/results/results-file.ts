import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fromSystemError, fromWriteError, VoxseekError } from '../../errors.js';
import { writeWhole } from '../../write-whole.js';
import { type Results, resultsSchema, resultsVersion } from './schema.js';
import { writeTables } from './tables.js';

/**
 * Writes the tables and then results.json, whose presence says that everything beside it is whole. The run and
 * qrels files that it names have to be there already.
 *
 * @returns the path of results.json.
 * @throws VoxseekError INTERNAL where the results do not fit {@link resultsSchema}; STORAGE_FULL,
 *   STORAGE_NOT_WRITABLE
 */
export async function writeResults(folder: string, results: Results): Promise<string> {
  const path = join(folder, 'results.json');
  const checked = resultsSchema.safeParse(results);
  if (!checked.success) {
    throw new VoxseekError('INTERNAL', `results do not fit their schema: ${problems(checked.error)}`, {
      subject: path,
    });
  }
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw fromWriteError(error, folder);
  });
  await writeTables(folder, checked.data);
  const text = `${JSON.stringify(checked.data, null, 2)}\n`;
  await writeWhole(path, (temporary) => writeFile(temporary, text));
  return path;
}

/**
 * Reads a results.json.
 *
 * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE; RESULTS_INVALID where it is no results.json, is of
 *   another version, or contradicts itself
 */
export async function readResults(path: string): Promise<Results> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw fromSystemError(error, path);
  });
  const content = parseJson(text, path);
  const version = z.object({ formatVersion: z.number() }).safeParse(content);
  if (version.success && version.data.formatVersion !== resultsVersion) {
    throw new VoxseekError(
      'RESULTS_INVALID',
      `is written in version ${version.data.formatVersion} of the format, and this Voxseek reads ${resultsVersion}`,
      { subject: path },
    );
  }
  const results = resultsSchema.safeParse(content);
  if (results.success) return results.data;
  throw new VoxseekError('RESULTS_INVALID', problems(results.error), { subject: path });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new VoxseekError('RESULTS_INVALID', 'is no JSON', { subject: path, cause: error });
  }
}

function problems(error: z.ZodError): string {
  const [first, ...others] = error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  return others.length === 0 ? first! : `${first} (and ${others.length} more)`;
}
