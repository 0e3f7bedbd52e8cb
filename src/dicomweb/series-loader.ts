import { VoxseekError } from '../errors.js';
import type { DicomInstance } from '../volume/dicom/instance.js';
import { ByteBudget, type Hold } from './byte-budget.js';
import type { DicomWebClient, SeriesListing } from './client.js';
import { downloadSeries } from './download-series.js';
import { SizeEstimate } from './size-estimate.js';
import { TransferSlots } from './transfer-slots.js';

/** A series in memory. */
export interface LoadedSeries {
  readonly instances: readonly DicomInstance[];
  /** Released when nobody needs the instances any more. */
  readonly hold: Hold;
}

/** So many series in a row that cannot be had, though the server answers searches: it is no single series. */
const mostFailuresInARow = 5;

/** Downloads series, so many at the same time, within a bound on the bytes that are in memory. */
export class SeriesLoader {
  readonly #client: DicomWebClient;
  readonly #slots: TransferSlots;
  readonly #budget: ByteBudget;
  readonly #sizes = new SizeEstimate();
  #series = 0;
  #bytes = 0;
  #failuresInARow = 0;

  constructor(client: DicomWebClient, parallel: number, heldBytes: number) {
    this.#client = client;
    this.#slots = new TransferSlots(parallel);
    this.#budget = new ByteBudget(heldBytes);
  }

  /** Series that were loaded so far. */
  get series(): number {
    return this.#series;
  }

  /** Bytes that came so far, without those of attempts that failed. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The largest number of bytes that were in memory at the same time. */
  get mostHeldBytes(): number {
    return this.#budget.most;
  }

  /**
   * @param phase `ready` where the series is used and released without waiting for others, else `kept`.
   * @throws VoxseekError what {@link downloadSeries} throws
   */
  load(listing: SeriesListing, phase: 'ready' | 'kept', signal: AbortSignal): Promise<LoadedSeries> {
    return this.#slots.run(async () => {
      const hold = await this.#budget.open(this.#sizes.expected(listing), signal);
      try {
        let bytes = 0;
        const instances = await downloadSeries(this.#client, listing, {
          signal,
          onBytes: async (more) => {
            bytes += more;
            this.#bytes += more;
            await hold.grow(more);
          },
        });
        this.#sizes.learn(listing, bytes, instances.length);
        this.#series++;
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
   * @param error what {@link load} threw.
   * @returns the error, where it is of the one series and the server still answers.
   * @throws the error of the server, where it does not.
   */
  async errorOfSeries(error: unknown, signal: AbortSignal): Promise<VoxseekError> {
    signal.throwIfAborted();
    if (!(error instanceof VoxseekError) || error.code === 'INTERRUPTED') throw error;
    if (error.code !== 'PACS_UNREACHABLE' && error.code !== 'PACS_REFUSED') return error;
    if (++this.#failuresInARow >= mostFailuresInARow) throw error;
    // All attempts at the series have failed just now: one answer is enough to know.
    await this.#client.checkService({ signal, attempts: 1 });
    return error;
  }
}
