import type { RecordBatch, Vector } from 'apache-arrow';
import type { VolumeRecord } from './records.js';

/**
 * Is told what is in one slice.
 *
 * @param volume as it was asked for.
 * @param ordinal counts the stored slices of the volume from 0, in the order of their index.
 * @param voxels of each label, in the order of `labels`.
 */
export type SliceLabelsVisitor = (
  volume: VolumeRecord,
  ordinal: number,
  labels: readonly string[],
  voxels: readonly number[],
) => void;

/**
 * Visits the rows of a batch of the table of slices; those of other volumes are passed over.
 *
 * @param volumeOf by revision.
 * @returns how many rows were visited.
 */
export function visitLabels(
  batch: RecordBatch,
  volumeOf: ReadonlyMap<string, VolumeRecord>,
  visit: SliceLabelsVisitor,
): number {
  const column = (name: string) => batch.getChild(name) as Vector;
  const [revisions, ordinals] = [column('revision'), column('ordinal')];
  const [labels, voxels] = [column('labels'), column('label_voxels')];
  let visited = 0;
  for (let i = 0; i < batch.numRows; i++) {
    const volume = volumeOf.get(revisions.get(i) as string);
    if (volume === undefined) continue;
    const names = [...(labels.get(i) as Iterable<string>)];
    visit(volume, ordinals.get(i) as number, names, [...(voxels.get(i) as Iterable<number>)]);
    visited++;
  }
  return visited;
}
