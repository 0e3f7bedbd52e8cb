/** The k largest of numbers that come one after the other. */
export class LargestScores {
  readonly #k: number;
  /** Descending. */
  readonly #scores: number[] = [];

  /** @param k at least 1. */
  constructor(k: number) {
    this.#k = k;
  }

  add(score: number): void {
    if (!(score > this.threshold)) return;
    const place = this.#scores.findIndex((other) => other < score);
    this.#scores.splice(place < 0 ? this.#scores.length : place, 0, score);
    if (this.#scores.length > this.#k) this.#scores.pop();
  }

  /** The kth largest; -Infinity as long as there are fewer. */
  get threshold(): number {
    return this.#scores[this.#k - 1] ?? Number.NEGATIVE_INFINITY;
  }
}
