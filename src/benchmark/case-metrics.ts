import { type CaseLabel, type CaseLabels, type CaseTask, caseTasks } from './dataset/case-labels.js';
import { averagePrecision } from './metrics/average-precision.js';
import { precisionAtK } from './metrics/precision-at-k.js';
import type { BenchmarkRanking, VolumeRanking } from './outcomes.js';

/** Means over the queries. */
export interface CaseSummary {
  /** Name of the labels. */
  readonly labels: string;
  readonly task: CaseTask;
  readonly ranking: BenchmarkRanking;
  /** Query volumes that have a label for the task. */
  readonly queries: number;
  /** Queries to which no volume of the database is relevant: all their figures are 0. */
  readonly unanswerable: number;
  /** In the order of the cutoffs. */
  readonly precision: readonly number[];
  /** Over the whole ranking, divided by all relevant volumes of the database. */
  readonly averagePrecision: number;
  /** Over the first ten places, divided by the relevant volumes among them, as 3D-MIR has it. */
  readonly averagePrecisionOfTen: number;
}

interface Sums {
  readonly task: CaseTask;
  readonly ranking: BenchmarkRanking;
  queries: number;
  unanswerable: number;
  readonly precision: number[];
  averagePrecision: number;
  averagePrecisionOfTen: number;
}

interface CaseSide {
  readonly volumes: readonly { readonly id: string }[];
}

/**
 * Precision at k and average precision of the ranked volumes for labels of whole cases, as in 3D-MIR (arXiv
 * 2311.13752). A query is a volume with a label; relevant is a volume of the database with the same label in the
 * same file, so for the same organ. A volume of the database without a label is relevant to nothing, and keeps
 * its place.
 */
export class CaseMetrics {
  readonly #database: readonly (CaseLabel | undefined)[];
  readonly #queries: readonly (CaseLabel | undefined)[];
  readonly #name: string;
  readonly #cutoffs: readonly number[];
  readonly #sums = new Map<string, Sums>();

  /**
   * @param cutoffs the k of precision.
   */
  constructor(
    database: CaseSide,
    queries: CaseSide,
    { name, labelOf }: CaseLabels,
    cutoffs: readonly number[],
  ) {
    this.#database = database.volumes.map(({ id }) => labelOf.get(id));
    this.#queries = queries.volumes.map(({ id }) => labelOf.get(id));
    this.#name = name;
    this.#cutoffs = cutoffs;
  }

  /** Takes the answer to one volume query, as `evaluate` hands it out. */
  add({ ranking, queryVolume, volumes }: VolumeRanking): void {
    const label = this.#queries[queryVolume];
    if (label === undefined) return;
    for (const task of caseTasks) {
      const value = label[task];
      if (value === undefined) continue;
      const grades = this.#database.map((other) => Number(other?.[task] === value));
      const relevant = grades.reduce((sum, grade) => sum + grade, 0);
      const ranked = volumes.map(({ volume }) => grades[volume]!);
      const sums = this.#sumsOf(task, ranking);
      sums.queries++;
      sums.unanswerable += Number(relevant === 0);
      for (const [place, k] of this.#cutoffs.entries()) sums.precision[place]! += precisionAtK(ranked, k);
      sums.averagePrecision += averagePrecision(ranked, relevant);
      const ten = ranked.slice(0, 10);
      sums.averagePrecisionOfTen += averagePrecision(ten, ten.filter((grade) => grade > 0).length);
    }
  }

  /** @returns one for each task that has queries and each ranking, by task, then as the rankings came first. */
  summaries(): CaseSummary[] {
    return caseTasks.flatMap((task) =>
      [...this.#sums.values()]
        .filter((sums) => sums.task === task)
        .map((sums) => ({
          ...sums,
          labels: this.#name,
          precision: sums.precision.map((sum) => sum / sums.queries),
          averagePrecision: sums.averagePrecision / sums.queries,
          averagePrecisionOfTen: sums.averagePrecisionOfTen / sums.queries,
        })),
    );
  }

  #sumsOf(task: CaseTask, ranking: BenchmarkRanking): Sums {
    const key = `${task} ${ranking}`;
    const precision = this.#cutoffs.map(() => 0);
    const sums = this.#sums.get(key) ?? {
      task,
      ranking,
      queries: 0,
      unanswerable: 0,
      precision,
      averagePrecision: 0,
      averagePrecisionOfTen: 0,
    };
    this.#sums.set(key, sums);
    return sums;
  }
}
