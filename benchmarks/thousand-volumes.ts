import { Archive } from '../src/archive/archive.js';
import type { SliceRecord, VolumeRecord } from '../src/archive/records.js';
import { defaultEncoder, openEncoder } from '../src/encoder/catalog.js';
import { sliceLikeVectors } from './slice-like.js';
import { size } from './synthetic-ct.js';

/** What an archive of the benchmarks of the server holds. */
export const volumes = 1000;
export const slicesPerVolume = 100;
const affine = [0.8, 0, 0, 0, 0, 0.8, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** @returns id of a volume, from 0. */
export const idOf = (number: number) => `volume-${String(number).padStart(4, '0')}`;

function record(number: number, imagePath: string): Omit<VolumeRecord, 'revision' | 'sliceCount'> {
  const hash = number.toString(16).padStart(64, '0');
  return {
    id: idOf(number),
    patient: `patient-${number}`,
    split: 'train',
    modality: 'CT',
    region: 'abdomen',
    labels: ['liver', 'spleen'],
    annotated: null,
    imagePath,
    maskPath: null,
    labelTablePath: null,
    imageHash: hash,
    contentHash: hash,
    size: [...size],
    spacing: [0.8, 0.8, 1],
    affine,
    percentiles: [-1000, 600],
    airSlices: 0,
    voxseekVersion: '0.0.0',
    ingestedAt: '2026-01-01T00:00:00.000Z',
    dicom: null,
  };
}

/**
 * Makes an archive of synthetic embeddings of the built-in encoder's size.
 *
 * @param imagePath the CT that all volumes have as their image; to the server they are different ones.
 */
export async function makeThousandVolumes(folder: string, imagePath: string): Promise<void> {
  const { identity } = await openEncoder(defaultEncoder);
  const archive = await Archive.openOrCreate(folder, {
    encoder: identity,
    encoderSource: { name: defaultEncoder, options: {} },
    slicing: { plane: 'axial', everyMm: null },
    createdWith: '0.0.0',
  });
  const { dimension } = identity;
  const slices = Array.from(
    { length: slicesPerVolume },
    (_, index): SliceRecord => ({
      plane: 'axial',
      index: 3 * index,
      positionMm: 3 * index,
      center: [0, 0, 3 * index],
      labelVoxels: new Map([['liver', 100 + index]]),
      dicomImage: null,
    }),
  );
  const { embeddings } = sliceLikeVectors(volumes * slicesPerVolume, dimension, slicesPerVolume, 1);
  const perVolume = slicesPerVolume * dimension;
  for (let number = 0; number < volumes; number++) {
    const own = embeddings.slice(number * perVolume, (number + 1) * perVolume);
    await archive.store(record(number, imagePath), slices, own, undefined);
    if (number % 64 === 63) await archive.compact('volumes');
  }
  await archive.compact();
  await archive.close();
}
