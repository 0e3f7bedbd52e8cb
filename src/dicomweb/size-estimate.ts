import type { SeriesListing } from './client.js';

/** A slice of 512 x 512 in 16 bits, uncompressed, and its header. */
const firstGuess = 600_000;
/** How much of the estimate the last series makes up. */
const weight = 0.3;

/** How large a series will be, from those of the same modality before it: no server says it beforehand. */
export class SizeEstimate {
  readonly #bytesPerInstance = new Map<string | undefined, number>();

  expected({ modality, instances = 1 }: SeriesListing): number {
    return Math.round(instances * (this.#bytesPerInstance.get(modality) ?? firstGuess));
  }

  learn({ modality }: SeriesListing, bytes: number, instances: number): void {
    const measured = bytes / instances;
    const before = this.#bytesPerInstance.get(modality) ?? measured;
    this.#bytesPerInstance.set(modality, before + weight * (measured - before));
  }
}
