import { setMaxListeners } from 'node:events';
import type { Encoder } from '../encoder/encoder.js';
import { type ErrorCode, VoxseekError } from '../errors.js';
import type { Modality } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import type { Archive } from './archive.js';
import { type EntryOutcome, type EntryTurns, EntryWriter, type IngestOutcome } from './entry-writer.js';
import { InTurn } from './in-turn.js';
import { PatientNames, type PatientNaming } from './patient-names.js';
import { VolumeReaders } from './reading/volume-readers.js';
import { obsoleteVolumes } from './same-series.js';
import { type SeriesReport, seriesReport } from './series-report.js';

export interface IngestOptions extends PatientNaming {
  /** Modality of volumes whose input does not state one; default: told from the voxel values. */
  readonly modality?: Modality;
  /** Split of volumes whose input does not state one. */
  readonly split?: string;
  /**
   * Store where the images and masks are; default true. Without it volumes can be searched, but not shown, and no
   * part of them can be encoded anew.
   */
  readonly keepPaths?: boolean;
  /** How many volumes there will be, where they come one by one and that is known. */
  readonly total?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: IngestProgress) => void;
}

export type { IngestOutcome } from './entry-writer.js';

/** One volume is done. */
export interface IngestProgress {
  readonly id: string;
  readonly outcome: IngestOutcome;
  /** Volumes done so far, and all; where it is not known how many there are, those done so far. */
  readonly done: number;
  readonly total: number;
  /** Slices that were encoded for this volume. */
  readonly slices: number;
  /** What went wrong, for `failed`; the id of the same volume, for `duplicate`. */
  readonly detail?: string;
  /** Of a volume that is DICOM. */
  readonly series?: SeriesReport;
}

export interface IngestFailure {
  readonly id: string;
  readonly image: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface IngestReport {
  readonly volumes: number;
  readonly outcomes: Readonly<Record<IngestOutcome, number>>;
  readonly failures: readonly IngestFailure[];
  readonly duplicates: readonly { readonly id: string; readonly of: string }[];
  /** What of the masks of volumes was left out or interpreted, and volumes that are out of date; whole sentences. */
  readonly warnings: readonly { readonly id: string; readonly message: string }[];
  /** The volumes that are DICOM, in the order in which they were looked at. */
  readonly series: readonly SeriesReport[];
  /** Slices stored by this run, and slices of its volumes that were left out as air. */
  readonly slices: number;
  readonly airSlices: number;
  readonly seconds: number;
  /** The run was stopped before all volumes were looked at. */
  readonly interrupted: boolean;
}

/** Failures that are not of one volume: going on with the next one would fail the same way. */
const fatalCodes: ReadonlySet<ErrorCode> = new Set([
  'STORAGE_FULL',
  'STORAGE_NOT_WRITABLE',
  'ARCHIVE_CORRUPT',
  'ARCHIVE_BUSY',
]);

/**
 * Compact after so many additions: each makes a small file that every later reading has to open. All volumes
 * are looked at for each addition, slices are not, and take longer.
 */
export const compactVolumesEvery = 64;
export const compactSlicesEvery = 256;

/**
 * Entries that are hashed and looked up besides those that are read, so that what is there already does not keep
 * readers and encoder waiting.
 */
const lookedUpAhead = 2;

/**
 * Adds volumes to an archive. What is there already (by content) is not read again, so that a run which was
 * interrupted goes on where it stopped. A volume that cannot be used is reported and does not stop the others.
 *
 * While one volume is encoded the next ones are read and cut, in threads of their own, and the one before is
 * stored; all is as if they had come one after the other. Entries that come one by one are asked for when the one
 * before is stored; of these the slices alone are cut ahead.
 *
 * Patients of DICOM series are stored under a keyed hash of their PatientID, unless the options say otherwise.
 *
 * @param entries may come one by one, as they are downloaded; none is held longer than until it is stored.
 * @throws VoxseekError COHORT_INVALID (two inputs with one id), STORAGE_FULL, STORAGE_NOT_WRITABLE,
 *   ARCHIVE_BUSY, ARCHIVE_CORRUPT, those of `openPatientKey`, and whatever an iteration over `entries` throws
 */
export async function ingest(
  archive: Archive,
  encoder: Encoder,
  entries: readonly VolumeEntry[] | AsyncIterable<VolumeEntry>,
  options: IngestOptions = {},
): Promise<IngestReport> {
  const run = new IngestRun(archive, encoder, options);
  if (Symbol.asyncIterator in entries) return run.run(entries, options.total);
  const distinct = withoutRepetition(entries);
  return run.run(distinct, distinct.length);
}

class IngestRun {
  readonly #archive: Archive;
  readonly #writer: EntryWriter;
  readonly #readers = new VolumeReaders();
  readonly #patients: PatientNames;
  readonly #options: IngestOptions;
  readonly #deciding = new InTurn();
  readonly #encoding = new InTurn();
  readonly #storing = new InTurn();
  /** Ends what is under way where the run ends early. */
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #outcomes: Record<IngestOutcome, number> = {
    added: 0,
    replaced: 0,
    updated: 0,
    unchanged: 0,
    duplicate: 0,
    failed: 0,
  };
  readonly #failures: IngestFailure[] = [];
  readonly #duplicates: { id: string; of: string }[] = [];
  readonly #warnings: { id: string; message: string }[] = [];
  readonly #series: SeriesReport[] = [];
  #done = 0;
  #slices = 0;
  #airSlices = 0;

  constructor(archive: Archive, encoder: Encoder, options: IngestOptions) {
    this.#archive = archive;
    this.#writer = new EntryWriter(archive, encoder, this.#readers, options);
    this.#patients = new PatientNames(archive.folder, options);
    this.#options = options;
    const { signal } = options;
    this.#signal = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal;
    // One for every stage of every volume that is under way.
    setMaxListeners(0, this.#signal);
  }

  /** @param total undefined: not known. */
  async run(
    entries: Iterable<VolumeEntry> | AsyncIterable<VolumeEntry>,
    total: number | undefined,
  ): Promise<IngestReport> {
    const started = performance.now();
    await this.#archive.removeLeftovers();
    const isStopped = await this.#takeAll(entries, total);
    // Where volumes come one by one, their source may end by itself when it is told to stop.
    const interrupted = isStopped || (this.#options.signal?.aborted === true && this.#done !== total);
    for (const id of await obsoleteVolumes(this.#archive, this.#series, this.#duplicates)) {
      const message = `The series holds several stacks by now, and this volume is none of them. If it is of no use: voxseek remove ARCHIVE ${id}`;
      this.#warnings.push({ id, message });
    }
    // Also where nothing was added: a run that was killed left its small files to this one.
    if (!interrupted) await this.#archive.compact();
    return {
      volumes: interrupted ? Math.max(total ?? 0, this.#done) : this.#done,
      outcomes: this.#outcomes,
      failures: this.#failures,
      duplicates: this.#duplicates,
      warnings: this.#warnings,
      series: this.#series,
      slices: this.#slices,
      airSlices: this.#airSlices,
      seconds: (performance.now() - started) / 1000,
      interrupted,
    };
  }

  /** @returns whether it was stopped before all were done. */
  async #takeAll(
    entries: Iterable<VolumeEntry> | AsyncIterable<VolumeEntry>,
    total: number | undefined,
  ): Promise<boolean> {
    const isOneByOne = Symbol.asyncIterator in entries;
    const atOnce = isOneByOne ? 1 : this.#readers.threadCount + lookedUpAhead;
    const underWay: Promise<boolean>[] = [];
    let isStopped = false;
    try {
      for await (const entry of entries) {
        isStopped = this.#signal.aborted;
        if (isStopped) break;
        const taken = this.#take(entry, total);
        // Looked at in its turn.
        taken.catch(() => {});
        underWay.push(taken);
        if (underWay.length === atOnce) isStopped = !(await underWay.shift());
        if (isStopped) break;
      }
      while (underWay.length > 0 && !isStopped) isStopped = !(await underWay.shift());
    } finally {
      this.#stop.abort();
      await Promise.allSettled(underWay);
      await this.#readers.close();
    }
    return isStopped;
  }

  /** @returns false where the run was stopped before this volume was stored. */
  async #take(entry: VolumeEntry, total: number | undefined): Promise<boolean> {
    const turns = {
      decide: this.#deciding.next(),
      encode: this.#encoding.next(),
      store: this.#storing.next(),
    };
    let done = () => {};
    const isDone = new Promise<void>((resolve) => {
      done = resolve;
    });
    try {
      // Not a failure of this volume alone: a wrong key would fail with the next one the same way.
      const patient = entry.patient ?? (entry.dicom ? await this.#patients.nameOf(entry.dicom) : null);
      const written = await this.#writeOrReport(entry, patient, turns, isDone);
      turns.decide.pass();
      turns.encode.pass();
      await turns.store.come(this.#signal);
      await this.#tell(entry, written, total);
      return true;
    } catch (error) {
      if (error instanceof VoxseekError && error.code === 'INTERRUPTED') return false;
      // Those before it are not stopped by it, those after it are.
      await turns.store.come(this.#signal).catch(() => {});
      this.#stop.abort();
      throw error;
    } finally {
      for (const turn of Object.values(turns)) turn.pass();
      done();
    }
  }

  /** Once the volume is stored, and before the next one is. */
  async #tell(entry: VolumeEntry, written: EntryOutcome, total: number | undefined): Promise<void> {
    const { outcome, detail, slices, airSlices } = written;
    if (written.failure) this.#failures.push(written.failure);
    this.#done++;
    this.#outcomes[outcome]++;
    this.#slices += slices;
    this.#airSlices += airSlices;
    for (const message of written.warnings) this.#warnings.push({ id: entry.id, message });
    if (outcome === 'duplicate') this.#duplicates.push({ id: entry.id, of: detail! });
    const series = entry.dicom && seriesReport(entry, entry.dicom, written);
    if (series) this.#series.push(series);
    this.#options.onProgress?.({
      id: entry.id,
      outcome,
      done: this.#done,
      total: Math.max(total ?? 0, this.#done),
      slices,
      ...(detail !== undefined && { detail }),
      ...(series && { series }),
    });
    if (slices > 0) await this.#compactNowAndThen();
  }

  /** @throws VoxseekError INTERRUPTED, and what is no failure of this volume alone */
  async #writeOrReport(
    entry: VolumeEntry,
    patient: string | null,
    turns: EntryTurns,
    isDone: Promise<void>,
  ): Promise<EntryOutcome> {
    try {
      return await this.#writer.write(entry, patient, turns, this.#signal, isDone);
    } catch (error) {
      const known =
        error instanceof VoxseekError
          ? error
          : new VoxseekError('INTERNAL', error instanceof Error ? error.message : String(error), {
              subject: entry.image,
              cause: error,
            });
      if (known.code === 'INTERRUPTED' || fatalCodes.has(known.code)) throw known;
      const { code, message } = known;
      const failure = { id: entry.id, image: entry.image, code, message };
      return {
        outcome: 'failed',
        detail: message,
        failure,
        slices: 0,
        airSlices: 0,
        correction: null,
        warnings: [],
      };
    }
  }

  async #compactNowAndThen(): Promise<void> {
    const stored = this.#outcomes.added + this.#outcomes.replaced;
    if (stored % compactVolumesEvery !== 0) return;
    await this.#archive.compact(stored % compactSlicesEvery === 0 ? 'all' : 'volumes');
  }
}

/**
 * The same file under the same id may be named twice (a folder and a file in it); anything else is a mistake. Of
 * DICOM series there may be copies in several folders: what they hold decides, when it is known.
 */
function withoutRepetition(entries: readonly VolumeEntry[]): VolumeEntry[] {
  const byId = new Map<string, VolumeEntry>();
  const distinct: VolumeEntry[] = [];
  for (const entry of entries) {
    const first = byId.get(entry.id);
    if (first?.image === entry.image) continue;
    if (first !== undefined && !(first.dicom && entry.dicom)) {
      throw new VoxseekError(
        'COHORT_INVALID',
        `two inputs have the id "${entry.id}": ${first.image} and this`,
        {
          subject: entry.image,
          advice: 'Name them in a cohort CSV with an id each, or ingest their common folder.',
        },
      );
    }
    byId.set(entry.id, first ?? entry);
    distinct.push(entry);
  }
  return distinct;
}
