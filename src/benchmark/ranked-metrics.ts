import type { LabelledSlices } from './labelled-slices.js';
import { averagePrecision } from './metrics/average-precision.js';
import { ndcgAtK } from './metrics/ndcg-at-k.js';
import { precisionAtK } from './metrics/precision-at-k.js';
import type { BenchmarkRanking, RankedAnswer } from './outcomes.js';
import { Relevance } from './relevance.js';

/** Figures of one query, or means of them. */
export interface RankedFigures {
  /** In the order of the cutoffs. */
  readonly precision: readonly number[];
  readonly averagePrecision: number;
  /** In the order of the cutoffs. */
  readonly ndcg: readonly number[];
}

export interface RankedSummary {
  readonly mode: RankedAnswer['mode'];
  readonly ranking: BenchmarkRanking;
  readonly queries: number;
  /** Undefined for a class without a query; undefined as a whole where the queries are for all classes at once. */
  readonly byClass: readonly (RankedFigures | undefined)[] | undefined;
  /** Queries for all classes at once: mean over the queries. Queries for a class: mean over the classes of their means. */
  readonly mean: RankedFigures;
}

/**
 * Precision at k, average precision and nDCG at k of the ranked volumes of all queries. What is relevant, and
 * how much, {@link Relevance} says; average precision and the ideal ranking are over the whole database, though
 * answers may be cut at a depth.
 */
export class RankedMetrics {
  readonly #relevance: Relevance;
  readonly #cutoffs: readonly number[];
  readonly #classCount: number;
  readonly #sums = new Map<string, { answer: RankedAnswer; sums: Map<number | undefined, FigureSum> }>();

  /** @param cutoffs the k of precision and nDCG. */
  constructor(
    database: LabelledSlices,
    queries: LabelledSlices,
    cutoffs: readonly number[],
    minVoxels?: number,
  ) {
    this.#relevance = new Relevance(database, queries, minVoxels);
    this.#cutoffs = cutoffs;
    this.#classCount = queries.classes.length;
  }

  /** Takes the answer to one query, as `evaluate` hands it out. @returns the figures of this query. */
  add(answer: RankedAnswer): RankedFigures {
    const figures = this.#figures(answer);
    const key = `${answer.mode} ${answer.ranking}`;
    const entry = this.#sums.get(key) ?? { answer, sums: new Map<number | undefined, FigureSum>() };
    this.#sums.set(key, entry);
    const sum = entry.sums.get(answer.queryClass) ?? new FigureSum(this.#cutoffs.length);
    entry.sums.set(answer.queryClass, sum);
    sum.add(figures);
    return figures;
  }

  /** @returns one summary for each mode and ranking, in the order in which they came first. */
  summaries(): RankedSummary[] {
    return [...this.#sums.values()].map(({ answer: { mode, ranking }, sums }) => {
      const queries = [...sums.values()].reduce((total, { count }) => total + count, 0);
      const whole = sums.get(undefined);
      if (whole !== undefined) return { mode, ranking, queries, byClass: undefined, mean: whole.mean };
      const byClass = Array.from({ length: this.#classCount }, (_, c) => sums.get(c)?.mean);
      const overClasses = new FigureSum(this.#cutoffs.length);
      for (const mean of byClass) if (mean !== undefined) overClasses.add(mean);
      return { mode, ranking, queries, byClass, mean: overClasses.mean };
    });
  }

  #figures({ queryVolume, queryClass, volumes }: RankedAnswer): RankedFigures {
    const all = this.#relevance.grades(queryVolume, queryClass);
    const ideal = all.filter((grade) => grade > 0).sort((a, b) => b - a);
    const grades = volumes.map(({ volume }) => all[volume]!);
    return {
      precision: this.#cutoffs.map((k) => precisionAtK(grades, k)),
      averagePrecision: averagePrecision(grades, ideal.length),
      ndcg: this.#cutoffs.map((k) => ndcgAtK(grades, ideal, k)),
    };
  }
}

class FigureSum {
  count = 0;
  #averagePrecision = 0;
  readonly #precision: number[];
  readonly #ndcg: number[];

  constructor(cutoffCount: number) {
    this.#precision = Array(cutoffCount).fill(0);
    this.#ndcg = Array(cutoffCount).fill(0);
  }

  add({ precision, averagePrecision, ndcg }: RankedFigures): void {
    this.count++;
    this.#averagePrecision += averagePrecision;
    for (const [place, value] of precision.entries()) this.#precision[place]! += value;
    for (const [place, value] of ndcg.entries()) this.#ndcg[place]! += value;
  }

  get mean(): RankedFigures {
    return {
      precision: this.#precision.map((sum) => sum / this.count),
      averagePrecision: this.#averagePrecision / this.count,
      ndcg: this.#ndcg.map((sum) => sum / this.count),
    };
  }
}
