/** A float array that is used again and again for what does not outlive the next use; it grows where asked for more. */
export class ScratchArray {
  #values = new Float32Array(0);

  /** @returns exactly `length` numbers, with whatever was there before. */
  take(length: number): Float32Array {
    if (this.#values.length < length) this.#values = new Float32Array(length);
    return this.#values.length === length ? this.#values : this.#values.subarray(0, length);
  }
}
