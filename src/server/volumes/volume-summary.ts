import type { SliceRecord, VolumeRecord } from '../../archive/records.js';
import { orientationOf, stackingAxis } from '../../volume/geometry.js';
import type { Plane } from '../../volume/volume.js';
import type { VolumeDetail, VolumeSummary } from '../schemas.js';

const revisionLength = 16;

/** Names the voxels and the mask of an archived volume. */
export function revisionOf({ contentHash }: Pick<VolumeRecord, 'contentHash'>): string {
  return contentHash.slice(0, revisionLength);
}

/** What lists show of a volume. No path: clients have no business with files of the server. */
export function volumeSummary(record: VolumeRecord): VolumeSummary {
  const { id, patient, split, modality, region, labels, size, spacing, sliceCount, ingestedAt } = record;
  return {
    id,
    patient,
    split,
    modality,
    region,
    labels: [...labels],
    size: [...size],
    spacing: [...spacing],
    sliceCount,
    ingestedAt,
    revision: revisionOf(record),
  };
}

/** @param slices in ascending order of their index. */
export function volumeDetail(
  record: VolumeRecord,
  slices: readonly SliceRecord[],
  plane: Plane,
): VolumeDetail {
  return {
    ...volumeSummary(record),
    affine: [...record.affine],
    percentiles: [...record.percentiles],
    airSlices: record.airSlices,
    annotated: record.annotated === null ? null : [...record.annotated],
    hasMask: record.maskPath !== null || (record.dicom?.maskFiles ?? []).length > 0,
    sliceAxis: stackingAxis(orientationOf(record.affine), plane),
    slices: slices.map(({ index, positionMm, labelVoxels }) => ({
      index,
      positionMm,
      labels: [...labelVoxels.keys()].sort(),
    })),
  };
}
