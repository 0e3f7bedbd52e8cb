import type { VolumeRecord } from '../src/archive/records.js';
import { allocateSlices, type StoredSlices } from '../src/archive/stored-slices.js';

/** A record of which only the id, the number of slices and the geometry (axial, 1 mm) mean anything. */
export function recordFixture(id: string, sliceCount: number): VolumeRecord {
  return {
    id,
    revision: `fixture.${id}`,
    patient: null,
    split: null,
    modality: 'CT',
    region: null,
    labels: [],
    annotated: null,
    imagePath: `/nowhere/${id}.nii.gz`,
    maskPath: null,
    labelTablePath: null,
    imageHash: '',
    contentHash: '',
    size: [8, 8, sliceCount],
    spacing: [1, 1, 1],
    affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    percentiles: [-1000, 1000],
    sliceCount,
    airSlices: 0,
    voxseekVersion: '0.0.0',
    ingestedAt: '2026-01-01T00:00:00.000Z',
    dicom: null,
  };
}

/** Volumes with the given vectors as their slices, indices from 0, positions equal to the indices. */
export function storedSlicesFixture(
  volumes: Readonly<Record<string, readonly (readonly number[])[]>>,
): StoredSlices {
  const dimension = Object.values(volumes)[0]![0]!.length;
  const slices = allocateSlices(
    Object.entries(volumes).map(([id, vectors]) => recordFixture(id, vectors.length)),
    dimension,
  );
  for (const { volume, firstRow } of slices.volumes) {
    volumes[volume.id]!.forEach((vector, ordinal) => {
      slices.embeddings.set(vector, (firstRow + ordinal) * dimension);
      slices.sliceIndex[firstRow + ordinal] = ordinal;
      slices.positionMm[firstRow + ordinal] = ordinal;
    });
  }
  return slices;
}

/** `count` random vectors of norm 1, float32. */
export function randomUnitVectors(count: number, dimension: number, random: () => number): number[][] {
  return Array.from({ length: count }, () => {
    const vector = Array.from({ length: dimension }, () => random() - 0.5);
    const norm = Math.hypot(...vector);
    return vector.map((value) => Math.fround(value / norm));
  });
}

/** Inner product in float64. */
export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
