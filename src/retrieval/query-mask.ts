import type { Archive } from '../archive/archive.js';
import { openArchivedMask } from '../archive/archived-image.js';
import { maskOf } from '../archive/entry-mask.js';
import type { VolumeRecord } from '../archive/records.js';
import { type MaskSource, openMask } from '../volume/mask.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { findMaskNames } from './mask-names.js';
import type { QueryRequest } from './request.js';

export interface QueryMask {
  /** Undefined where nothing is known of a mask, or where the request needs none. */
  readonly source: MaskSource | undefined;
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
  if (label === undefined) return { source: undefined, warnings: [] };
  if (mask !== undefined) {
    const names = labels === undefined ? await findMaskNames(archive, mask, label, twin) : { labels };
    const warnings = 'warning' in names && names.warning !== undefined ? [names.warning] : [];
    return { source: await openMask(mask, names.labels), warnings };
  }
  const own = 'revision' in named ? undefined : await maskOf(named);
  return { source: own ?? (twin && (await openArchivedMask(twin))), warnings: [] };
}
