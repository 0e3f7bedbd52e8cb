import type { RecordBatch, Vector } from 'apache-arrow';
import type { VolumeRecord } from './records.js';

/** The rows of one volume in {@link StoredSlices}. */
export interface VolumeRows {
  readonly volume: VolumeRecord;
  readonly firstRow: number;
  readonly rowCount: number;
}

/**
 * The stored slices of some volumes, in memory: volumes in ascending order of their id, the slices of each in
 * ascending order of their index. The order is what makes ties come out right: of equal similarities the
 * first row wins, which is the smaller volume id, then the smaller slice index.
 */
export interface StoredSlices {
  readonly dimension: number;
  /** Row-major [rows, dimension], every row of norm 1. */
  readonly embeddings: Float32Array;
  /** Slice index along the file's own axis, by row. */
  readonly sliceIndex: Int32Array;
  /** Position of the slice, RAS+ mm, by row. */
  readonly positionMm: Float64Array;
  readonly volumes: readonly VolumeRows[];
}

/** Lays out the rows of some volumes; the vectors are filled in by whoever reads them. */
export function allocateSlices(volumes: readonly VolumeRecord[], dimension: number): StoredSlices {
  const ordered = [...volumes].sort((a, b) => compareIds(a.id, b.id));
  let rows = 0;
  const ranges = ordered.map((volume): VolumeRows => {
    const firstRow = rows;
    rows += volume.sliceCount;
    return { volume, firstRow, rowCount: volume.sliceCount };
  });
  return {
    dimension,
    embeddings: new Float32Array(rows * dimension),
    sliceIndex: new Int32Array(rows),
    positionMm: new Float64Array(rows),
    volumes: ranges,
  };
}

/**
 * Copies the rows of a batch of the table of slices to where they belong; those of other volumes are passed
 * over.
 *
 * @param rowsOf by revision.
 * @returns how many rows were copied.
 */
export function fillRows(
  batch: RecordBatch,
  rowsOf: ReadonlyMap<string, Pick<VolumeRows, 'firstRow' | 'rowCount'>>,
  target: StoredSlices,
): number {
  const column = (name: string) => batch.getChild(name) as Vector;
  const [revisions, ordinals] = [column('revision'), column('ordinal')];
  const [indices, positions] = [column('slice_index'), column('position_mm')];
  const list = column('embedding').data[0]!;
  const vectors = list.children[0]!.values as Float32Array;
  const { dimension } = target;
  let copied = 0;
  for (let i = 0; i < batch.numRows; i++) {
    const rows = rowsOf.get(revisions.get(i) as string);
    if (rows === undefined) continue;
    const row = rows.firstRow + (ordinals.get(i) as number);
    target.sliceIndex[row] = indices.get(i) as number;
    target.positionMm[row] = positions.get(i) as number;
    const from = i * dimension;
    target.embeddings.set(vectors.subarray(from, from + dimension), row * dimension);
    copied++;
  }
  return copied;
}

/** The order of volume ids, by UTF-16 code units: the same on every machine, whatever its language. */
export function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
