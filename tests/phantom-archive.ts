import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openForIngest } from '../src/archive/archive-encoder.js';
import { ingest } from '../src/archive/ingest.js';
import type { FieldOfView } from '../src/phantom/field-of-view.js';
import { generatePhantom, type Phantom } from '../src/phantom/generate.js';
import type { Volume } from '../src/volume/volume.js';
import type { VolumeEntry } from '../src/volume/volume-entry.js';
import { writeNifti } from '../src/volume/write-nifti.js';
import { randomNumbers } from './random.js';

export interface PhantomArchive {
  /** Holds all that the tests make; for the caller to remove. */
  readonly folder: string;
  readonly archive: string;
  /** Scans that are not in the archive. */
  readonly newScans: readonly string[];
  /** A scan of nothing. */
  readonly airScan: string;
}

/** Ids of the archive, in the order of ids; `abdomen-again` is `abdomen-1` with other noise. */
export const phantomIds = ['abdomen-1', 'abdomen-2', 'abdomen-again', 'chest'] as const;

/** A small archive of phantoms with masks, made with the built-in encoder, and three pelvises beside it. */
export async function makePhantomArchive(): Promise<PhantomArchive> {
  const folder = mkdtempSync(join(tmpdir(), 'voxseek-viewer-'));
  const scans = join(folder, 'scans');
  mkdirSync(scans);
  const phantom = (index: number, fieldOfView: FieldOfView) =>
    generatePhantom({ seed: 5, index, fieldOfView });
  const abdomen = phantom(0, 'abdomen');
  const entries = [
    await entryOf(scans, 'abdomen-1', abdomen, { patient: 'p1', split: 'database', region: 'abdomen' }),
    await entryOf(scans, 'abdomen-2', phantom(1, 'abdomen'), {
      patient: 'p2',
      split: 'database',
      region: 'abdomen',
    }),
    await entryOf(
      scans,
      'abdomen-again',
      { ...abdomen, image: noisier(abdomen.image, 1) },
      { patient: 'p3' },
    ),
    await entryOf(scans, 'chest', phantom(2, 'chest'), { patient: 'p4', split: 'query', region: 'chest' }),
  ];
  const pelvis = phantom(3, 'pelvis').image;
  const newScans = [];
  for (const seed of [2, 3, 4]) {
    const path = join(folder, `pelvis-${seed}.nii`);
    await writeNifti(path, noisier(pelvis, seed));
    newScans.push(path);
  }
  const airScan = join(folder, 'air.nii');
  await writeNifti(airScan, { ...pelvis, data: new Int16Array(pelvis.data.length).fill(-1000) });
  const archivePath = join(folder, 'archive');
  const { archive, encoder } = await openForIngest(archivePath);
  const { failures } = await ingest(archive, encoder, entries);
  await encoder.close();
  await archive.close();
  if (failures.length > 0) throw new Error(JSON.stringify(failures));
  return { folder, archive: archivePath, newScans, airScan };
}

async function entryOf(
  folder: string,
  id: string,
  { image, mask }: Phantom,
  stated: Partial<VolumeEntry>,
): Promise<VolumeEntry> {
  const path = (name: string) => join(folder, `${id}-${name}`);
  await writeNifti(path('ct.nii'), image);
  await writeNifti(path('mask.nii'), mask);
  writeFileSync(path('labels.json'), JSON.stringify(Object.fromEntries(mask.labels)));
  return {
    id,
    image: path('ct.nii'),
    mask: path('mask.nii'),
    labels: path('labels.json'),
    modality: 'CT',
    ...stated,
  };
}

/** The same with a little noise: another file, and nearly the same embeddings. */
function noisier(image: Volume, seed: number): Volume {
  const random = randomNumbers(seed);
  return { ...image, data: Int16Array.from(image.data, (value) => Math.round(value + 2 * random() - 1)) };
}
