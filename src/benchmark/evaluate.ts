import { VoxseekError } from '../errors.js';
import { FlatIndex } from '../index/flat.js';
import type { SliceIndex } from '../index/slice-index.js';
import { sliceContains, slicesWithClass } from './contents.js';
import { EqualSlices } from './equal-slices.js';
import type { LabelledSlices } from './labelled-slices.js';
import { OutcomeTable } from './outcome-table.js';
import type {
  BenchmarkRanking,
  Mode,
  Outcomes,
  RankedAnswer,
  SliceAnswer,
  VolumeRanking,
} from './outcomes.js';
import { answeringRows, rankVolumes } from './rank-volumes.js';
import { searchVolume, type VolumeSearch } from './volume-search.js';

export interface EvaluateOptions {
  readonly modes: readonly Mode[];
  readonly rankings: readonly BenchmarkRanking[];
  /** Over the database; default exact search. */
  readonly index?: SliceIndex;
  /**
   * A query slice has a class from so many voxels on (default 1). An answer contains a class with a single
   * voxel, whatever this says.
   */
  readonly minVoxels?: number;
  /** L: how many slices answer after late interaction, at most (default 15, as in arXiv 2405.09334). */
  readonly answers?: number;
  /** How many volumes {@link RankedAnswer} keeps (default 100); outcomes do not depend on it. */
  readonly depth?: number;
  /** Is told of every query slice that was answered, in the order of the rows, if `modes` has `slice`. */
  readonly onSliceAnswer?: (answer: SliceAnswer) => void;
  /**
   * Is told of every volume query (if `modes` has `volume`) and every region query (if it has `region`,
   * `localized` or `ratio`): by query volume, then the volume query before the regions in the order of the
   * classes, then by ranking.
   */
  readonly onRankedAnswer?: (answer: RankedAnswer) => void;
  /**
   * Is told of the whole ranking of every query volume, also of those without a class and whatever `modes` and
   * `depth` say; by query volume, then by ranking.
   */
  readonly onVolumeRanking?: (ranking: VolumeRanking) => void;
  /** Is told how many query volumes are done. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the evaluation between two query volumes. */
  readonly signal?: AbortSignal;
}

/**
 * Asks the database every query of a benchmark, and says of each whether it was answered rightly, as defined
 * in arXiv 2405.09334 (docs/benchmark.md has the formulas):
 *
 * - `slice`: each query slice and class in it; right if the nearest slice contains the class.
 * - `volume`: all slices of a query volume, and each class that any of them has; right if the returned volume
 *   contains the class.
 * - `region`: for each query volume and class, the slices that have the class; right if the returned volume
 *   contains it.
 * - `localized`: as `region`, and one of the answering slices at least contains the class.
 * - `ratio`: as `region`; the share of the answering slices that contain the class.
 *
 * The returned volume is the first of the ranking (`rankVolumes`), and its answering slices are those of
 * `answeringRows`. Where an approximate index finds nothing, the value is 0.
 *
 * Ties go to the larger similarity, then the smaller volume id, then the smaller slice index. All queries of a
 * volume share one search of the index, and what they find does not depend on the other volumes or modes.
 *
 * @returns one table for each mode and ranking, in the given order; `slice` is there once, under `count`.
 * @throws VoxseekError USAGE where the two sides do not have the same classes and dimension, or a number of
 *   the options is no positive integer; INTERRUPTED
 */
export async function evaluate(
  database: LabelledSlices,
  queries: LabelledSlices,
  options: EvaluateOptions,
): Promise<Outcomes[]> {
  const { minVoxels = 1, answers = 15, depth = 100, index = new FlatIndex(database) } = options;
  assertComparable(database, queries);
  assertPositiveInteger('minVoxels', minVoxels);
  assertPositiveInteger('answers', answers);
  assertPositiveInteger('depth', depth);

  const table = new OutcomeTable(queries, options.modes, options.rankings);
  const evaluation: Evaluation = {
    database,
    queries,
    options: { ...options, rankings: [...new Set(options.rankings)], minVoxels, answers, depth },
    owned: slicesWithClass(database),
    table,
  };
  const equal = new EqualSlices(database);
  const { modes, signal, onProgress, onVolumeRanking } = options;
  const asksRegions = modes.some((mode) => mode === 'region' || mode === 'localized' || mode === 'ratio');
  const ranksVolumes = modes.includes('volume') || asksRegions || onVolumeRanking !== undefined;
  const scored = ranksVolumes ? options.rankings : [];

  for (const [queryVolume, { firstRow, rowCount }] of queries.volumes.entries()) {
    if (signal?.aborted) throw new VoxseekError('INTERRUPTED', 'stopped while evaluating');
    if (rowCount > 0) {
      const { dimension, embeddings } = queries;
      const vectors = embeddings.subarray(firstRow * dimension, (firstRow + rowCount) * dimension);
      const search = await searchVolume(database, index, equal, vectors, scored);
      const regions = regionsOf(queries, queryVolume, minVoxels);
      if (modes.includes('slice')) answerSlices(evaluation, queryVolume, search);
      if (modes.includes('volume')) answerVolume(evaluation, queryVolume, search, regions);
      if (asksRegions) answerRegions(evaluation, queryVolume, search, regions);
      if (onVolumeRanking) {
        const querySlices = [...Array(rowCount).keys()];
        for (const ranking of evaluation.options.rankings) {
          const volumes = rankVolumes(ranking, database, search, querySlices);
          onVolumeRanking({ ranking, queryVolume, volumes });
        }
      }
    }
    onProgress?.(queryVolume + 1, queries.volumes.length);
  }
  return [...table.outcomes];
}

interface Evaluation {
  readonly database: LabelledSlices;
  readonly queries: LabelledSlices;
  readonly options: EvaluateOptions & {
    readonly minVoxels: number;
    readonly answers: number;
    readonly depth: number;
  };
  /** Row-major [database volumes, classes]: slices of the volume that contain the class. */
  readonly owned: Uint32Array;
  readonly table: OutcomeTable;
}

/** Query slices of one class, as positions within their volume, ascending. */
interface Region {
  readonly queryClass: number;
  readonly querySlices: readonly number[];
}

/** The regions of a query volume: one for each class that it has. */
function regionsOf(queries: LabelledSlices, queryVolume: number, minVoxels: number): Region[] {
  const { firstRow, rowCount } = queries.volumes[queryVolume]!;
  const slices = [...Array(rowCount).keys()];
  return [...queries.classes.keys()]
    .map((queryClass) => ({
      queryClass,
      querySlices: slices.filter((slice) => sliceContains(queries, firstRow + slice, queryClass, minVoxels)),
    }))
    .filter(({ querySlices }) => querySlices.length > 0);
}

function answerSlices(evaluation: Evaluation, queryVolume: number, { nearest }: VolumeSearch): void {
  const { database, queries, options, table } = evaluation;
  const { firstRow } = queries.volumes[queryVolume]!;
  for (const [slice, row] of nearest.rows.entries()) {
    const queryRow = firstRow + slice;
    for (let c = 0; c < queries.classes.length; c++) {
      if (!sliceContains(queries, queryRow, c, options.minVoxels)) continue;
      table.add('slice', 'count', queryVolume, c, Number(row >= 0 && sliceContains(database, row, c)));
    }
    if (row >= 0) options.onSliceAnswer?.({ queryRow, row, similarity: nearest.similarities[slice]! });
  }
}

/** A volume without any class is no query: no answer to it could be right or wrong. */
function answerVolume(
  evaluation: Evaluation,
  queryVolume: number,
  search: VolumeSearch,
  regions: readonly Region[],
): void {
  if (regions.length === 0) return;
  const { options, table } = evaluation;
  const querySlices = [...search.nearest.rows.keys()];
  for (const ranking of options.rankings) {
    const { volume } = answer(evaluation, ranking, search, queryVolume, undefined, querySlices);
    for (const { queryClass } of regions) {
      const isRight = volume !== undefined && contains(evaluation, volume, queryClass);
      table.add('volume', ranking, queryVolume, queryClass, Number(isRight));
    }
  }
}

function answerRegions(
  evaluation: Evaluation,
  queryVolume: number,
  search: VolumeSearch,
  regions: readonly Region[],
): void {
  const { database, options, table } = evaluation;
  for (const { queryClass, querySlices } of regions) {
    for (const ranking of options.rankings) {
      const { volume, rows } = answer(evaluation, ranking, search, queryVolume, queryClass, querySlices);
      const isRight = volume !== undefined && contains(evaluation, volume, queryClass);
      const containing = rows.filter((row) => sliceContains(database, row, queryClass)).length;
      const share = rows.length === 0 ? 0 : containing / rows.length;
      table.add('region', ranking, queryVolume, queryClass, Number(isRight));
      table.add('localized', ranking, queryVolume, queryClass, Number(isRight && containing > 0));
      table.add('ratio', ranking, queryVolume, queryClass, share);
    }
  }
}

/** The first volume of a ranking (undefined: nothing was found) and the rows of it that answered. */
function answer(
  { database, options }: Evaluation,
  ranking: BenchmarkRanking,
  search: VolumeSearch,
  queryVolume: number,
  queryClass: number | undefined,
  querySlices: readonly number[],
): { volume: number | undefined; rows: readonly number[] } {
  const ranked = rankVolumes(ranking, database, search, querySlices);
  const volume = ranked[0]?.volume;
  const rows =
    volume === undefined ? [] : answeringRows(ranking, search, querySlices, volume, options.answers);
  options.onRankedAnswer?.({
    mode: queryClass === undefined ? 'volume' : 'region',
    ranking,
    queryVolume,
    queryClass,
    volumes: ranked.slice(0, options.depth),
    answeringRows: rows,
  });
  return { volume, rows };
}

function contains({ owned, database }: Evaluation, volume: number, classPosition: number): boolean {
  return owned[volume * database.classes.length + classPosition]! > 0;
}

function assertComparable(database: LabelledSlices, queries: LabelledSlices): void {
  if (database.dimension !== queries.dimension) {
    throw new VoxseekError(
      'USAGE',
      `the vectors of the database have ${database.dimension} numbers, those of the queries ${queries.dimension}`,
    );
  }
  const { classes } = database;
  if (
    classes.length !== queries.classes.length ||
    classes.some((name, position) => name !== queries.classes[position])
  ) {
    throw new VoxseekError('USAGE', 'database and queries do not have the same classes in the same order');
  }
}

function assertPositiveInteger(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new VoxseekError('USAGE', `must be an integer of at least 1, not ${value}`, { subject: name });
}
