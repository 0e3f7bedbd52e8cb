import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { fromSystemError, VoxseekError } from '../../errors.js';
import { volumeStem } from '../../volume/read.js';
import type { Modality } from '../../volume/volume.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';

const description = 'dataset.json';

const fileSchema = z.object({
  modality: z.record(z.string(), z.string()).exactOptional(),
  labels: z.record(z.string(), z.unknown()),
  training: z.array(z.object({ image: z.string().min(1), label: z.string().min(1) })),
  test: z.array(z.string().min(1)).default([]),
});

/** @returns the `dataset.json` that a path names or holds; undefined where there is none. */
export function decathlonFile(path: string): string | undefined {
  if (/(^|[\\/])dataset\.json$/i.test(path)) return resolve(path);
  const inside = join(resolve(path), description);
  return existsSync(inside) ? inside : undefined;
}

/**
 * The volumes of a task of the Medical Segmentation Decathlon (Antonelli et al. 2022,
 * doi:10.1038/s41467-022-30695-9): its labelled cases have the split `training`, the others `test` and no mask.
 * Its label names are read from `labels` of the file itself.
 *
 * @param path of `dataset.json`.
 * @throws VoxseekError COHORT_INVALID (naming the field), FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function readDecathlon(path: string): Promise<VolumeEntry[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  const invalid = (reason: string) => new VoxseekError('COHORT_INVALID', reason, { subject: path });
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalid(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { data, error } = fileSchema.safeParse(json);
  if (error) {
    throw invalid(error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  }
  const folder = dirname(path);
  const modality = modalityOf(Object.values(data.modality ?? {}));
  const entry = (image: string) => ({
    id: volumeStem(image),
    image: resolve(folder, image),
    ...(modality && { modality }),
  });
  return [
    ...data.training.map(({ image, label }) => ({
      ...entry(image),
      mask: resolve(folder, label),
      labels: path,
      split: 'training',
    })),
    ...data.test.map((image) => ({ ...entry(image), split: 'test' })),
  ];
}

/** Channels of several kinds have no one modality; their files are refused when they are read. */
function modalityOf(channels: readonly string[]): Modality | undefined {
  const [channel, ...others] = channels;
  if (channel === undefined || others.length > 0) return undefined;
  if (/^CT$/i.test(channel.trim())) return 'CT';
  return /^(MRI?|T1|T2|FLAIR|ADC)\b/i.test(channel.trim()) ? 'MR' : undefined;
}
