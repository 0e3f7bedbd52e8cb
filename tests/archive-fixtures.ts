import { createHash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@lancedb/lancedb';
import type { Archive } from '../src/archive/archive.js';
import type { ArchiveManifest } from '../src/archive/manifest.js';
import type { VolumeRecord } from '../src/archive/records.js';
import type { Encoder, EncoderIdentity } from '../src/encoder/encoder.js';
import type { SliceImage } from '../src/volume/volume.js';
import type { VolumeEntry } from '../src/volume/volume-entry.js';
import { writeNifti } from '../src/volume/write-nifti.js';
import { randomNumbers } from './random.js';

export const tinyDimension = 8;

export const tinyIdentity: EncoderIdentity = {
  name: 'tiny',
  weightsHash: 'a'.repeat(64),
  dimension: tinyDimension,
  preprocessing: { window: [-1000, 1000], scale: 1 },
};

/** A manifest for archives of {@link tinyEncoder}; parts of it may be replaced. */
export function tinyManifest(changes: Partial<ArchiveManifest> = {}): ArchiveManifest {
  return {
    encoder: tinyIdentity,
    encoderSource: { name: 'tiny', options: {} },
    slicing: { plane: 'axial', everyMm: null },
    createdWith: '0.0.0-test',
    ...changes,
  };
}

/** An encoder that is done at once: the same slice gives the same vector, another slice another one. */
export function tinyEncoder(): Encoder {
  return {
    identity: tinyIdentity,
    embed: async (slices) => {
      const embeddings = new Float32Array(slices.length * tinyDimension);
      for (const [row, slice] of slices.entries()) embeddings.set(unitVector(slice), row * tinyDimension);
      return embeddings;
    },
    close: async () => {},
  };
}

/** Sums of the pixels, each with weights of its own, at length 1. */
function unitVector({ pixels }: SliceImage): number[] {
  const sums = Array.from({ length: tinyDimension }, (_, component) =>
    pixels.reduce((sum, value, i) => sum + (value / 1000) * Math.cos((i + 1) * (component + 1)), 0),
  );
  const norm = Math.hypot(...sums);
  return sums.map((value) => value / norm);
}

/** Slices of a tiny volume: `tinyAirSlices` of air, the rest soft tissue. */
export const tinySlices = 5;
export const tinyAirSlices = 1;

/**
 * Writes a CT of 6 x 5 x 5 voxels, whose first slice is air, and says how it is to be ingested. Volumes of the
 * same seed are equal.
 */
export async function writeTinyVolume(
  folder: string,
  id: string,
  seed: number,
  stated: Partial<VolumeEntry> = {},
): Promise<VolumeEntry> {
  const random = randomNumbers(seed);
  const perSlice = 6 * 5;
  const data = Int16Array.from({ length: perSlice * tinySlices }, (_, voxel) =>
    voxel < perSlice * tinyAirSlices || voxel % 6 === 0 ? -1000 : Math.round(random() * 300),
  );
  // Ids may hold what file names may not.
  const image = join(
    folder,
    `${createHash('sha256').update(`${id} ${seed}`).digest('hex').slice(0, 16)}.nii`,
  );
  await writeNifti(image, {
    data,
    size: [6, 5, tinySlices],
    spacing: [2, 2, 3],
    affine: [2, 0, 0, -10, 0, 2, 0, -20, 0, 0, 3, 100, 0, 0, 0, 1],
  });
  return { id, image, modality: 'CT', ...stated };
}

/** Ids are `<prefix>00`, `<prefix>01`...; all volumes differ. */
export function writeTinyVolumes(folder: string, prefix: string, count: number): Promise<VolumeEntry[]> {
  return Promise.all(
    Array.from({ length: count }, (_, i) => {
      const id = `${prefix}${String(i).padStart(2, '0')}`;
      const seed = createHash('sha256').update(id).digest().readInt32LE();
      return writeTinyVolume(folder, id, seed, { patient: `patient-${id}` });
    }),
  );
}

/** All that an archive says, in an order that does not depend on how it came about. */
export interface ArchiveContent {
  readonly volumes: readonly Omit<VolumeRecord, 'revision' | 'ingestedAt'>[];
  /** By volume id; vectors as hexadecimal bytes, so that equal means equal to the bit. */
  readonly slices: Readonly<Record<string, readonly { index: number; positionMm: number; vector: string }[]>>;
}

export async function contentOf(archive: Archive): Promise<ArchiveContent> {
  const records = await archive.volumes();
  const stored = await archive.loadSlices(records);
  const slices: Record<string, { index: number; positionMm: number; vector: string }[]> = {};
  for (const { volume, firstRow, rowCount } of stored.volumes) {
    slices[volume.id] = Array.from({ length: rowCount }, (_, i) => {
      const row = firstRow + i;
      const vector = stored.embeddings.slice(row * stored.dimension, (row + 1) * stored.dimension);
      return {
        index: stored.sliceIndex[row]!,
        positionMm: stored.positionMm[row]!,
        vector: Buffer.from(vector.buffer).toString('hex'),
      };
    });
  }
  return { volumes: records.map(({ revision, ingestedAt, ...rest }) => rest), slices };
}

/** What lies in the tables, visible or not, read past the archive's own code. */
export async function rawTables(
  folder: string,
): Promise<{ volumes: { id: string; revision: string }[]; slices: { volume: string; revision: string }[] }> {
  const connection = await connect(folder);
  const rows = async (name: string, columns: string[]) =>
    (await (await connection.openTable(name)).query().select(columns).toArray()).map((row) => ({ ...row }));
  const volumes = await rows('volumes', ['id', 'revision']);
  const slices = await rows('slices', ['volume', 'revision']);
  connection.close();
  return { volumes, slices } as Awaited<ReturnType<typeof rawTables>>;
}

/** Slices in the table whose revision no volume names. */
export async function orphanSlices(folder: string): Promise<number> {
  const { volumes, slices } = await rawTables(folder);
  const named = new Set(volumes.map((volume) => volume.revision));
  return slices.filter((slice) => !named.has(slice.revision)).length;
}

/** Paths of all files below a folder, relative to it, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Sum of the sizes of all files below a folder, in bytes. */
export function bytesBelow(folder: string): number {
  return filesBelow(folder).reduce((sum, path) => sum + lstatSync(join(folder, path)).size, 0);
}

/**
 * Runs something without the rights of root, whom no permission stops; as it is where this is not root. The
 * rights are those of the whole process meanwhile.
 */
export async function withoutRootRights<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  const nobody = 65534;
  process.seteuid!(nobody);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}
