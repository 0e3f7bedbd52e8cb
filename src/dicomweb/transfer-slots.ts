/** Lets so many pieces of work run at the same time; the others wait in the order in which they came. */
export class TransferSlots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((goOn) => this.#waiting.push(goOn));
    try {
      return await work();
    } finally {
      // Whoever waits takes over the place, so that nobody who comes later slips in.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
