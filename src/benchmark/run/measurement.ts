import { FlatIndex } from '../../index/flat.js';
import { type BuiltIndex, buildIndex, recallAgainst } from '../../index/open-index.js';
import type { SliceVectors } from '../../index/slice-index.js';
import { annotatedOnly } from '../annotated-only.js';
import { CaseMetrics } from '../case-metrics.js';
import type { ClassMap } from '../class-maps/class-map.js';
import { slicesWithClass } from '../contents.js';
import type { CaseLabels } from '../dataset/case-labels.js';
import type { LabelledSource } from '../dataset/labelled-source.js';
import { evaluate } from '../evaluate.js';
import {
  type AnswerScopeName,
  answerScopes,
  type BenchmarkRanking,
  type Mode,
  type RankedAnswer,
  type VolumeRanking,
} from '../outcomes.js';
import { RankedMetrics, type RankedSummary } from '../ranked-metrics.js';
import type { ReportExtras } from '../report/input.js';
import { figureOf } from '../results/figure.js';
import type { FileReference } from '../results/line-file.js';
import type { Results } from '../results/schema.js';
import { type TrecSides, TrecWriter, writeVolumeQrels } from '../results/trec-writer.js';
import type { Measured } from './comparisons.js';
import { type BenchmarkRequest, parameters, seeds } from './request.js';

/** The k of precision and nDCG. */
const cutoffs = [3, 5, 10] as const;
/** Query slices on which the recall of an index is measured: enough for a hundredth. */
const recallSlices = 4000;

/**
 * Collects the figures of a benchmark, one encoder and class map after the other; writes the TREC files on the
 * way.
 */
export class Measurement {
  readonly measured: Measured[] = [];
  readonly encoders: Results['encoders'] = [];
  readonly classMaps: Results['classMaps'] = [];
  readonly indexes: Results['indexes'] = [];
  readonly indexTimes: Results['environment']['indexes'] = [];
  readonly timings: Results['environment']['timings'] = [];
  readonly caseFigures: NonNullable<Results['caseFigures']> = [];
  readonly #sizes: NonNullable<ReportExtras['regionSizes']>['sizes'][number][] = [];
  readonly #folder: string;
  readonly #request: BenchmarkRequest;
  readonly #minVoxels: number;
  readonly #caseLabels: readonly CaseLabels[];
  /** Of the source that is being measured. */
  readonly #built = new Map<string, BuiltIndex>();
  readonly #qrels = new Map<string, FileReference>();

  constructor(folder: string, request: BenchmarkRequest, caseLabels: readonly CaseLabels[]) {
    this.#folder = folder;
    this.#request = request;
    this.#minVoxels = request.minVoxels ?? 1;
    this.#caseLabels = caseLabels;
  }

  get regionSizes(): NonNullable<ReportExtras['regionSizes']> {
    return { unit: 'slices', sizes: this.#sizes };
  }

  /** @param started as `performance.now()` had it. */
  addTiming(name: string, started: number): void {
    this.timings.push({ name, seconds: (performance.now() - started) / 1000 });
  }

  /** @param onExactAnswer is told of every ranked answer of exact search. */
  async measure(
    encoder: Results['encoders'][number],
    classMap: ClassMap,
    database: LabelledSource,
    queries: LabelledSource,
    onExactAnswer?: (answer: RankedAnswer) => void,
  ): Promise<void> {
    if (!this.encoders.some(({ name }) => name === encoder.name)) this.encoders.push(encoder);
    if (!this.classMaps.some(({ name }) => name === classMap.name)) {
      this.classMaps.push({ name: classMap.name, source: classMap.source, classes: [...classMap.classes] });
      this.#addSizes(classMap.name, queries);
    }
    for (const name of this.#request.indexes) {
      const started = performance.now();
      const built = await this.#index(name, encoder.name, database, queries);
      const onAnswer = name === 'flat' ? onExactAnswer : undefined;
      for (const among of scopesOf(database, queries)) {
        const [answering, asking] =
          among === 'all' ? [database, queries] : [annotatedOnly(database), annotatedOnly(queries)];
        const heard = among === 'all' ? onAnswer : undefined;
        await this.#evaluate(encoder.name, built, classMap.name, among, answering, asking, heard);
      }
      this.addTiming(`${encoder.name}, ${name}, ${classMap.name}`, started);
    }
  }

  /** Frees the indexes of the source that was measured last. */
  async closeIndexes(): Promise<void> {
    for (const built of this.#built.values()) await built.close();
    this.#built.clear();
  }

  async #evaluate(
    encoder: string,
    { index, name }: BuiltIndex,
    classMap: string,
    among: AnswerScopeName,
    database: LabelledSource,
    queries: LabelledSource,
    onAnswer: ((answer: RankedAnswer) => void) | undefined,
  ): Promise<void> {
    const { modes, rankings, onProgress, signal } = this.#request;
    const minVoxels = this.#minVoxels;
    const folder = this.#folder;
    const sides = { database, queries, minVoxels, among };
    const volumeQrels = this.#volumeQrels(classMap, sides);
    const writer = new TrecWriter({ ...sides, folder, encoder, index: name, classMap, modes, rankings });
    const metrics = new RankedMetrics(database, queries, cutoffs, minVoxels);
    const cases = among === 'annotated' ? [] : this.#caseMetrics(encoder, name, database, queries);
    const scope = among === 'all' ? '' : ', annotated volumes';
    const task = `Evaluating ${encoder}, ${name}, ${classMap}${scope}`;
    try {
      const outcomes = await evaluate(database, queries, {
        modes,
        rankings,
        among,
        index,
        minVoxels,
        answers: parameters.answers,
        depth: parameters.depth,
        onSliceAnswer: writer.onSliceAnswer,
        onRankedAnswer: (answer) => {
          writer.onRankedAnswer(answer);
          metrics.add(answer);
          onAnswer?.(answer);
        },
        ...(cases.length > 0 && {
          onVolumeRanking: (ranking: VolumeRanking) => {
            for (const metrics of cases) metrics.add(ranking);
          },
        }),
        ...(onProgress && {
          onProgress: (done: number, total: number) => {
            const slices = queries.volumes[done - 1]?.rowCount ?? 0;
            onProgress({ task, done, total, slices });
          },
        }),
        ...(signal && { signal }),
      });
      const files = writer.close();
      for (const { precision, averagePrecision, averagePrecisionOfTen, ...summary } of cases.flatMap(
        (metrics) => metrics.summaries(),
      )) {
        const columns = {
          ...precisionColumns(precision),
          map: averagePrecision,
          'map@10': averagePrecisionOfTen,
        };
        this.caseFigures.push({ ...summary, encoder, index: name, columns });
      }
      const summaries = metrics.summaries();
      const scoped = among === 'all' ? classMap : `${classMap}+${among}`;
      const bootstrap = { resamples: parameters.bootstrapResamples, seed: seeds.bootstrap };
      for (const [position, table] of outcomes.entries()) {
        const { mode, ranking } = table;
        const { run, qrels = volumeQrels } = files[position]!;
        this.measured.push({
          outcomes: table,
          configuration: {
            name: [encoder, name, ranking, scoped, mode].join('.'),
            encoder,
            index: name,
            classMap,
            mode,
            ranking,
            among,
            figure: figureOf(table, bootstrap),
            columns: columnsOf(summaries, mode, ranking),
            run,
            qrels,
          },
        });
      }
    } catch (error) {
      writer.abandon();
      throw error;
    }
  }

  /** Whole cases are ranked the same under every class map, so the first one is enough. */
  #caseMetrics(
    encoder: string,
    index: string,
    database: LabelledSource,
    queries: LabelledSource,
  ): CaseMetrics[] {
    const isKnown = this.caseFigures.some((figure) => figure.encoder === encoder && figure.index === index);
    if (isKnown) return [];
    return this.#caseLabels.map((labels) => new CaseMetrics(database, queries, labels, cutoffs));
  }

  /** The vectors of a source are the same under every class map, so each index is built once. */
  async #index(
    name: string,
    encoder: string,
    database: SliceVectors,
    queries: SliceVectors,
  ): Promise<BuiltIndex> {
    const known = this.#built.get(name);
    if (known !== undefined) return known;
    const built = await buildIndex(name, database);
    this.#built.set(name, built);
    const sample = queries.embeddings.subarray(0, recallSlices * queries.dimension);
    const started = performance.now();
    const found = await built.index.search(sample, 1);
    const searchSeconds = (performance.now() - started) / 1000;
    const exact = name === 'flat' ? found : await new FlatIndex(database).search(sample, 1);
    this.indexes.push({
      name,
      encoder,
      parameters: { ...built.parameters },
      recallAgainstExact: recallAgainst(exact, found),
      bytes: built.bytes,
    });
    this.indexTimes.push({ name, encoder, buildSeconds: built.buildSeconds, searchSeconds });
    return built;
  }

  /** Encoders that have encoded the same volumes share one file. */
  #volumeQrels(classMap: string, sides: TrecSides & { readonly among: AnswerScopeName }): FileReference {
    const ids = [sides.database, sides.queries].map(({ volumes }) => volumes.map(({ id }) => id));
    const { among } = sides;
    const key = JSON.stringify([classMap, among, ids]);
    let reference = this.#qrels.get(key);
    if (reference === undefined) {
      const others = [...this.#qrels.keys()].filter((other) => {
        const [otherMap, otherScope] = JSON.parse(other);
        return otherMap === classMap && otherScope === among;
      }).length;
      const name = others === 0 ? classMap : `${classMap}-${others + 1}`;
      reference = writeVolumeQrels(this.#folder, name, sides);
      this.#qrels.set(key, reference);
    }
    return reference;
  }

  #addSizes(classMap: string, queries: LabelledSource): void {
    const counts = slicesWithClass(queries, this.#minVoxels);
    for (const [column, name] of queries.classes.entries()) {
      const sizes = queries.volumes
        .map((_, volume) => counts[volume * queries.classes.length + column]!)
        .filter((size) => size > 0);
      if (sizes.length === 0) continue;
      const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
      this.#sizes.push({ classMap, class: name, mean });
    }
  }
}

/** Among annotated volumes nothing is measured where every class was looked for in every volume. */
function scopesOf(...sides: readonly LabelledSource[]): readonly AnswerScopeName[] {
  return sides.some(({ annotated }) => annotated !== undefined) ? answerScopes : ['all'];
}

function columnsOf(
  summaries: readonly RankedSummary[],
  mode: Mode,
  ranking: BenchmarkRanking,
): Record<string, number | null> {
  const summary = summaries.find((candidate) => candidate.mode === mode && candidate.ranking === ranking);
  if (summary === undefined) return {};
  const { precision, averagePrecision, ndcg } = summary.mean;
  return {
    ...precisionColumns(precision),
    map: averagePrecision,
    ...Object.fromEntries(cutoffs.map((k, i) => [`ndcg@${k}`, ndcg[i] ?? null])),
  };
}

function precisionColumns(precision: readonly number[]): Record<string, number> {
  return Object.fromEntries(cutoffs.map((k, i) => [`precision@${k}`, precision[i]!]));
}
