import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fromSystemError } from '../errors.js';
import { readTable } from './table.js';
import type { Modality } from './volume.js';
import type { VolumeEntry } from './volume-entry.js';

const images: readonly (readonly [name: string, modality: Modality])[] = [
  ['ct.nii.gz', 'CT'],
  ['mri.nii.gz', 'MR'],
];

/**
 * The cases of a TotalSegmentator data set (v1, v2, or its MR one): folders such as `s0001` with `ct.nii.gz`
 * and `segmentations/<structure>.nii.gz`, and a `meta.csv` separated by ";" whose `split` and `study_type`
 * become split and region. Each case is one patient, as in the publication.
 *
 * @param folder the data set, or one case of it.
 * @returns undefined where the folder is neither.
 * @throws VoxseekError FILE_NOT_READABLE, COHORT_INVALID (meta.csv)
 */
export async function findTotalSegmentator(folder: string): Promise<VolumeEntry[] | undefined> {
  const single = caseIn(folder);
  if (single) return [single];
  const listing = await readdir(folder).catch((error: unknown) => {
    throw fromSystemError(error, folder);
  });
  const names = listing.filter((name) => !name.startsWith('.')).sort();
  const cases = names.map((name) => caseIn(join(folder, name))).filter((entry) => entry !== undefined);
  if (cases.length === 0) return undefined;
  const metaPath = join(folder, 'meta.csv');
  const meta = existsSync(metaPath) ? await readTable(metaPath, ';', ['image_id']) : [];
  const metaOf = new Map(meta.map(({ fields }) => [fields.image_id, fields]));
  return cases.map((entry) => {
    const row = metaOf.get(entry.id);
    return {
      ...entry,
      ...(row?.split && { split: row.split }),
      ...(row?.study_type && { region: row.study_type }),
    };
  });
}

function caseIn(folder: string): VolumeEntry | undefined {
  for (const [name, modality] of images) {
    const image = join(folder, name);
    if (!existsSync(image)) continue;
    const mask = join(folder, 'segmentations');
    const id = basename(folder);
    return { id, image, ...(existsSync(mask) && { mask }), patient: id, modality };
  }
  return undefined;
}
