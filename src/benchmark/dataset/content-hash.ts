import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { maskOf } from '../../archive/entry-mask.js';
import { VoxseekError } from '../../errors.js';
import { hashWithCompanions } from '../../volume/content-hash.js';
import { imageOf } from '../../volume/image-source.js';
import { maskFiles } from '../../volume/mask.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import type { BenchmarkDataset } from './open-dataset.js';
import { patientOf } from './patients.js';

/**
 * One hash for all that the figures of a benchmark depend on in its data: of every volume with a mask its side,
 * id, patient, and the bytes of its image, mask and table of labels. Not the order or the place of the files.
 *
 * @param known content hashes by volume id, as an archive has them (`VolumeRecord.contentHash`); the files of
 *   these volumes are not read.
 * @returns SHA-256 (hex).
 * @throws VoxseekError COHORT_INVALID where the same scan is on both sides, FILE_NOT_FOUND (mask),
 *   FILE_NOT_READABLE, MASK_INVALID
 */
export async function datasetContentHash(
  dataset: Pick<BenchmarkDataset, 'path' | 'database' | 'queries'>,
  known: ReadonlyMap<string, string> = new Map(),
): Promise<string> {
  const hash = createHash('sha256');
  const inDatabase = new Map<string, string>();
  for (const side of ['database', 'queries'] as const) {
    for (const entry of dataset[side].entries) {
      const content = known.get(entry.id) ?? (await volumeContentHash(entry));
      hash.update(`${JSON.stringify([side, entry.id, patientOf(entry), content])}\n`);
      if (side === 'database') {
        inDatabase.set(content, entry.id);
      } else if (inDatabase.has(content)) {
        throw new VoxseekError(
          'COHORT_INVALID',
          `the volume "${inDatabase.get(content)}" of the database and the volume "${entry.id}" of the queries are the same scan`,
          { subject: dataset.path },
        );
      }
    }
  }
  return hash.digest('hex');
}

/** As an archive makes it; without its image, where embeddings were computed elsewhere and it is not at hand. */
async function volumeContentHash(entry: VolumeEntry): Promise<string> {
  const mask = await maskOf(entry);
  const labels = entry.labels === undefined ? [] : [entry.labels];
  const isThere = entry.source !== undefined || existsSync(entry.image);
  const image = isThere ? await imageOf(entry).hash() : 'no image';
  return hashWithCompanions(image, [...(mask ? maskFiles(mask) : []), ...labels]);
}
