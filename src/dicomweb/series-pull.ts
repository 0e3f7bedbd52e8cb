import { setMaxListeners } from 'node:events';
import { totalmem } from 'node:os';
import type { VoxseekError } from '../errors.js';
import { dicomEntries } from '../volume/dicom/dicom-volumes.js';
import type { DicomInstance } from '../volume/dicom/instance.js';
import { referencedSeriesOf } from '../volume/dicom/mask/referenced-series.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import type { Hold } from './byte-budget.js';
import type { DicomWebClient, SeriesListing } from './client.js';
import type { PullFacts, PullOptions } from './pull-options.js';
import type { SeriesLedger } from './series-ledger.js';
import { SeriesLoader } from './series-loader.js';
import { mayBeDrawnOn, planStudies, type StudyPlan } from './series-plan.js';
import { seriesUrl } from './service-root.js';
import { TransferSlots } from './transfer-slots.js';

/** A series is in memory, and waits for whoever takes its volumes. */
interface Arrival {
  readonly entries: readonly VolumeEntry[];
  readonly used: () => void;
}

/** A series of segmentations or structure sets, in memory. */
interface LoadedMask {
  readonly listing: SeriesListing;
  readonly instances: readonly DicomInstance[];
  readonly hold: Hold;
  /** The series that they were drawn on; none where they name none. */
  readonly refersTo: string[];
}

const defaultParallel = 4;
const defaultHeldBytes = Math.min(1024 ** 3, totalmem() / 4);

/**
 * The volumes of a DICOMweb server that are not in an archive yet, one after the other, as they arrive. Series are
 * fetched ahead, several at a time, within a bound on memory. A series that cannot be had is an entry as well,
 * which fails when it is read; a server that cannot be reached any more ends it, after what has arrived is used.
 */
export class SeriesPull implements AsyncIterable<VolumeEntry> {
  readonly #client: DicomWebClient;
  readonly #ledger: SeriesLedger;
  readonly #options: PullOptions;
  readonly #parallel: number;
  readonly #loader: SeriesLoader;
  /** For every entry that was used: the id of the volume that the archive has for it; undefined for none. */
  readonly #outcomes = new Map<string, string | undefined>();
  #studies = 0;
  #unchangedSeries = 0;
  #failedSeries = 0;
  /** Series that are not there yet, as far as is known: a new mask may add some. */
  #seriesToCome = 0;
  #entriesSoFar = 0;

  constructor(client: DicomWebClient, ledger: SeriesLedger, options: PullOptions) {
    this.#client = client;
    this.#ledger = ledger;
    this.#options = options;
    this.#parallel = options.parallel ?? defaultParallel;
    this.#loader = new SeriesLoader(client, this.#parallel, options.heldBytes ?? defaultHeldBytes);
  }

  get facts(): PullFacts {
    return {
      studies: this.#studies,
      unchangedSeries: this.#unchangedSeries,
      fetchedSeries: this.#loader.series,
      failedSeries: this.#failedSeries,
      fetchedBytes: this.#loader.bytes,
      mostHeldBytes: this.#loader.mostHeldBytes,
    };
  }

  /** Volumes in all, as far as is known: a series counts as one until it is there. */
  get expectedVolumes(): number {
    return this.#entriesSoFar + this.#seriesToCome;
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
      let door!: ReadableStreamDefaultController<Arrival>;
      const arrivals = new ReadableStream<Arrival>({
        start: (controller) => {
          door = controller;
        },
      });
      const arrive = (arrival: Arrival) => door.enqueue(arrival);
      // Closed rather than failed: what has arrived is still to be used.
      const failure = this.#fetchAll(plans, arrive, signal).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      const closed = failure.then(() => (stop.signal.aborted ? undefined : door.close()));
      for await (const { entries, used } of arrivals) {
        yield* entries;
        used();
      }
      await closed;
      const failed = await failure;
      if (failed !== undefined) throw failed.error;
    } catch (error) {
      // Who stopped it knows; what is under way ends quietly.
      if (!userSignal?.aborted) throw error;
    } finally {
      stop.abort();
    }
  }

  async #plan(signal: AbortSignal): Promise<StudyPlan[]> {
    const { query, series, onLeftOut, onStudy } = this.#options;
    const { isStored, archived = new Map(), failed = new Map() } = this.#options;
    const taken = { ledger: this.#ledger, isStored, archived, failed };
    const plans = await planStudies(this.#client, taken, {
      parallel: this.#parallel,
      signal,
      ...(query !== undefined && { query }),
      ...(series !== undefined && { series: series.split('#', 1)[0]! }),
      ...(onLeftOut && { onLeftOut }),
      ...(onStudy && { onStudy }),
    });
    this.#studies = plans.length;
    for (const { images, unchanged, masks } of plans) {
      this.#seriesToCome += images.length;
      this.#unchangedSeries += unchanged.length + masks.filter(({ refersTo }) => refersTo).length;
    }
    return plans;
  }

  /** Several studies at a time, so that one with a slow series does not keep the others waiting. */
  async #fetchAll(
    plans: readonly StudyPlan[],
    arrive: (arrival: Arrival) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const stop = new AbortController();
    const stopped = AbortSignal.any([signal, stop.signal]);
    // One for every series that is under way.
    setMaxListeners(0, stopped);
    const studies = new TransferSlots(this.#parallel);
    await Promise.all(
      plans.map((plan) =>
        studies.run(async () => {
          stopped.throwIfAborted();
          await this.#fetchStudy(plan, arrive, stopped);
        }),
      ),
    ).catch((error: unknown) => {
      // Transfers that are under way elsewhere are of no use without the server.
      stop.abort(error);
      throw error;
    });
  }

  async #fetchStudy(
    { images: wanted, unchanged, masks: planned }: StudyPlan,
    arrive: (arrival: Arrival) => void,
    signal: AbortSignal,
  ): Promise<void> {
    if (wanted.length + unchanged.length === 0) return;
    const masks: LoadedMask[] = [];
    try {
      for (const { listing, refersTo } of planned) {
        if (refersTo === undefined) masks.push(...(await this.#loadMask(listing, signal)));
      }
      const again = unchanged.filter(({ seriesInstanceUid }) =>
        masks.some((mask) => mayBeDrawnOn(mask.refersTo, seriesInstanceUid)),
      );
      this.#seriesToCome += again.length;
      const images = [...wanted, ...again];
      for (const { listing, refersTo } of planned) {
        const isNeeded = images.some(
          ({ seriesInstanceUid }) => refersTo !== undefined && mayBeDrawnOn(refersTo, seriesInstanceUid),
        );
        if (isNeeded) masks.push(...(await this.#loadMask(listing, signal)));
      }
      const areStored = await Promise.all(
        images.map((listing) => this.#fetchSeries(listing, masks, arrive, signal)),
      );
      // Until all volumes have them, the next run has to look at these masks again.
      if (areStored.every(Boolean)) for (const mask of masks) await this.#noteMask(mask);
    } finally {
      for (const { hold } of masks) hold.release();
    }
  }

  /** @returns none where it cannot be had: that is told, and its series come without it. */
  async #loadMask(listing: SeriesListing, signal: AbortSignal): Promise<LoadedMask[]> {
    let hold: Hold | undefined;
    try {
      const loaded = await this.#loader.load(listing, 'kept', signal);
      hold = loaded.hold;
      const refersTo = new Set((await Promise.all(loaded.instances.map(referencedSeriesOf))).flat());
      return [{ listing, ...loaded, refersTo: [...refersTo] }];
    } catch (error) {
      hold?.release();
      const { reason } = await this.#loader.errorOfSeries(error, signal);
      this.#failedSeries++;
      const { modality, seriesInstanceUid } = listing;
      const path = `series ${seriesInstanceUid}`;
      this.#options.onLeftOut?.({ path, reason: `${modality}: ${reason}`, isDicom: true });
      return [];
    }
  }

  /** @returns whether all its volumes are in the archive. */
  async #fetchSeries(
    listing: SeriesListing,
    masks: readonly LoadedMask[],
    arrive: (arrival: Arrival) => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { studyInstanceUid: study, seriesInstanceUid: series } = listing;
    const image = seriesUrl({ root: this.#client.root, study, series });
    let hold: Hold | undefined;
    let instances = listing.instances;
    let isMissing = false;
    let entries: readonly VolumeEntry[];
    try {
      const loaded = await this.#loader.load(listing, 'ready', signal);
      hold = loaded.hold;
      instances ??= loaded.instances.length;
      const drawn = masks.filter((mask) => mayBeDrawnOn(mask.refersTo, series));
      entries = await this.#entriesOf(series, [loaded, ...drawn], image);
    } catch (error) {
      hold?.release();
      isMissing = true;
      entries = [failedEntry(series, image, await this.#loader.errorOfSeries(error, signal))];
      this.#failedSeries++;
    }
    this.#entriesSoFar += entries.length;
    this.#seriesToCome--;
    try {
      await untilUsed((used) => arrive({ entries, used }), signal);
    } finally {
      hold?.release();
    }
    const volumes = entries.map(({ id }) => this.#outcomes.get(id)).filter((id) => id !== undefined);
    const isWhole = !this.#options.series?.includes('#');
    if (!isWhole || isMissing || instances === undefined) return false;
    if (volumes.length < entries.length) {
      this.#options.failed?.set(series, instances);
      return false;
    }
    await this.#ledger.add({ series, instances, volumes });
    return true;
  }

  async #entriesOf(
    series: string,
    loaded: readonly { readonly instances: readonly DicomInstance[] }[],
    image: string,
  ): Promise<readonly VolumeEntry[]> {
    const instances = loaded.flatMap((one) => one.instances);
    const { entries, leftOut } = await dicomEntries(instances, this.#options.irregular, image);
    for (const one of leftOut) {
      // A mask may be of no use to this series and be used by another.
      const isOfSeries = 'seriesInstanceUid' in one && one.seriesInstanceUid === series;
      if (isOfSeries) this.#options.onLeftOut?.(one);
    }
    const { series: asked = '' } = this.#options;
    return asked.includes('#') ? entries.filter(({ id }) => id === asked) : entries;
  }

  async #noteMask({ listing, instances, refersTo }: LoadedMask): Promise<void> {
    await this.#ledger.add({
      series: listing.seriesInstanceUid,
      instances: listing.instances ?? instances.length,
      volumes: [],
      refersTo,
    });
  }
}

function untilUsed(hand: (used: () => void) => void, signal: AbortSignal): Promise<void> {
  return new Promise((accept, reject) => {
    const stopped = () => reject(signal.reason);
    signal.addEventListener('abort', stopped, { once: true });
    hand(() => {
      signal.removeEventListener('abort', stopped);
      accept();
    });
  });
}

/** A series that could not be had: an entry like others, so that it is reported like others. */
function failedEntry(id: string, image: string, error: VoxseekError): VolumeEntry {
  const fail = () => Promise.reject(error);
  return { id, image, source: { location: image, hash: fail, read: fail } };
}
