import type { LabelledSlices } from '../src/benchmark/labelled-slices.js';
import { randomUnitVectors } from './stored-slices-fixture.js';

export interface SliceFixture {
  readonly vector: readonly number[];
  /** Voxels by class name; a class that is missing here has none. */
  readonly voxels: Readonly<Record<string, number>>;
}

export interface VolumeFixture {
  readonly id: string;
  /** Default: the id. */
  readonly patient?: string;
  readonly slices: readonly SliceFixture[];
  /** Default 1. */
  readonly spacingMm?: number;
  /** Names of the classes that were looked for; default: all. */
  readonly annotated?: readonly string[];
}

/** @param volumes in ascending order of their ids. */
export function labelledSlicesFixture(
  classes: readonly string[],
  volumes: readonly VolumeFixture[],
): LabelledSlices {
  const slices = volumes.flatMap((volume) => volume.slices);
  let rows = 0;
  return {
    dimension: slices[0]!.vector.length,
    embeddings: Float32Array.from(slices.flatMap(({ vector }) => vector)),
    volumes: volumes.map((volume) => {
      const firstRow = rows;
      rows += volume.slices.length;
      const { id, patient = id, spacingMm = 1 } = volume;
      return { id, patient, firstRow, rowCount: volume.slices.length, spacingMm };
    }),
    sliceIndex: Int32Array.from(volumes.flatMap((volume) => [...volume.slices.keys()])),
    classes,
    voxels: Uint32Array.from(slices.flatMap(({ voxels }) => classes.map((name) => voxels[name] ?? 0))),
    ...(volumes.some(({ annotated }) => annotated) && {
      annotated: Uint8Array.from(
        volumes.flatMap(({ annotated = classes }) => classes.map((name) => Number(annotated.includes(name)))),
      ),
    }),
  };
}

/**
 * Volumes of 1 to 12 slices whose vectors come from a small pool, so that slices are equal across volumes and
 * ties happen; classes at random, some with few voxels.
 */
export function randomLabelledSlices(
  classes: readonly string[],
  ids: readonly string[],
  pool: readonly (readonly number[])[],
  random: () => number,
): LabelledSlices {
  const whole = (below: number) => Math.floor(random() * below);
  return labelledSlicesFixture(
    classes,
    ids.map((id, position) => ({
      id,
      spacingMm: 1 + (position % 3),
      slices: Array.from({ length: 1 + whole(random() < 0.4 ? 2 : 12) }, () => ({
        vector: pool[whole(pool.length)]!,
        voxels: Object.fromEntries(
          classes.map((name, c) => [name, random() < 0.5 / (c + 1) ? 1 + whole(5) : 0]),
        ),
      })),
    })),
  );
}

/** Database and queries over one pool: every query slice has equals in the database. */
export function randomBenchmark(
  seed: number,
  random: () => number,
): { database: LabelledSlices; queries: LabelledSlices } {
  const dimension = [2, 5, 16, 384][seed % 4]!;
  const pool = randomUnitVectors(16, dimension, random);
  const classes = ['aorta', 'brain', 'colon', 'liver', 'spleen'];
  const ids = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(2, '0')}`);
  const database = randomLabelledSlices(classes, ids('d', 14), pool, random);
  const queries = randomLabelledSlices(
    classes,
    ids('q', 12),
    [...pool.slice(8), ...randomUnitVectors(16, dimension, random)],
    random,
  );
  return { database, queries };
}
