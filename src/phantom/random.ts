/**
 * Seeded random numbers that are the same on every platform: sfc32 (Chris Doty-Humphrey, PractRand), seeded by
 * a string through the xmur3 hash. Not for cryptography.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed: string) {
    const hash = stringHash(seed);
    this.#a = hash();
    this.#b = hash();
    this.#c = hash();
    this.#counter = 1;
    for (let round = 0; round < 12; round++) this.bits();
  }

  /** 32 uniform bits as an unsigned integer. */
  bits(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + result;
    this.#c |= 0;
    return result >>> 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.bits() / 4294967296;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Whole number from low to high, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Bell-shaped, mean 0, standard deviation 1, never beyond 3.5: a body is never infinitely large. */
  normal(): number {
    const sum = this.next() + this.next() + this.next() + this.next() - 2;
    return sum * Math.sqrt(3);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.integer(0, items.length - 1)]!;
  }

  /** A new array in random order (Fisher-Yates). */
  shuffle<Item>(items: readonly Item[]): Item[] {
    const result = [...items];
    for (let last = result.length - 1; last > 0; last--) {
      const other = this.integer(0, last);
      const kept = result[last]!;
      result[last] = result[other]!;
      result[other] = kept;
    }
    return result;
  }
}

/** xmur3 (public domain, bryc): a string to a stream of 32-bit seeds. */
function stringHash(text: string): () => number {
  let state = 1779033703 ^ text.length;
  for (let position = 0; position < text.length; position++) {
    state = Math.imul(state ^ text.charCodeAt(position), 3432918353);
    state = (state << 13) | (state >>> 19);
  }
  return () => {
    state = Math.imul(state ^ (state >>> 16), 2246822507);
    state = Math.imul(state ^ (state >>> 13), 3266489909);
    state ^= state >>> 16;
    return state >>> 0;
  };
}
