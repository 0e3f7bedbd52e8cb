import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readTable } from './table.js';
import type { Modality } from './volume.js';
import type { VolumeEntry } from './volume-entry.js';

const images: Readonly<Record<string, Modality>> = { 'ct.nii.gz': 'CT', 'mri.nii.gz': 'MR' };
const masks = 'segmentations';

/** A row of meta.csv that says something about a case, by its image_id. */
type Meta = ReadonlyMap<string, { readonly split?: string; readonly study_type?: string }>;

/**
 * Tells the files of TotalSegmentator data sets (v1, v2, or its MR one) from loose ones: a case is a folder
 * such as `s0001` with `ct.nii.gz` (or `mri.nii.gz`), mostly with `segmentations/<structure>.nii.gz`, and is
 * named by that folder. A `meta.csv` beside the cases is separated by ";"; its `split` and `study_type` become
 * split and region. Each case with masks or a row of that table is one patient, as in the publication
 * (Wasserthal et al. 2023, doi:10.1148/ryai.230024).
 */
export class TotalSegmentatorCases {
  readonly #metas = new Map<string, Promise<Meta>>();

  /**
   * @param image absolute path of a volume file.
   * @returns what its case says of it; undefined where the file is no image of a case.
   * @throws VoxseekError FILE_NOT_READABLE, COHORT_INVALID (meta.csv)
   */
  async entryOf(image: string): Promise<VolumeEntry | undefined> {
    const modality = images[basename(image)];
    if (modality === undefined) return undefined;
    const folder = dirname(image);
    const id = basename(folder);
    const mask = join(folder, masks);
    const row = (await this.#metaIn(dirname(folder))).get(id);
    const hasMasks = existsSync(mask);
    return {
      id,
      image,
      ...(hasMasks && { mask }),
      ...((hasMasks || row) && { patient: id }),
      modality,
      ...(row?.split && { split: row.split }),
      ...(row?.study_type && { region: row.study_type }),
    };
  }

  /** Whether a volume file is a mask of a case, and so no volume of its own. */
  isMask(path: string): boolean {
    const folder = dirname(path);
    if (basename(folder) !== masks) return false;
    return Object.keys(images).some((name) => existsSync(join(dirname(folder), name)));
  }

  #metaIn(folder: string): Promise<Meta> {
    let meta = this.#metas.get(folder);
    if (meta === undefined) {
      meta = readMeta(join(folder, 'meta.csv'));
      this.#metas.set(folder, meta);
    }
    return meta;
  }
}

async function readMeta(path: string): Promise<Meta> {
  if (!existsSync(path)) return new Map();
  const rows = await readTable(path, ';', ['image_id']);
  return new Map(
    rows.map(({ fields }) => [fields.image_id!, fields as { split?: string; study_type?: string }]),
  );
}
