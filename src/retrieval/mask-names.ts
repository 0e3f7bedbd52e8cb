import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Archive } from '../archive/archive.js';
import type { VolumeRecord } from '../archive/records.js';
import { VoxseekError } from '../errors.js';
import { readLabelTable } from '../volume/label-table.js';
import { isVolumeFile, volumeStem } from '../volume/read.js';

export interface MaskNames {
  /** JSON of label names; undefined where the mask needs none or none was found. */
  readonly labels: string | undefined;
  /** What was assumed, where it may be wrong. */
  readonly warning?: string;
}

/**
 * Where the label names of a query's mask are, if the request does not say: those of the same scan in the
 * archive, a JSON of the mask's name beside it, or the tables that the archive's volumes were ingested with,
 * where all that have the label agree on its number. A folder of masks needs none.
 *
 * @param twin the archived volume with the query's image.
 * @throws VoxseekError USAGE where the archive's tables give the label different numbers
 */
export async function findMaskNames(
  archive: Archive,
  mask: string,
  label: string,
  twin: VolumeRecord | undefined,
): Promise<MaskNames> {
  const isFolder = await stat(mask).then(
    (status) => status.isDirectory(),
    () => false,
  );
  // DICOM objects have their names inside, as folders have.
  if (isFolder || !isVolumeFile(mask)) return { labels: undefined };
  if (twin?.labelTablePath && existsSync(twin.labelTablePath)) return { labels: twin.labelTablePath };
  const beside = join(dirname(resolve(mask)), `${volumeStem(mask)}.json`);
  if (existsSync(beside)) return { labels: beside };

  const paths = new Set(
    (await archive.volumes('label_table_path IS NOT NULL')).map((v) => v.labelTablePath!),
  );
  const numbers = new Map<number, string>();
  for (const path of [...paths].sort()) {
    const table = await readLabelTable(path).catch(() => new Map<number, string>());
    for (const [number, name] of table) if (name === label && !numbers.has(number)) numbers.set(number, path);
  }
  if (numbers.size > 1) {
    const choices = [...numbers].map(([number, path]) => `${number} in ${path}`).join(', ');
    throw new VoxseekError('USAGE', `"${label}" has different numbers in the archive's tables: ${choices}`, {
      subject: mask,
      advice: 'Name the table of this mask with --labels.',
    });
  }
  const [found] = numbers;
  if (found === undefined) return { labels: undefined };
  const [number, path] = found;
  return {
    labels: path,
    warning: `No label names were given for ${mask}: "${label}" is taken for ${number}, as in ${path}; --labels says otherwise.`,
  };
}
