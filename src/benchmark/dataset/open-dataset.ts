import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { hasMask } from '../../archive/entry-mask.js';
import { compareIds } from '../../archive/stored-slices.js';
import { VoxseekError } from '../../errors.js';
import { findVolumes } from '../../volume/collection.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import { decathlonFile, readDecathlon } from './decathlon.js';
import type { LeftOutVolume } from './labelled-source.js';
import { assertPatientsApart } from './patients.js';
import { readSplits, type Splits } from './splits.js';

export interface DatasetOptions {
  /** Split that is searched in; default `database` in a cohort CSV, `train` elsewhere and in 3D-MIR's lists. */
  readonly database?: string;
  /** Split that is searched for; default `query` in a cohort CSV, `test` elsewhere and in 3D-MIR's lists. */
  readonly queries?: string;
  /**
   * Paths of CSVs with the columns `id` and `split`, or of 3D-MIR's lists ({@link readSplits}), which replace
   * the splits of the data set: volumes that they do not name are in none. For data sets without a usable split
   * of their own.
   */
  readonly splits?: readonly string[];
}

export interface DatasetSide {
  readonly split: string;
  /** Volumes with a mask, in ascending order of their ids. */
  readonly entries: readonly VolumeEntry[];
  /** Volumes of the split without a mask, and those that the data set has not. */
  readonly leftOut: readonly LeftOutVolume[];
}

/** The volumes of a benchmark, none of them read yet. No patient is on both sides. */
export interface BenchmarkDataset {
  /** Name of its file or folder. */
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  readonly database: DatasetSide;
  readonly queries: DatasetSide;
  /** Number of volumes by split, of all splits; volumes in none stand under an empty name. */
  readonly splits: ReadonlyMap<string, number>;
}

/**
 * Finds the volumes of a benchmark and divides them into database and queries: a cohort CSV, a TotalSegmentator
 * folder or one of phantoms, any folder that findVolumes knows with a CSV of splits, or a task of the Medical
 * Segmentation Decathlon (its official splits give no labelled queries, so it needs CSVs of splits).
 *
 * @throws VoxseekError COHORT_INVALID where a patient stands on both sides or an id twice, INPUT_EMPTY where a
 *   split has no labelled volume (naming the splits there are), USAGE where both sides are one split, and those
 *   of findVolumes
 */
export async function openDataset(path: string, options: DatasetOptions = {}): Promise<BenchmarkDataset> {
  const isCohort = /\.csv$/i.test(path) && (await stat(path).catch(() => undefined))?.isFile() === true;
  const found = await findEntries(path);
  assertIdsUnique(found, path);
  const ids = found.map(({ id }) => id);
  const given = options.splits === undefined ? undefined : await readSplits(options.splits, ids);
  const namesSides = isCohort && given?.areListed !== true;
  const databaseSplit = options.database ?? (namesSides ? 'database' : 'train');
  const querySplit = options.queries ?? (namesSides ? 'query' : 'test');
  if (databaseSplit === querySplit) {
    throw new VoxseekError('USAGE', `database and queries are both the split "${querySplit}"`, {
      subject: path,
      advice: 'Name two splits that share no patient.',
    });
  }
  const entries = given === undefined ? found : assignSplits(found, given);
  const splits = new Map<string, number>();
  for (const { split = '' } of entries) splits.set(split, (splits.get(split) ?? 0) + 1);

  const sideOf = (split: string): DatasetSide => {
    const all = entries.filter((entry) => entry.split === split).sort((a, b) => compareIds(a.id, b.id));
    const labelled = all.filter(hasMask);
    if (labelled.length === 0) throw noVolumes(path, split, all.length, splits);
    const missing = given?.missing.filter((volume) => volume.split === split) ?? [];
    const leftOut: LeftOutVolume[] = [
      ...all.filter((entry) => !hasMask(entry)).map(({ id }) => ({ id, reason: 'no mask' as const })),
      ...missing.map(({ name }) => ({ id: name, reason: 'not in the data set' as const })),
    ];
    return { split, entries: labelled, leftOut };
  };
  const database = sideOf(databaseSplit);
  const queries = sideOf(querySplit);
  assertPatientsApart(database.entries, queries.entries, path);
  return { name: basename(resolve(path)), path: resolve(path), database, queries, splits };
}

async function findEntries(path: string): Promise<VolumeEntry[]> {
  const decathlon = decathlonFile(path);
  return decathlon === undefined ? findVolumes(path) : readDecathlon(decathlon);
}

function assertIdsUnique(entries: readonly VolumeEntry[], subject: string): void {
  const imageOf = new Map<string, string>();
  for (const { id, image } of entries) {
    const first = imageOf.get(id);
    if (first !== undefined) {
      throw new VoxseekError('COHORT_INVALID', `two volumes have the id "${id}": ${first} and ${image}`, {
        subject,
      });
    }
    imageOf.set(id, image);
  }
}

function assignSplits(entries: readonly VolumeEntry[], { splitOf }: Splits): VolumeEntry[] {
  return entries.map(({ split: _, ...entry }) => {
    const split = splitOf.get(entry.id);
    return split === undefined ? entry : { ...entry, split };
  });
}

function noVolumes(
  subject: string,
  split: string,
  unlabelled: number,
  splits: ReadonlyMap<string, number>,
): VoxseekError {
  const named = [...splits].filter(([name]) => name !== '').sort(([a], [b]) => compareIds(a, b));
  const list = named.map(([name, volumes]) => `${name} (${volumes})`).join(', ');
  const without = unlabelled > 0 ? `, only ${unlabelled} without a mask` : '';
  return new VoxseekError('INPUT_EMPTY', `the split "${split}" has no labelled volume${without}`, {
    subject,
    advice:
      list === ''
        ? 'The data set states no splits: name them in a CSV with the columns id and split.'
        : `The splits are ${list}: name two of them as database and queries, or give a CSV with the columns id and split.`,
  });
}
