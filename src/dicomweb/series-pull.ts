import { VoxseekError } from '../errors.js';
import { groupStacks } from '../volume/dicom/group-stacks.js';
import type { DicomInstance } from '../volume/dicom/instance.js';
import { type MaskReferences, referencesOf } from '../volume/dicom/mask/referenced-series.js';
import type { LeftOut } from '../volume/dicom/scan-folder.js';
import type { IrregularGeometry } from '../volume/dicom/stack.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { ByteBudget, type Hold } from './byte-budget.js';
import type { DicomWebClient, SeriesListing } from './client.js';
import { downloadSeries } from './download-series.js';
import { type DrawnMask, failedEntry, stackEntries } from './series-entries.js';
import type { SeriesLedger } from './series-ledger.js';
import { mayBeDrawnOn, planStudies, type StudyPlan } from './series-plan.js';
import { seriesUrl } from './service-root.js';
import { SizeEstimate } from './size-estimate.js';
import { TransferSlots } from './transfer-slots.js';

export interface PullOptions {
  /** Which studies, as in an address: "ModalitiesInStudy=CT&StudyDate=20240101-"; default: all. */
  readonly query?: string;
  /** Only this SeriesInstanceUID, or only one stack of it: UID#... */
  readonly series?: string;
  readonly irregular: IrregularGeometry;
  /** Transfers at the same time; default 4. */
  readonly parallel?: number;
  /** Bytes of downloads in memory at the same time ({@link ByteBudget}); default 2 GiB. */
  readonly heldBytes?: number;
  readonly signal?: AbortSignal;
  /** Whether a volume is in the archive. */
  readonly isStored: (volume: string) => boolean;
  readonly onLeftOut?: (leftOut: LeftOut) => void;
  /** Told of every study whose series are known. */
  readonly onStudy?: (done: number, studies: number) => void;
}

/** What a pull has found and done so far. */
export interface PullFacts {
  studies: number;
  /** Series of CT and MR, and of masks, that are as they were when they were taken. */
  unchangedSeries: number;
  /** Series to fetch, as far as is known; new masks add to it. */
  wantedSeries: number;
  fetchedSeries: number;
  failedSeries: number;
  fetchedBytes: number;
}

/** A series is in memory, and waits for whoever takes its volumes. */
interface Fetched {
  readonly entries: readonly VolumeEntry[];
  readonly used: () => void;
}

export const defaultParallel = 4;
export const defaultHeldBytes = 2 * 1024 ** 3;
/** So many series in a row that cannot be had, though the server answers searches: it is no single series. */
const mostFailuresInARow = 5;

/**
 * The volumes of a DICOMweb server that are not in an archive yet, one after the other, as they arrive. Series are
 * fetched ahead, several at a time, within a bound on memory. A series that cannot be had is an entry as well,
 * which fails when it is read; a server that cannot be reached any more ends it.
 */
export class SeriesPull implements AsyncIterable<VolumeEntry> {
  readonly facts: PullFacts = {
    studies: 0,
    unchangedSeries: 0,
    wantedSeries: 0,
    fetchedSeries: 0,
    failedSeries: 0,
    fetchedBytes: 0,
  };
  readonly #client: DicomWebClient;
  readonly #ledger: SeriesLedger;
  readonly #options: PullOptions;
  readonly #slots: TransferSlots;
  readonly #budget: ByteBudget;
  readonly #sizes = new SizeEstimate();
  /** For every entry that was used: the id of the volume that the archive has for it; undefined for none. */
  readonly #outcomes = new Map<string, string | undefined>();
  #failuresInARow = 0;
  #entriesSoFar = 0;
  #seriesDone = 0;

  constructor(client: DicomWebClient, ledger: SeriesLedger, options: PullOptions) {
    this.#client = client;
    this.#ledger = ledger;
    this.#options = options;
    this.#slots = new TransferSlots(options.parallel ?? defaultParallel);
    this.#budget = new ByteBudget(options.heldBytes ?? defaultHeldBytes);
  }

  /** Volumes in all, as far as is known: a series counts as one until it is there. */
  get expectedVolumes(): number {
    return this.#entriesSoFar + this.facts.wantedSeries - this.#seriesDone;
  }

  /** The largest number of bytes of downloads that were in memory at the same time. */
  get mostHeldBytes(): number {
    return this.#budget.most;
  }

  /**
   * Tells what became of an entry, before the next one is asked for. Series whose volumes are all stored are not
   * fetched again by later runs.
   *
   * @param storedAs id of the volume that holds it; undefined where it could not be stored.
   */
  settle(id: string, storedAs: string | undefined): void {
    this.#outcomes.set(id, storedAs);
  }

  /** @throws VoxseekError PACS_UNREACHABLE, PACS_REFUSED, PACS_ANSWER_INVALID, SERIES_UNKNOWN, USAGE */
  async *[Symbol.asyncIterator](): AsyncGenerator<VolumeEntry, void, undefined> {
    const stop = new AbortController();
    const { signal: userSignal } = this.#options;
    const signal = userSignal ? AbortSignal.any([userSignal, stop.signal]) : stop.signal;
    try {
      const plans = await this.#plan(signal);
      let enqueue!: ReadableStreamDefaultController<Fetched>;
      const arrivals = new ReadableStream<Fetched>({
        start: (controller) => {
          enqueue = controller;
        },
      });
      // Closed rather than failed: what has arrived is still to be used.
      const failure = this.#fetchAll(plans, enqueue, signal).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      const closed = failure.then(() => enqueue.close());
      for await (const { entries, used } of arrivals) {
        yield* entries;
        used();
      }
      await closed;
      const failed = await failure;
      if (failed !== undefined) throw failed.error;
    } catch (error) {
      if (!userSignal?.aborted) throw error;
    } finally {
      stop.abort();
    }
  }

  async #plan(signal: AbortSignal): Promise<StudyPlan[]> {
    const { query, series, isStored, onStudy, parallel = defaultParallel } = this.#options;
    const plans = await planStudies(this.#client, this.#ledger, isStored, {
      parallel,
      signal,
      ...(query !== undefined && { query }),
      ...(series !== undefined && { series: series.split('#', 1)[0]! }),
      ...(onStudy && { onStudy }),
    });
    this.facts.studies = plans.length;
    for (const { images, unchanged, masks } of plans) {
      this.facts.wantedSeries += images.length;
      this.facts.unchangedSeries += unchanged.length + masks.filter(({ refersTo }) => refersTo).length;
    }
    return plans;
  }

  /** Several studies at a time, so that one with a slow series does not keep the others waiting. */
  async #fetchAll(
    plans: readonly StudyPlan[],
    arrivals: ReadableStreamDefaultController<Fetched>,
    signal: AbortSignal,
  ): Promise<void> {
    const stop = new AbortController();
    const stopped = AbortSignal.any([signal, stop.signal]);
    const studies = new TransferSlots(this.#options.parallel ?? defaultParallel);
    const results = await Promise.allSettled(
      plans.map((plan) =>
        studies.run(async () => {
          try {
            stopped.throwIfAborted();
            await this.#fetchStudy(plan, arrivals, stopped);
          } catch (error) {
            // What can be had is: transfers that were under way elsewhere are of no use without the server.
            stop.abort(error);
            throw error;
          }
        }),
      ),
    );
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #fetchStudy(
    plan: StudyPlan,
    arrivals: ReadableStreamDefaultController<Fetched>,
    signal: AbortSignal,
  ): Promise<void> {
    const masks: LoadedMask[] = [];
    try {
      for (const { listing, refersTo } of plan.masks) {
        if (refersTo !== undefined) continue;
        if (plan.images.length + plan.unchanged.length > 0)
          masks.push(...(await this.#loadMask(listing, signal)));
      }
      const isConcerned = ({ seriesInstanceUid }: SeriesListing) =>
        masks.some(({ references }) => mayBeDrawnOn(references.series, seriesInstanceUid));
      const again = plan.unchanged.filter(isConcerned);
      this.facts.wantedSeries += again.length;
      const images = [...plan.images, ...again];
      for (const { listing, refersTo } of plan.masks) {
        if (refersTo === undefined) continue;
        const isNeeded = images.some(({ seriesInstanceUid }) => mayBeDrawnOn(refersTo, seriesInstanceUid));
        if (isNeeded) masks.push(...(await this.#loadMask(listing, signal)));
      }
      const stored = await Promise.all(
        images.map((listing) => this.#fetchSeries(listing, masks, arrivals, signal)),
      );
      // Until all volumes have it, the next run has to look at a mask again.
      if (stored.every(Boolean)) for (const mask of masks) await this.#noteMask(mask);
    } finally {
      for (const { hold } of masks) hold.release();
    }
  }

  /** @returns none where it cannot be had: it is reported, and its series come without it. */
  async #loadMask(listing: SeriesListing, signal: AbortSignal): Promise<LoadedMask[]> {
    try {
      const { instances, hold } = await this.#load(listing, 'kept', signal);
      const references = await Promise.all(instances.map(referencesOf));
      return [
        {
          listing,
          hold,
          objects: instances.map((object, i) => ({ object, references: references[i]! })),
          references: { series: [...new Set(references.flatMap(({ series }) => series))] },
        },
      ];
    } catch (error) {
      const known = await this.#ofOneSeries(error, signal);
      this.#options.onLeftOut?.({ path: `series ${listing.seriesInstanceUid}`, reason: known.reason });
      return [];
    }
  }

  /** @returns whether all its volumes are in the archive. */
  async #fetchSeries(
    listing: SeriesListing,
    masks: readonly LoadedMask[],
    arrivals: ReadableStreamDefaultController<Fetched>,
    signal: AbortSignal,
  ): Promise<boolean> {
    let hold: Hold | undefined;
    let entries: VolumeEntry[];
    const image = seriesUrl({
      root: this.#client.root,
      study: listing.studyInstanceUid,
      series: listing.seriesInstanceUid,
    });
    let count = listing.instances;
    let isFetched = true;
    try {
      const loaded = await this.#load(listing, 'ready', signal);
      hold = loaded.hold;
      count ??= loaded.instances.length;
      const { stacks, leftOut } = groupStacks(loaded.instances);
      for (const item of leftOut) this.#options.onLeftOut?.(item);
      const { series = '' } = this.#options;
      const wanted = stacks.filter(({ id }) => !series.includes('#') || id === series);
      const objects = masks.flatMap((mask) => mask.objects);
      entries = stackEntries(wanted, objects, image, this.#options.irregular);
    } catch (error) {
      entries = [failedEntry(listing.seriesInstanceUid, image, await this.#ofOneSeries(error, signal))];
      this.facts.failedSeries++;
      isFetched = false;
    }
    this.#entriesSoFar += entries.length;
    this.#seriesDone++;
    try {
      await new Promise<void>((used, stopped) => {
        arrivals.enqueue({ entries, used });
        signal.addEventListener('abort', () => stopped(signal.reason), { once: true });
      });
    } finally {
      hold?.release();
    }
    const volumes = entries.map(({ id }) => this.#outcomes.get(id)).filter((id) => id !== undefined);
    if (!isFetched || volumes.length < entries.length) return false;
    await this.#ledger.add({ series: listing.seriesInstanceUid, instances: count!, volumes });
    return true;
  }

  async #load(
    listing: SeriesListing,
    phase: 'ready' | 'kept',
    signal: AbortSignal,
  ): Promise<{ instances: DicomInstance[]; hold: Hold }> {
    return this.#slots.run(async () => {
      const hold = await this.#budget.open(this.#sizes.expected(listing), signal);
      try {
        let bytes = 0;
        const instances = await downloadSeries(this.#client, listing, {
          signal,
          onBytes: async (more) => {
            bytes += more;
            this.facts.fetchedBytes += more;
            await hold.grow(more);
          },
        });
        this.#sizes.learn(listing, bytes, instances.length);
        this.facts.fetchedSeries++;
        this.#failuresInARow = 0;
        hold.loaded(phase);
        return { instances, hold };
      } catch (error) {
        hold.release();
        throw error;
      }
    });
  }

  /**
   * Tells a series that cannot be had from a server that cannot.
   *
   * @returns the error, where the server still answers.
   * @throws the error of the server, where it does not.
   */
  async #ofOneSeries(error: unknown, signal: AbortSignal): Promise<VoxseekError> {
    signal.throwIfAborted();
    if (!(error instanceof VoxseekError) || error.code === 'INTERRUPTED') throw error;
    if (error.code !== 'PACS_UNREACHABLE' && error.code !== 'PACS_REFUSED') return error;
    if (++this.#failuresInARow >= mostFailuresInARow) throw error;
    await this.#client.checkService(signal);
    return error;
  }

  async #noteMask({ listing, objects, references }: LoadedMask): Promise<void> {
    await this.#ledger.add({
      series: listing.seriesInstanceUid,
      instances: listing.instances ?? objects.length,
      volumes: [],
      refersTo: [...references.series],
    });
  }
}

/** A series of segmentations or structure sets. */
interface LoadedMask {
  readonly listing: SeriesListing;
  readonly hold: Hold;
  readonly objects: readonly DrawnMask[];
  /** Of all its objects together. */
  readonly references: Pick<MaskReferences, 'series'>;
}
