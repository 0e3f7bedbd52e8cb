import { VoxseekError } from '../errors.js';
import type { DicomInstance } from '../volume/dicom/instance.js';
import { dicomMask } from '../volume/dicom/mask/dicom-mask.js';
import { countLabels, type MaskSource, openMask } from '../volume/mask.js';
import type { Plane, Volume } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';

/** Whether an entry has any mask. */
export function hasMask({ mask, maskObjects = [] }: VolumeEntry): boolean {
  return mask !== undefined || maskObjects.length > 0;
}

/**
 * A mask that the input names comes before the DICOM objects that were found beside the images.
 *
 * @returns undefined where there is none.
 * @throws VoxseekError those of `openMask`
 */
export async function maskOf(entry: VolumeEntry): Promise<MaskSource | undefined> {
  if (entry.mask !== undefined) return openMask(entry.mask, entry.labels);
  const objects = entry.maskObjects ?? [];
  return objects.length > 0 ? dicomMask(objects) : undefined;
}

/** What a mask holds, as far as it can be used. */
export interface EntryLabels {
  /** Voxels by slice index along the file's own axis of the plane, for each label that occurs. */
  readonly counts: ReadonlyMap<string, Uint32Array>;
  /** Those of `maskObjects` that could be used. */
  readonly objects: readonly DicomInstance[];
  /** Whole sentences. */
  readonly warnings: readonly string[];
}

/**
 * Counts the labels of an entry's mask. One that the input names must be usable. Of the objects that were found
 * beside the images some may be broken or drawn on other planes: these are left out with a warning, so that they
 * do not keep their series from the archive.
 *
 * @throws VoxseekError those of `countLabels`, for a mask that the input names
 */
export async function countEntryLabels(
  { mask, maskObjects = [] }: VolumeEntry,
  source: MaskSource | undefined,
  volume: Volume,
  plane: Plane,
): Promise<EntryLabels> {
  const warnings: string[] = [];
  const count = (of: MaskSource) => countLabels(of, volume, plane, (warning) => warnings.push(warning));
  if (source === undefined) return { counts: new Map(), objects: [], warnings };
  if (mask !== undefined) return { counts: await count(source), objects: [], warnings };
  try {
    return { counts: await count(source), objects: maskObjects, warnings };
  } catch (error) {
    if (!(error instanceof VoxseekError)) throw error;
  }
  // One by one, to find those that are at fault.
  const usable: DicomInstance[] = [];
  for (const object of maskObjects) {
    try {
      await countLabels(dicomMask([object]), volume, plane);
      usable.push(object);
    } catch (error) {
      if (!(error instanceof VoxseekError)) throw error;
      warnings.push(`The mask ${error.subject ?? object.sopInstanceUid} is left out: ${error.reason}.`);
    }
  }
  const counts = usable.length > 0 ? await count(dicomMask(usable)) : new Map<string, Uint32Array>();
  return { counts, objects: usable, warnings };
}
