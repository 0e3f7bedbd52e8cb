import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { countEntryLabels, maskOf } from '../../archive/entry-mask.js';
import { fromWriteError, VoxseekError } from '../../errors.js';
import { type Companion, hashWithCompanions } from '../../volume/content-hash.js';
import { imageOf } from '../../volume/image-source.js';
import { countLabelsOfMask, type MaskCounts, type MaskSource, maskFiles } from '../../volume/mask.js';
import { sliceCount, sliceSpacing } from '../../volume/slice.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import { writeWhole } from '../../write-whole.js';

const plane = 'axial';

const fileSchema = z.object({
  format: z.literal('voxseek-label-counts'),
  formatVersion: z.literal(2),
  plane: z.literal(plane),
  sliceCount: z.number().int().positive(),
  spacingMm: z.number().positive(),
  /** Voxels in consecutive slices, from the first to the last that has the label. */
  labels: z.record(
    z.string(),
    z.object({ first: z.number().int().nonnegative(), voxels: z.array(z.number().int().nonnegative()) }),
  ),
});
type CountsFile = z.infer<typeof fileSchema>;

/**
 * How many voxels of each label every axial slice of a volume has, told from its mask (alone, but for DICOM) and kept in a folder
 * by the content of the mask, so that masks (104 files a volume in TotalSegmentator) are counted once.
 */
export class LabelCounts {
  readonly #folder: string;

  /** @param folder is made where there is none. Its files may be removed at any time. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param entry a volume with a mask.
   * @throws VoxseekError MASK_INVALID, MASK_GRID_MISMATCH, STORAGE_FULL, STORAGE_NOT_WRITABLE, and what
   *   readVolume throws
   */
  async of(entry: VolumeEntry): Promise<MaskCounts> {
    const mask = await maskOf(entry);
    if (mask === undefined) {
      throw new VoxseekError('MASK_INVALID', 'the volume has no mask', { subject: entry.id });
    }
    const labels = entry.labels === undefined ? [] : [entry.labels];
    // DICOM masks are drawn on the grid of their image, so it counts as well.
    const onImage = mask.kind === 'dicom' ? [imageCompanion(entry)] : [];
    const hash = await hashWithCompanions(plane, [...maskFiles(mask), ...labels, ...onImage]);
    const path = join(this.#folder, `${hash}.json`);
    const known = await readCounts(path);
    if (known !== undefined) return known;
    const counts =
      mask.kind === 'dicom' ? await countOnImage(entry, mask) : await countLabelsOfMask(mask, plane);
    try {
      await mkdir(this.#folder, { recursive: true });
    } catch (error) {
      throw fromWriteError(error, this.#folder);
    }
    await writeWhole(path, (temporary) => writeFile(temporary, JSON.stringify(toFile(counts))));
    return counts;
  }

  /** @returns label names that occur in the volumes, sorted. */
  async labels(entries: readonly VolumeEntry[]): Promise<string[]> {
    const labels = new Set<string>();
    for (const entry of entries) for (const label of (await this.of(entry)).counts.keys()) labels.add(label);
    return [...labels].sort();
  }
}

function imageCompanion(entry: VolumeEntry): Companion {
  return { name: 'image', hash: () => imageOf(entry).hash() };
}

async function countOnImage(entry: VolumeEntry, mask: MaskSource): Promise<MaskCounts> {
  const volume = await imageOf(entry).read();
  const { counts } = await countEntryLabels(entry, mask, volume, plane);
  return { sliceCount: sliceCount(volume, plane), spacingMm: sliceSpacing(volume, plane), counts };
}

/** @returns undefined where there is no such file, or none that can be used: it is written anew then. */
async function readCounts(path: string): Promise<MaskCounts | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { data } = fileSchema.safeParse(json);
  return data === undefined ? undefined : fromFile(data);
}

function toFile({ sliceCount, spacingMm, counts }: MaskCounts): CountsFile {
  const labels: CountsFile['labels'] = {};
  for (const [label, perSlice] of counts) {
    const first = perSlice.findIndex((voxels) => voxels > 0);
    const last = perSlice.findLastIndex((voxels) => voxels > 0);
    labels[label] = { first, voxels: [...perSlice.subarray(first, last + 1)] };
  }
  return { format: 'voxseek-label-counts', formatVersion: 2, plane, sliceCount, spacingMm, labels };
}

function fromFile({ sliceCount, spacingMm, labels }: CountsFile): MaskCounts | undefined {
  const counts = new Map<string, Uint32Array>();
  for (const [label, { first, voxels }] of Object.entries(labels)) {
    if (first + voxels.length > sliceCount) return undefined;
    const perSlice = new Uint32Array(sliceCount);
    perSlice.set(voxels, first);
    counts.set(label, perSlice);
  }
  return { sliceCount, spacingMm, counts };
}
