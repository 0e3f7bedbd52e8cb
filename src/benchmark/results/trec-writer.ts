import { volumeOfRow } from '../../retrieval/hit-table.js';
import { sliceContains, slicesWithClass } from '../contents.js';
import type { LabelledSlices } from '../labelled-slices.js';
import type { BenchmarkRanking, Mode, RankedAnswer, SliceAnswer } from '../outcomes.js';
import { type FileReference, LineFile } from './line-file.js';
import { relevantLine, runLines, type ScoredDocument } from './trec-lines.js';
import { encodeName, noDocument, sliceDocument, sliceTopic, volumeTopic } from './trec-names.js';

/** The two sides of a benchmark under one class map. */
export interface TrecSides {
  readonly database: LabelledSlices;
  readonly queries: LabelledSlices;
  /** As in the evaluation: so many voxels make a query of a slice (default 1). */
  readonly minVoxels?: number;
}

export interface TrecWriterOptions extends TrecSides {
  /** Folder of results.json; `runs/` and `qrels/` are made in it. */
  readonly folder: string;
  readonly encoder: string;
  readonly index: string;
  readonly classMap: string;
  readonly modes: readonly Mode[];
  readonly rankings: readonly BenchmarkRanking[];
}

/** The files from which the figure of one configuration can be computed again. */
export interface TrecFiles {
  readonly mode: Mode;
  readonly ranking: BenchmarkRanking;
  readonly run: FileReference;
  /** Undefined for `volume` and `region`, whose relevance is that of {@link writeVolumeQrels}. */
  readonly qrels: FileReference | undefined;
}

/**
 * Writes the answers of one encoder, index and class map as TREC runs (docs/benchmark.md), while they come:
 *
 * - `volume`, `region`: `runs/<encoder>.<index>.<ranking>.<classMap>.<mode>.run`, documents are volumes. Recall
 *   of a class is the mean P_1 of its topics.
 * - `localized`, `ratio`: one run `....answering.run` and its qrels, documents are the slices that answered,
 *   `volume/slice/n` for the n-th time that a slice did, in their order. Localized is success at any depth,
 *   the ratio is set_P (relevant ones / all).
 * - `slice`: `....slice.run` and its qrels, one document a topic. Recall is P_1.
 *
 * Topics without an answer have no line in the run and score 0: `trec_eval -c`.
 *
 * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE from every method; {@link TrecWriter.abandon} it then.
 */
export class TrecWriter {
  readonly #options: TrecWriterOptions;
  readonly #files = new Map<string, LineFile>();
  /** Row-major [query volumes, classes]: slices that make the volume a query of the class. */
  readonly #queryCounts: Uint32Array;
  readonly #volumeOfQueryRow: (row: number) => number;
  readonly #volumeOfRow: (row: number) => number;
  #nextQueryRow = 0;

  constructor(options: TrecWriterOptions) {
    this.#options = options;
    this.#queryCounts = slicesWithClass(options.queries, options.minVoxels);
    this.#volumeOfQueryRow = volumeOfRow(options.queries);
    this.#volumeOfRow = volumeOfRow(options.database);
    try {
      for (const { mode, ranking } of this.#configurations()) {
        this.#open('run', part(mode), ranking);
        if (judgesAnswers(mode)) this.#open('qrels', part(mode), ranking);
      }
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** To be told of every answer, in the order of the query rows; rows left out were not answered. */
  readonly onSliceAnswer = (answer: SliceAnswer): void => {
    if (!this.#options.modes.includes('slice')) return;
    while (this.#nextQueryRow < answer.queryRow) this.#writeSlice(this.#nextQueryRow++, undefined);
    this.#writeSlice(this.#nextQueryRow++, answer);
  };

  readonly onRankedAnswer = (answer: RankedAnswer): void => {
    const { queries, database } = this.#options;
    const { mode, ranking, queryVolume, queryClass } = answer;
    const volumeId = queries.volumes[queryVolume]!.id;
    const run = this.#files.get(fileKey('run', mode, ranking));
    if (run !== undefined) {
      const documents = answer.volumes.map(({ volume, score }) => ({
        document: encodeName(database.volumes[volume]!.id),
        score,
      }));
      const classes = queryClass === undefined ? this.#classesOf(queryVolume) : [queryClass];
      for (const position of classes) {
        const topic = volumeTopic(queries.classes[position]!, volumeId);
        for (const line of runLines(topic, documents, this.#name(ranking))) run.write(line);
      }
    }
    if (queryClass !== undefined) this.#writeAnswering(answer, queryClass);
  };

  /** @returns one entry for each mode and ranking; slice-wise under `count`. */
  close(): TrecFiles[] {
    if (this.#options.modes.includes('slice')) {
      const rows = this.#options.queries.sliceIndex.length;
      while (this.#nextQueryRow < rows) this.#writeSlice(this.#nextQueryRow++, undefined);
    }
    const closed = new Map([...this.#files].map(([key, file]) => [key, file.close()]));
    return this.#configurations().map(({ mode, ranking }) => ({
      mode,
      ranking,
      run: closed.get(fileKey('run', part(mode), ranking))!,
      qrels: closed.get(fileKey('qrels', part(mode), ranking)),
    }));
  }

  /** Removes what was not closed. */
  abandon(): void {
    for (const file of this.#files.values()) file.abandon();
  }

  #writeSlice(queryRow: number, answer: SliceAnswer | undefined): void {
    const { queries, database, minVoxels } = this.#options;
    const run = this.#files.get(fileKey('run', 'slice', 'count'))!;
    const qrels = this.#files.get(fileKey('qrels', 'slice', 'count'))!;
    const volumeId = queries.volumes[this.#volumeOfQueryRow(queryRow)]!.id;
    for (const [position, className] of queries.classes.entries()) {
      if (!sliceContains(queries, queryRow, position, minVoxels)) continue;
      const topic = sliceTopic(className, volumeId, queries.sliceIndex[queryRow]!);
      let relevant = noDocument;
      if (answer !== undefined) {
        const document = this.#documentOf(answer.row);
        const [line] = runLines(topic, [{ document, score: answer.similarity }], this.#name('count'));
        run.write(line!);
        if (sliceContains(database, answer.row, position)) relevant = document;
      }
      qrels.write(relevantLine(topic, relevant));
    }
  }

  #writeAnswering({ queryVolume, ranking, answeringRows }: RankedAnswer, queryClass: number): void {
    const run = this.#files.get(fileKey('run', 'answering', ranking));
    const qrels = this.#files.get(fileKey('qrels', 'answering', ranking));
    if (run === undefined || qrels === undefined) return;
    const { queries, database } = this.#options;
    const topic = volumeTopic(queries.classes[queryClass]!, queries.volumes[queryVolume]!.id);
    const times = new Map<number, number>();
    const relevant: string[] = [];
    const documents = answeringRows.map((row, position): ScoredDocument => {
      const time = (times.get(row) ?? 0) + 1;
      times.set(row, time);
      const document = `${this.#documentOf(row)}/${time}`;
      if (sliceContains(database, row, queryClass)) relevant.push(document);
      return { document, score: answeringRows.length - position };
    });
    for (const line of runLines(topic, documents, this.#name(ranking))) run.write(line);
    for (const document of relevant.length === 0 ? [noDocument] : relevant) {
      qrels.write(relevantLine(topic, document));
    }
  }

  #documentOf(row: number): string {
    const { volumes, sliceIndex } = this.#options.database;
    return sliceDocument(volumes[this.#volumeOfRow(row)]!.id, sliceIndex[row]!);
  }

  #classesOf(queryVolume: number): number[] {
    const width = this.#options.queries.classes.length;
    return [...Array(width).keys()].filter((c) => this.#queryCounts[queryVolume * width + c]! > 0);
  }

  #configurations(): { mode: Mode; ranking: BenchmarkRanking }[] {
    const { modes, rankings } = this.#options;
    return [...new Set(modes)].flatMap((mode) => {
      const ofMode: readonly BenchmarkRanking[] = mode === 'slice' ? ['count'] : rankings;
      return [...new Set(ofMode)].map((ranking) => ({ mode, ranking }));
    });
  }

  #open(kind: FileKind, content: string, ranking: BenchmarkRanking): void {
    const key = fileKey(kind, content, ranking);
    if (this.#files.has(key)) return;
    const folder = kind === 'run' ? 'runs' : 'qrels';
    const path = `${folder}/${this.#name(ranking)}.${content}.${kind}`;
    this.#files.set(key, new LineFile(this.#options.folder, path));
  }

  #name(ranking: BenchmarkRanking): string {
    const { encoder, index, classMap } = this.#options;
    return [encoder, index, ranking, classMap].map(encodeName).join('.');
  }
}

/**
 * Writes which volumes of the database contain the class of each query: the relevance of the modes `volume` and
 * `region`, whose topics are the same, as `qrels/<classMap>.volumes.qrels`. A topic whose class no volume of the
 * database contains names the document `~none`.
 *
 * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE
 */
export function writeVolumeQrels(
  folder: string,
  classMap: string,
  { database, queries, minVoxels }: TrecSides,
): FileReference {
  const width = queries.classes.length;
  const owned = slicesWithClass(database);
  const asked = slicesWithClass(queries, minVoxels);
  const owners = queries.classes.map((_, position) => {
    const names = database.volumes
      .filter((_volume, volume) => owned[volume * width + position]! > 0)
      .map(({ id }) => encodeName(id));
    return names.length === 0 ? [noDocument] : names;
  });
  const file = new LineFile(folder, `qrels/${encodeName(classMap)}.volumes.qrels`);
  try {
    for (const [volume, { id }] of queries.volumes.entries()) {
      for (const [position, className] of queries.classes.entries()) {
        if (asked[volume * width + position] === 0) continue;
        const topic = volumeTopic(className, id);
        for (const document of owners[position]!) file.write(relevantLine(topic, document));
      }
    }
    return file.close();
  } catch (error) {
    file.abandon();
    throw error;
  }
}

type FileKind = 'run' | 'qrels';

const fileKey = (kind: FileKind, content: string, ranking: BenchmarkRanking) =>
  `${kind} ${content} ${ranking}`;

/** Which file a mode is in: `localized` and `ratio` are about the same slices. */
const part = (mode: Mode) => (mode === 'localized' || mode === 'ratio' ? 'answering' : mode);

/** Whether relevance is told of the answers alone; naming all relevant slices would take millions of lines. */
const judgesAnswers = (mode: Mode) => mode === 'slice' || part(mode) === 'answering';
