import { compareIds } from '../../archive/stored-slices.js';
import { VoxseekError } from '../../errors.js';
import type { MaskCounts } from '../../volume/mask.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import type { ClassMap } from '../class-maps/class-map.js';
import type { LabelledVolume } from '../labelled-slices.js';
import { ClassVoxels } from './class-voxels.js';
import type { EmbeddingMatrix } from './embedding-matrix.js';
import type { LabelCounts } from './label-counts.js';
import type { LabelledSource, LeftOutVolume } from './labelled-source.js';
import { patientOf } from './patients.js';

export interface LabelledMatrix extends LabelledSource {
  /** Slices of the volumes that the matrix has no row for, and how many of them have a label. */
  readonly missingSlices: { readonly all: number; readonly labelled: number };
  /** Volumes that the matrix has rows for, but that are not among the entries; sorted. */
  readonly otherVolumes: readonly string[];
}

/**
 * One side of a benchmark out of embeddings that were computed elsewhere and the masks of the volumes; images
 * are not read. Slices are axial. Vectors are brought to norm 1 in double precision and kept as float32. Volumes
 * whose mask has no voxel are left out and listed.
 *
 * @throws VoxseekError COHORT_INVALID where the matrix has no row of a volume, or one beyond its last slice;
 *   ENCODER_OUTPUT_INVALID for a row that is not finite or all zeros; INPUT_EMPTY where no volume is left; and
 *   those of LabelCounts
 */
export async function labelledFromMatrix(
  source: EmbeddingMatrix,
  entries: readonly VolumeEntry[],
  classMap: ClassMap,
  labelCounts: LabelCounts,
): Promise<LabelledMatrix> {
  const counted: { entry: VolumeEntry; counts: MaskCounts }[] = [];
  const leftOut: LeftOutVolume[] = [];
  for (const entry of [...entries].sort((a, b) => compareIds(a.id, b.id))) {
    const counts = await labelCounts.of(entry);
    if (counts.counts.size > 0) counted.push({ entry, counts });
    else leftOut.push({ id: entry.id, reason: 'empty mask' });
  }
  if (counted.length === 0) {
    throw new VoxseekError('INPUT_EMPTY', 'no volume has a labelled voxel', { subject: source.slices });
  }
  const layout = layOut(
    source,
    counted.map(({ entry, counts }) => [entry, counts]),
  );
  const classVoxels = new ClassVoxels(layout.sliceIndex.length, classMap);
  const missingSlices = { all: 0, labelled: 0 };
  for (const [position, { counts }] of counted.entries()) {
    const { firstRow, rowCount } = layout.volumes[position]!;
    const isLabelled = new Uint8Array(counts.sliceCount);
    for (const [label, perSlice] of counts.counts) {
      for (let slice = 0; slice < perSlice.length; slice++) if (perSlice[slice]! > 0) isLabelled[slice] = 1;
      for (let row = firstRow; row < firstRow + rowCount; row++) {
        classVoxels.add(row, label, perSlice[layout.sliceIndex[row]!]!);
      }
    }
    const present = new Set(layout.sliceIndex.subarray(firstRow, firstRow + rowCount));
    missingSlices.all += counts.sliceCount - rowCount;
    missingSlices.labelled += isLabelled.filter(
      (labelled, slice) => labelled > 0 && !present.has(slice),
    ).length;
  }
  const ids = new Set(entries.map((entry) => entry.id));
  return {
    dimension: source.matrix.header.columns,
    embeddings: await readUnitVectors(source, layout),
    volumes: layout.volumes,
    sliceIndex: layout.sliceIndex,
    classes: classMap.classes,
    voxels: classVoxels.voxels,
    leftOut,
    labelsWithoutClass: classVoxels.labelsWithoutClass(),
    missingSlices,
    otherVolumes: [...source.rowsOf.keys()].filter((id) => !ids.has(id)).sort(),
  };
}

interface Layout {
  readonly volumes: readonly LabelledVolume[];
  readonly sliceIndex: Int32Array;
  /** Row of this side by row of the matrix; -1 where it is not on this side. */
  readonly targetRow: Int32Array;
}

function layOut(
  source: EmbeddingMatrix,
  ordered: readonly (readonly [entry: VolumeEntry, counts: MaskCounts])[],
): Layout {
  const invalid = (reason: string) => new VoxseekError('COHORT_INVALID', reason, { subject: source.slices });
  const volumes: LabelledVolume[] = [];
  const sliceIndex: number[] = [];
  const targetRow = new Int32Array(source.matrix.header.rows).fill(-1);
  for (const [entry, { sliceCount, spacingMm }] of ordered) {
    const rows = source.rowsOf.get(entry.id);
    if (rows === undefined) throw invalid(`there is no slice of the volume "${entry.id}" of the data set`);
    const slices = [...rows].sort(([a], [b]) => a - b);
    const [last] = slices.at(-1)!;
    if (last >= sliceCount) {
      throw invalid(
        `slice ${last} of volume "${entry.id}" is beyond its last: its mask has ${sliceCount} axial slices`,
      );
    }
    volumes.push({
      id: entry.id,
      patient: patientOf(entry),
      firstRow: sliceIndex.length,
      rowCount: slices.length,
      spacingMm,
    });
    for (const [slice, row] of slices) {
      targetRow[row] = sliceIndex.length;
      sliceIndex.push(slice);
    }
  }
  return { volumes, sliceIndex: Int32Array.from(sliceIndex), targetRow };
}

/** @returns row-major [rows of this side, dimension], every row of norm 1. */
async function readUnitVectors(
  source: EmbeddingMatrix,
  { sliceIndex, targetRow, volumes }: Layout,
): Promise<Float32Array> {
  const { matrix } = source;
  const { columns } = matrix.header;
  const embeddings = new Float32Array(sliceIndex.length * columns);
  await matrix.forEachRow((row, numbers) => {
    const target = targetRow[row]!;
    if (target < 0) return;
    let squares = 0;
    for (let i = 0; i < columns; i++) squares += numbers[i]! ** 2;
    if (!(squares > 0 && squares < Number.POSITIVE_INFINITY)) {
      const volume = volumes.findLast(({ firstRow }) => firstRow <= target)!.id;
      const what = squares === 0 ? 'is all zeros' : 'holds NaN or infinity';
      throw new VoxseekError(
        'ENCODER_OUTPUT_INVALID',
        `row ${row} (volume "${volume}", slice ${sliceIndex[target]}) ${what}`,
        {
          subject: matrix.path,
          advice: 'Compute the embeddings of that slice again, or leave the slice out.',
        },
      );
    }
    const norm = Math.sqrt(squares);
    const start = target * columns;
    for (let i = 0; i < columns; i++) embeddings[start + i] = numbers[i]! / norm;
  });
  return embeddings;
}
