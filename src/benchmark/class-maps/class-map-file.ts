import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { fromSystemError, VoxseekError } from '../../errors.js';
import { type ClassMap, classMap } from './class-map.js';

const name = z.string().trim().min(1, 'is empty');
const fileSchema = z.strictObject({
  name,
  source: name,
  classes: z
    .record(name, z.array(name).min(1, 'a class needs a label at least'))
    .refine((classes) => Object.keys(classes).length > 0, 'there is no class'),
});

/**
 * Reads a class map of the user's own: `{"name": "...", "source": "...", "classes": {"class": ["label", ...]}}`.
 *
 * @throws VoxseekError USAGE (naming the field), FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function readClassMap(path: string): Promise<ClassMap> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  const invalid = (reason: string) =>
    new VoxseekError('USAGE', `the class map cannot be used: ${reason}`, {
      subject: path,
      advice: 'A class map is {"name": "...", "source": "...", "classes": {"class": ["label", ...]}}.',
    });
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalid(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { data, error } = fileSchema.safeParse(json);
  if (error) {
    const reasons = error.issues.map(({ path: field, message }) =>
      field.length > 0 ? `${field.join('.')}: ${message}` : message,
    );
    throw invalid(reasons.join('; '));
  }
  return classMap(data.name, data.source, data.classes);
}
