import { VoxseekError } from '../errors.js';
import { FlatIndex } from '../index/flat.js';
import type { SliceIndex } from '../index/slice-index.js';
import { annotatedOnly } from './annotated-only.js';
import { AnswerScope } from './answer-scope.js';
import { sliceContains, slicesWithClass } from './contents.js';
import { EqualSlices } from './equal-slices.js';
import type { LabelledSlices } from './labelled-slices.js';
import { rangeOverlap, sufficientOverlap } from './metrics/range-overlap.js';
import { OutcomeTable } from './outcome-table.js';
import type {
  AnswerScopeName,
  BenchmarkRanking,
  Mode,
  Outcomes,
  RankedAnswer,
  SliceAnswer,
  VolumeRanking,
} from './outcomes.js';
import { extentOf, RangeFinder } from './range-finder.js';
import { answeringRows, rankVolumes } from './rank-volumes.js';
import { type BestSlices, searchVolume, type VolumeSearch } from './volume-search.js';

export interface EvaluateOptions {
  readonly modes: readonly Mode[];
  readonly rankings: readonly BenchmarkRanking[];
  /**
   * Which volumes may answer; default `all`. `annotated`: for a class only those in which it was looked for, and
   * only such query volumes ask for it (`LabelledSlices.annotated`).
   */
  readonly among?: AnswerScopeName;
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
  /**
   * Is told of every query slice that was answered, in the order of the rows, if `modes` has `slice`; among
   * annotated volumes once for every class of it, in their order.
   */
  readonly onSliceAnswer?: (answer: SliceAnswer) => void;
  /**
   * Is told of every volume query (if `modes` has `volume`; among annotated volumes one for each class) and every
   * region query (if it has any other mode but `slice`): by query volume, then the volume query before the regions
   * in the order of the classes, then by ranking.
   */
  readonly onRankedAnswer?: (answer: RankedAnswer) => void;
  /**
   * Is told of the whole ranking of every query volume, also of those without a class and whatever `modes` and
   * `depth` say, among all volumes; by query volume, then by ranking.
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
 * - `range`: as `region`; the overlap (intersection over union, in mm) of the range of the returned volume in which
 *   the region was found with the extent of the class there. `range-half`: whether that is 1/2 at least.
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
  allDatabase: LabelledSlices,
  allQueries: LabelledSlices,
  options: EvaluateOptions,
): Promise<Outcomes[]> {
  const { minVoxels = 1, answers = 15, depth = 100, among = 'all' } = options;
  assertComparable(allDatabase, allQueries);
  assertPositiveInteger('minVoxels', minVoxels);
  assertPositiveInteger('answers', answers);
  assertPositiveInteger('depth', depth);

  const [database, queries] =
    among === 'all' ? [allDatabase, allQueries] : [annotatedOnly(allDatabase), annotatedOnly(allQueries)];
  const { index = new FlatIndex(database) } = options;
  const table = new OutcomeTable(queries, options.modes, options.rankings);
  const scope = new AnswerScope(database, among);
  const evaluation: Evaluation = {
    database,
    queries,
    options: { ...options, rankings: [...new Set(options.rankings)], among, minVoxels, answers, depth },
    owned: slicesWithClass(database),
    table,
  };
  const equal = new EqualSlices(database);
  const { modes, signal, onProgress, onVolumeRanking } = options;
  const asksRegions = modes.some((mode) => mode !== 'slice' && mode !== 'volume');
  const ranksVolumes = modes.includes('volume') || asksRegions || onVolumeRanking !== undefined;
  const scored = ranksVolumes ? options.rankings : [];

  for (const [queryVolume, { firstRow, rowCount }] of queries.volumes.entries()) {
    if (signal?.aborted) throw new VoxseekError('INTERRUPTED', 'stopped while evaluating');
    if (rowCount > 0) {
      const { dimension, embeddings } = queries;
      const vectors = embeddings.subarray(firstRow * dimension, (firstRow + rowCount) * dimension);
      const known = new Map<number, BestSlices>();
      const regions = regionsOf(queries, queryVolume, minVoxels);
      const asked = regions.map(({ queryClass }) => queryClass);
      const searchOf: SearchOf = await scope.search(asked, (isAllowed) =>
        searchVolume(database, index, equal, vectors, scored, isAllowed, known),
      );
      if (modes.includes('slice')) answerSlices(evaluation, queryVolume, searchOf);
      if (modes.includes('volume')) answerVolume(evaluation, queryVolume, searchOf, regions);
      if (asksRegions) answerRegions(evaluation, queryVolume, searchOf, regions);
      if (onVolumeRanking && among === 'all') {
        const querySlices = [...Array(rowCount).keys()];
        for (const ranking of evaluation.options.rankings) {
          const volumes = rankVolumes(ranking, database, searchOf(0), querySlices);
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
    readonly among: AnswerScopeName;
    readonly minVoxels: number;
    readonly answers: number;
    readonly depth: number;
  };
  /** Row-major [database volumes, classes]: slices of the volume that contain the class. */
  readonly owned: Uint32Array;
  readonly table: OutcomeTable;
}

/** What the slices of the query volume found among the volumes that may answer for a class. */
type SearchOf = (queryClass: number) => VolumeSearch;

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

function answerSlices(evaluation: Evaluation, queryVolume: number, searchOf: SearchOf): void {
  const { database, queries, options, table } = evaluation;
  const { firstRow, rowCount } = queries.volumes[queryVolume]!;
  const isForEach = options.among === 'annotated';
  for (let slice = 0; slice < rowCount; slice++) {
    const queryRow = firstRow + slice;
    const tell = ({ nearest: { rows, similarities } }: VolumeSearch, queryClass: number | undefined) => {
      const row = rows[slice]!;
      if (row < 0) return;
      options.onSliceAnswer?.({ queryClass, queryRow, row, similarity: similarities[slice]! });
    };
    for (let c = 0; c < queries.classes.length; c++) {
      if (!sliceContains(queries, queryRow, c, options.minVoxels)) continue;
      const search = searchOf(c);
      const row = search.nearest.rows[slice]!;
      table.add('slice', 'count', queryVolume, c, Number(row >= 0 && sliceContains(database, row, c)));
      if (isForEach) tell(search, c);
    }
    if (!isForEach) tell(searchOf(0), undefined);
  }
}

/** A volume without any class is no query: no answer to it could be right or wrong. */
function answerVolume(
  evaluation: Evaluation,
  queryVolume: number,
  searchOf: SearchOf,
  regions: readonly Region[],
): void {
  const { options, queries, table } = evaluation;
  const querySlices = [...Array(queries.volumes[queryVolume]!.rowCount).keys()];
  const classes = regions.map(({ queryClass }) => queryClass);
  // Where all volumes may answer, one answer is for every class.
  const queried = options.among === 'all' ? [classes] : classes.map((queryClass) => [queryClass]);
  for (const ofAnswer of queried) {
    if (ofAnswer.length === 0) continue;
    const search = searchOf(ofAnswer[0]!);
    for (const ranking of options.rankings) {
      const queryClass = options.among === 'all' ? undefined : ofAnswer[0];
      const { volume } = answer(
        evaluation,
        { mode: 'volume', ranking, queryVolume, queryClass },
        search,
        querySlices,
      );
      for (const c of ofAnswer) {
        const isRight = volume !== undefined && contains(evaluation, volume, c);
        table.add('volume', ranking, queryVolume, c, Number(isRight));
      }
    }
  }
}

function answerRegions(
  evaluation: Evaluation,
  queryVolume: number,
  searchOf: SearchOf,
  regions: readonly Region[],
): void {
  const { database, queries, options, table } = evaluation;
  const asksRange = options.modes.some((mode) => mode === 'range' || mode === 'range-half');
  const ranges = asksRange ? new RangeFinder(database, queries, queryVolume) : undefined;
  for (const { queryClass, querySlices } of regions) {
    for (const ranking of options.rankings) {
      const question = { mode: 'region', ranking, queryVolume, queryClass } as const;
      const { volume, rows, range } = answer(evaluation, question, searchOf(queryClass), querySlices, ranges);
      const isRight = volume !== undefined && contains(evaluation, volume, queryClass);
      const containing = rows.filter((row) => sliceContains(database, row, queryClass)).length;
      const share = rows.length === 0 ? 0 : containing / rows.length;
      const extent = volume === undefined ? undefined : extentOf(database, volume, queryClass);
      const overlap = rangeOverlap(range, extent);
      table.add('region', ranking, queryVolume, queryClass, Number(isRight));
      table.add('localized', ranking, queryVolume, queryClass, Number(isRight && containing > 0));
      table.add('ratio', ranking, queryVolume, queryClass, share);
      table.add('range', ranking, queryVolume, queryClass, overlap);
      table.add('range-half', ranking, queryVolume, queryClass, Number(overlap >= sufficientOverlap));
    }
  }
}

/**
 * The first volume of a ranking (undefined: nothing was found), the rows of it that answered, and where in it the
 * query was found.
 */
function answer(
  { database, options }: Evaluation,
  question: Pick<RankedAnswer, 'mode' | 'ranking' | 'queryVolume' | 'queryClass'>,
  search: VolumeSearch,
  querySlices: readonly number[],
  ranges?: RangeFinder,
): { volume: number | undefined; rows: readonly number[]; range: RankedAnswer['range'] } {
  const { ranking } = question;
  const ranked = rankVolumes(ranking, database, search, querySlices);
  const volume = ranked[0]?.volume;
  const rows =
    volume === undefined ? [] : answeringRows(ranking, search, querySlices, volume, options.answers);
  const range = volume === undefined ? undefined : ranges?.find(querySlices, volume);
  options.onRankedAnswer?.({
    ...question,
    volumes: ranked.slice(0, options.depth),
    answeringRows: rows,
    range,
  });
  return { volume, rows, range };
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
