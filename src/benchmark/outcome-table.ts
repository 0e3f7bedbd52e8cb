import type { LabelledSlices } from './labelled-slices.js';
import type { BenchmarkRanking, Mode, Outcomes } from './outcomes.js';

/** Outcomes of the wanted modes and rankings, filled query by query. */
export class OutcomeTable {
  readonly outcomes: readonly Outcomes[];
  readonly #classCount: number;

  constructor(queries: LabelledSlices, modes: readonly Mode[], rankings: readonly BenchmarkRanking[]) {
    this.#classCount = queries.classes.length;
    const size = queries.volumes.length * this.#classCount;
    const volumes = queries.volumes.map(({ id, patient }) => ({ id, patient }));
    this.outcomes = [...new Set(modes)].flatMap((mode) =>
      (mode === 'slice' ? ['count' as const] : [...new Set(rankings)]).map((ranking) => ({
        mode,
        ranking,
        classes: queries.classes,
        volumes,
        queries: new Uint32Array(size),
        values: new Float64Array(size),
      })),
    );
  }

  /** Counts one query, in vain where neither its mode nor its ranking is wanted. */
  add(mode: Mode, ranking: BenchmarkRanking, volume: number, classPosition: number, value: number): void {
    const outcomes = this.outcomes.find((one) => one.mode === mode && one.ranking === ranking);
    if (outcomes === undefined) return;
    const cell = volume * this.#classCount + classPosition;
    outcomes.queries[cell]!++;
    outcomes.values[cell]! += value;
  }
}
