import { volumeOfRow } from '../../retrieval/hit-table.js';
import { isAnnotated } from '../annotated-only.js';
import { sliceContains, slicesWithClass } from '../contents.js';
import type { LabelledSlices } from '../labelled-slices.js';
import type { SliceRange } from '../metrics/range-overlap.js';
import type { AnswerScopeName, BenchmarkRanking, Mode, RankedAnswer, SliceAnswer } from '../outcomes.js';
import { extentOf } from '../range-finder.js';
import { type FileReference, LineFile } from './line-file.js';
import { judgedLine, relevantLine, runLines, type ScoredDocument } from './trec-lines.js';
import { encodeName, noDocument, scopedName, sliceDocument, sliceTopic, volumeTopic } from './trec-names.js';

/** The two sides of a benchmark under one class map. */
export interface TrecSides {
  readonly database: LabelledSlices;
  readonly queries: LabelledSlices;
  /** As in the evaluation: so many voxels make a query of a slice (default 1). */
  readonly minVoxels?: number;
  /** Among annotated volumes: the sides without what was not looked for (`annotatedOnly`). */
  readonly among?: AnswerScopeName;
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
 * - `range`, `range-half`: `....range.run` and its qrels, documents are slices: `volume/slice` for every slice of the
 *   localized range, relevant for every slice from the first to the last with the class. With F1 = set_F, the
 *   overlap is F1 / (2 - F1).
 * - `slice`: `....slice.run` and its qrels, one document a topic. Recall is P_1.
 *
 * Among annotated volumes `+annotated` stands behind the name of the class map.
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
  /** Cell of [query rows, classes] to be written next, slice-wise. */
  #nextCell = 0;

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
    const width = this.#options.queries.classes.length;
    const { queryRow, queryClass } = answer;
    const first = queryRow * width + (queryClass ?? 0);
    const end = queryClass === undefined ? first + width : first + 1;
    this.#writeCells(first, undefined);
    this.#writeCells(end, answer);
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
    if (mode !== 'region' || queryClass === undefined) return;
    this.#writeAnswering(answer, queryClass);
    this.#writeRange(answer, queryClass);
  };

  /** @returns one entry for each mode and ranking; slice-wise under `count`. */
  close(): TrecFiles[] {
    if (this.#options.modes.includes('slice')) {
      const { sliceIndex, classes } = this.#options.queries;
      this.#writeCells(sliceIndex.length * classes.length, undefined);
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

  /** Writes the answer to the classes from the next cell up to `end`, exclusive. */
  #writeCells(end: number, answer: SliceAnswer | undefined): void {
    const { queries, database, minVoxels } = this.#options;
    const width = queries.classes.length;
    const run = this.#files.get(fileKey('run', 'slice', 'count'))!;
    const qrels = this.#files.get(fileKey('qrels', 'slice', 'count'))!;
    for (; this.#nextCell < end; this.#nextCell++) {
      const queryRow = Math.floor(this.#nextCell / width);
      const position = this.#nextCell % width;
      if (!sliceContains(queries, queryRow, position, minVoxels)) continue;
      const volumeId = queries.volumes[this.#volumeOfQueryRow(queryRow)]!.id;
      const topic = sliceTopic(queries.classes[position]!, volumeId, queries.sliceIndex[queryRow]!);
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

  #writeRange({ queryVolume, ranking, volumes, range }: RankedAnswer, queryClass: number): void {
    const run = this.#files.get(fileKey('run', 'range', ranking));
    const qrels = this.#files.get(fileKey('qrels', 'range', ranking));
    if (run === undefined || qrels === undefined) return;
    const { queries, database } = this.#options;
    const topic = volumeTopic(queries.classes[queryClass]!, queries.volumes[queryVolume]!.id);
    const [first] = volumes;
    const documentsOf = (slices: SliceRange | undefined) =>
      slices === undefined || first === undefined
        ? []
        : Array.from({ length: slices.to - slices.from + 1 }, (_, i) =>
            sliceDocument(database.volumes[first.volume]!.id, slices.from + i),
          );
    const found = documentsOf(range);
    const scored = found.map(
      (document, place): ScoredDocument => ({ document, score: found.length - place }),
    );
    for (const line of runLines(topic, scored, this.#name(ranking))) run.write(line);
    const relevant = documentsOf(first && extentOf(database, first.volume, queryClass));
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
    const { encoder, index, classMap, among } = this.#options;
    return [encoder, index, ranking].map(encodeName).concat(scopedName(classMap, among)).join('.');
  }
}

/**
 * Writes which volumes of the database contain the class of each query: the relevance of the modes `volume` and
 * `region`, whose topics are the same, as `qrels/<classMap>.volumes.qrels`. A topic whose class no volume of the
 * database contains names the document `~none`. Among annotated volumes the file, then called
 * `qrels/<classMap>+annotated.volumes.qrels`, also names those in which the class was looked for in vain, with
 * relevance 0: what it does not name was not judged (`trec_eval -J` leaves that out of a ranking).
 *
 * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE
 */
export function writeVolumeQrels(
  folder: string,
  classMap: string,
  { database, queries, minVoxels, among = 'all' }: TrecSides,
): FileReference {
  const width = queries.classes.length;
  const owned = slicesWithClass(database);
  const asked = slicesWithClass(queries, minVoxels);
  const judgements = queries.classes.map((_, position) => {
    const ids = (isWanted: (volume: number) => boolean) =>
      database.volumes.filter((_volume, volume) => isWanted(volume)).map(({ id }) => encodeName(id));
    const owns = (volume: number) => owned[volume * width + position]! > 0;
    const relevant = ids(owns);
    const judged =
      among === 'all' ? [] : ids((volume) => !owns(volume) && isAnnotated(database, volume, position));
    return { relevant: relevant.length === 0 ? [noDocument] : relevant, judged };
  });
  const file = new LineFile(folder, `qrels/${scopedName(classMap, among)}.volumes.qrels`);
  try {
    for (const [volume, { id }] of queries.volumes.entries()) {
      for (const [position, className] of queries.classes.entries()) {
        if (asked[volume * width + position] === 0) continue;
        const topic = volumeTopic(className, id);
        const { relevant, judged } = judgements[position]!;
        for (const document of relevant) file.write(relevantLine(topic, document));
        for (const document of judged) file.write(judgedLine(topic, document));
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

/** Which file a mode is in: some modes are about the same slices. */
function part(mode: Mode): string {
  if (mode === 'localized' || mode === 'ratio') return 'answering';
  return mode === 'range-half' ? 'range' : mode;
}

/** Whether relevance is told of the answers alone; naming all relevant slices would take millions of lines. */
const judgesAnswers = (mode: Mode) => mode !== 'volume' && mode !== 'region';
