import { dirname, join } from 'node:path';
import { VoxseekError } from '../../errors.js';
import { meanOverClasses } from '../metrics/mean-over-classes.js';
import { overlapOfCounts, sufficientOverlap } from '../metrics/range-overlap.js';
import type { Mode } from '../outcomes.js';
import { readResults } from './results-file.js';
import type { Figure, Results } from './schema.js';
import { classOfTopic } from './trec-names.js';
import { countRelevant, type RelevantCounts, readRun } from './trec-reader.js';

/** One statement of results.json that its files do not bear out. */
export interface ResultDifference {
  readonly configuration: string;
  /** `mean`, `std`, `value of <class>`, `queries of <class>`, `sha256 of <file>`, `order of <topic>`. */
  readonly what: string;
  readonly stated: number | string | null;
  readonly recomputed: number | string | null;
}

/** Other evaluators may add up in another order. */
const tolerance = 1e-9;

/**
 * Computes every mean, standard deviation and value of a class again, from the run and qrels files that a
 * results.json names and nothing else, and compares them to 1e-9; the files themselves by their hashes, so that
 * a change is found that alters no figure. Intervals, tests and further columns are not checked.
 *
 * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE, RESULTS_INVALID
 */
export async function checkResults(
  resultsPath: string,
): Promise<{ readonly agrees: boolean; readonly differences: readonly ResultDifference[] }> {
  const results = await readResults(resultsPath);
  const differences: ResultDifference[] = [];
  for (const configuration of results.configurations) {
    differences.push(...(await checkConfiguration(dirname(resultsPath), configuration)));
  }
  return { agrees: differences.length === 0, differences };
}

async function checkConfiguration(
  folder: string,
  { name, mode, figure, run, qrels }: Results['configurations'][number],
): Promise<ResultDifference[]> {
  const returned = await readRun(join(folder, run.path), isAnsweredByFirst(mode) ? 'first' : 'all');
  const { relevant, sha256 } = await countRelevant(join(folder, qrels.path), returned);
  const differences: ResultDifference[] = [];
  const compare: Compare = (what, stated, recomputed) => {
    if (areEqual(stated, recomputed)) return;
    differences.push({ configuration: name, what, stated, recomputed });
  };

  compare(`sha256 of ${run.path}`, run.sha256, returned.sha256);
  compare(`sha256 of ${qrels.path}`, qrels.sha256, sha256);
  for (const topic of returned.unordered) {
    compare(`order of ${topic}`, 'falling scores', 'scores that do not fall');
  }

  const byClass = new Map<string, { queries: number; sum: number }>();
  for (const [topic, counts] of relevant) {
    const className = classNameOf(topic, join(folder, qrels.path));
    const entry = byClass.get(className) ?? { queries: 0, sum: 0 };
    byClass.set(className, entry);
    entry.queries++;
    entry.sum += valueOfTopic(mode, counts, returned.topics.get(topic)?.documents.size ?? 0);
  }
  compareFigure(figure, byClass, compare);
  return differences;
}

type Compare = (what: string, stated: number | string | null, recomputed: number | string | null) => void;

function compareFigure(
  figure: Figure,
  byClass: ReadonlyMap<string, { readonly queries: number; readonly sum: number }>,
  compare: Compare,
): void {
  const values = figure.classes.map((entry) => {
    const { queries, sum } = byClass.get(entry.class) ?? { queries: 0, sum: 0 };
    const value = queries === 0 ? null : sum / queries;
    compare(`queries of ${entry.class}`, entry.queries, queries);
    compare(`value of ${entry.class}`, entry.value, value);
    return value ?? undefined;
  });
  const stated = new Set(figure.classes.map((entry) => entry.class));
  for (const [className, { queries }] of byClass) {
    if (!stated.has(className)) compare(`queries of ${className}`, null, queries);
  }
  const overall = meanOverClasses(values);
  compare('mean', figure.mean, overall?.mean ?? null);
  compare('std', figure.std, overall?.std ?? null);
}

/** Modes whose value is P_1; the others look at all slices that answered. */
const isAnsweredByFirst = (mode: Mode) => mode === 'slice' || mode === 'volume' || mode === 'region';

function valueOfTopic(mode: Mode, relevant: RelevantCounts, returned: number): number {
  const overlap = overlapOfCounts(relevant.returned, returned, relevant.all);
  if (mode === 'range') return overlap;
  if (mode === 'range-half') return Number(overlap >= sufficientOverlap);
  if (mode !== 'ratio') return relevant.returned > 0 ? 1 : 0;
  return returned === 0 ? 0 : relevant.returned / returned;
}

function classNameOf(topic: string, path: string): string {
  try {
    return classOfTopic(topic);
  } catch (error) {
    throw new VoxseekError('RESULTS_INVALID', `the topic ${topic} is broken`, {
      subject: path,
      cause: error,
    });
  }
}

function areEqual(stated: number | string | null, recomputed: number | string | null): boolean {
  if (typeof stated === 'number' && typeof recomputed === 'number') {
    return Math.abs(stated - recomputed) <= tolerance;
  }
  return stated === recomputed;
}
