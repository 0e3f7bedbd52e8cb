import { openArchivedMask } from '../../archive/archived-image.js';
import type { VolumeRecord } from '../../archive/records.js';
import { VoxseekError } from '../../errors.js';
import { cornerDistance, sameGrid } from '../../volume/geometry.js';
import { labelName } from '../../volume/label-table.js';
import { type MaskSource, readStructure } from '../../volume/mask.js';
import { readVolume } from '../../volume/read.js';
import type { Volume } from '../../volume/volume.js';

type MaskedVolume = Pick<
  VolumeRecord,
  'id' | 'labels' | 'maskPath' | 'labelTablePath' | 'size' | 'spacing' | 'affine'
>;

/**
 * Names of the numbers in {@link readLabelVolume}: those of the mask's own file of label numbers, or, where each
 * structure is stored by itself, 1, 2, 3... in the order of the names.
 */
export function labelNumbers(source: MaskSource, labels: readonly string[]): ReadonlyMap<number, string> {
  if (source.kind !== 'labels') return new Map([...labels].sort().map((name, place) => [place + 1, name]));
  const occurring = new Set(labels);
  const numbers = [...source.table].filter(([, name]) => occurring.has(name));
  for (const name of labels) {
    const unnamed = /^label_([1-9]\d*)$/.exec(name);
    if (unnamed && labelName(source.table, Number(unnamed[1])) === name)
      numbers.push([Number(unnamed[1]), name]);
  }
  return new Map(numbers.sort(([a], [b]) => a - b));
}

/** @throws VoxseekError MASK_UNKNOWN, and those of `openMask` */
export async function openMaskOf(record: VolumeRecord): Promise<MaskSource> {
  const source = await openArchivedMask(record);
  if (source !== undefined) return source;
  throw new VoxseekError('MASK_UNKNOWN', 'the volume was ingested without a mask', { subject: record.id });
}

/**
 * The mask of an archived volume as one volume of label numbers (8 bits where they suffice, else 16). Where
 * structures that are stored by themselves overlap, the last one in the order of the names is kept.
 *
 * @throws VoxseekError MASK_GRID_MISMATCH, MASK_INVALID, and what `readVolume` throws
 */
export async function readLabelVolume(source: MaskSource, record: MaskedVolume): Promise<Volume> {
  const { size, spacing, affine } = record;
  const numbers = labelNumbers(source, record.labels);
  const largest = Math.max(0, ...numbers.keys());
  const data = new (largest > 255 ? Uint16Array : Uint8Array)(size[0] * size[1] * size[2]);
  if (source.kind === 'labels') {
    const mask = await readVolume(source.path);
    if (!sameGrid(record, mask)) {
      const apart = mask.size.some((n, axis) => n !== size[axis])
        ? `the mask has the size ${mask.size.join(' x ')}, the image ${size.join(' x ')}`
        : `corners of mask and image lie ${cornerDistance(record, mask).toPrecision(3)} mm apart`;
      throw new VoxseekError('MASK_GRID_MISMATCH', apart, { subject: record.id });
    }
    data.set(mask.data);
  } else {
    for (const [number, name] of numbers) {
      const inside = await readStructure(source, name, record);
      for (let voxel = 0; voxel < inside.length; voxel++) if (inside[voxel] !== 0) data[voxel] = number;
    }
  }
  return { data, size, spacing, affine };
}
