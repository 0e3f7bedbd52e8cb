import { dirname, resolve } from 'node:path';
import { VoxseekError } from '../errors.js';
import { readTable } from './table.js';
import type { Modality } from './volume.js';
import type { VolumeEntry } from './volume-entry.js';

/**
 * Reads a cohort: a CSV with a header line and the columns `id` and `image`, and optionally `mask`, `labels`,
 * `patient`, `split`, `modality` (CT or MR), `region` and `annotated` (names separated by ";"). Paths are
 * relative to the CSV. Other columns are ignored; an empty field is the same as a missing column.
 *
 * @throws VoxseekError COHORT_INVALID (naming the line), FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function readCohort(path: string): Promise<VolumeEntry[]> {
  const rows = await readTable(path, ',', ['id', 'image']);
  const folder = dirname(path);
  const seen = new Map<string, number>();
  const entries = rows.map(({ line, fields }): VolumeEntry => {
    const invalid = (reason: string) =>
      new VoxseekError('COHORT_INVALID', `line ${line}: ${reason}`, { subject: path });
    const { id, image, mask, labels, patient, split, modality, region, annotated } = fields;
    if (!id) throw invalid('the field id is empty');
    if (!image) throw invalid('the field image is empty');
    const first = seen.get(id);
    if (first !== undefined) throw invalid(`the id "${id}" stands on line ${first} already`);
    seen.set(id, line);
    return {
      id,
      image: resolve(folder, image),
      ...(mask && { mask: resolve(folder, mask) }),
      ...(labels && { labels: resolve(folder, labels) }),
      ...(patient && { patient }),
      ...(split && { split }),
      ...(modality && { modality: parseModality(modality, invalid) }),
      ...(region && { region }),
      ...(annotated && {
        annotated: annotated
          .split(';')
          .map((name) => name.trim())
          .filter((name) => name !== ''),
      }),
    };
  });
  if (entries.length === 0)
    throw new VoxseekError('INPUT_EMPTY', 'the cohort has no rows', { subject: path });
  return entries;
}

function parseModality(text: string, invalid: (reason: string) => VoxseekError): Modality {
  const modality = text.trim().toUpperCase().replace(/^MRI$/, 'MR');
  if (modality === 'CT' || modality === 'MR') return modality;
  throw invalid(`the modality "${text}" is neither CT nor MR`);
}
