import type { StoredSlices } from '../archive/stored-slices.js';
import { type QuantizedSlices, quantizeSlices } from '../index/quantized-slices.js';

/** The quantized copy of the slices that `SliceMemory` holds; it follows them, at the cost of what is new. */
export class QuantizedMemory {
  /** What the copy is of. Not the slices themselves, whose vectors would be kept when there are others. */
  #volumes: StoredSlices['volumes'] | undefined;
  #quantized: QuantizedSlices | undefined;
  /** The last making that was begun; the next one begins when it has ended. */
  #making: Promise<unknown> = Promise.resolve();
  #wasAsked = false;

  /**
   * @returns undefined when asked for the first time: making a copy takes longer than one search without it, and
   *   most programs search once.
   */
  async ofSecondSearch(slices: StoredSlices): Promise<QuantizedSlices | undefined> {
    if (this.#quantized !== undefined || this.#wasAsked) return this.of(slices);
    this.#wasAsked = true;
    return undefined;
  }

  of(slices: StoredSlices): Promise<QuantizedSlices> {
    const making = this.#making.then(() => this.#make(slices));
    this.#making = making.catch(() => {});
    return making;
  }

  /** Frees the memory. */
  clear(): void {
    this.#volumes = undefined;
    this.#quantized = undefined;
  }

  async #make(slices: StoredSlices): Promise<QuantizedSlices> {
    if (this.#quantized !== undefined && this.#volumes === slices.volumes) return this.#quantized;
    const places = new Map(this.#volumes?.map(({ volume }, place) => [volume.revision, place]));
    const placeOf = (place: number) => places.get(slices.volumes[place]!.volume.revision);
    const earlier = this.#quantized && { quantized: this.#quantized, placeOf };
    const quantized = await quantizeSlices(slices, earlier);
    this.#volumes = slices.volumes;
    this.#quantized = quantized;
    return quantized;
  }
}
