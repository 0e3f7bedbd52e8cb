import type { Archive } from '../archive/archive.js';
import { openArchivedMask } from '../archive/archived-image.js';
import { maskOf } from '../archive/entry-mask.js';
import type { VolumeRecord } from '../archive/records.js';
import { VoxseekError } from '../errors.js';
import type { DicomInstance } from '../volume/dicom/instance.js';
import { dicomMask, openStructures } from '../volume/dicom/mask/dicom-mask.js';
import { type MaskSource, openMask, readStructure } from '../volume/mask.js';
import type { Volume } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { findMaskNames } from './mask-names.js';
import type { QueryRequest } from './request.js';

export interface QueryMask {
  /** Undefined where nothing is known of a mask, or where the request needs none. */
  readonly source: MaskSource | undefined;
  /** The request names it, so all of it has to be usable. */
  readonly isNamed: boolean;
  /** What was assumed, left out or interpreted; whole sentences. More may come when it is read. */
  readonly warnings: string[];
}

/**
 * The mask that a request for a label means: the one that it names, else what belongs to the query's image, else
 * what the same scan was ingested with. Where it does not say what the numbers of a mask mean, that is looked for.
 *
 * @param named what is searched with.
 * @param twin the archived volume with the query's image.
 * @throws VoxseekError USAGE, and what opening a mask throws
 */
export async function queryMask(
  archive: Archive,
  { label, mask, labels }: QueryRequest,
  named: VolumeRecord | VolumeEntry,
  twin: VolumeRecord | undefined,
): Promise<QueryMask> {
  if (label === undefined) return noMask();
  if (mask !== undefined) {
    const names = labels === undefined ? await findMaskNames(archive, mask, label, twin) : { labels };
    const warnings = 'warning' in names && names.warning !== undefined ? [names.warning] : [];
    return { source: await openMask(mask, names.labels), isNamed: true, warnings };
  }
  const own = 'revision' in named ? undefined : await maskOf(named);
  return { source: own ?? (twin && (await openArchivedMask(twin))), isNamed: false, warnings: [] };
}

export function noMask(): QueryMask {
  return { source: undefined, isNamed: false, warnings: [] };
}

/**
 * The voxels of a label. What of DICOM objects that were found beside the images is broken or drawn on other planes is
 * left out with a warning, as it was when the images were ingested.
 *
 * @returns as {@link readStructure}.
 * @throws VoxseekError those of {@link readStructure}
 */
export async function readLabel(
  source: MaskSource,
  label: string,
  grid: Pick<Volume, 'size' | 'affine'>,
  { isNamed, warnings }: Pick<QueryMask, 'isNamed' | 'warnings'>,
): Promise<Uint8Array> {
  const read = (of: MaskSource) => readStructure(of, label, grid, (warning) => warnings.push(warning));
  if (isNamed || source.kind !== 'dicom' || source.objects.length === 1) return read(source);
  const usable: DicomInstance[] = [];
  for (const object of source.objects) {
    try {
      await openStructures(dicomMask([object]), grid);
      usable.push(object);
    } catch (error) {
      if (!(error instanceof VoxseekError)) throw error;
      warnings.push(`The mask ${error.subject ?? object.sopInstanceUid} is left out: ${error.reason}.`);
    }
  }
  return read(usable.length > 0 ? dicomMask(usable, source.path) : source);
}
