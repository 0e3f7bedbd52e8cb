import { VoxseekError } from '../../errors.js';
import type { Outcomes } from '../outcomes.js';
import { sumByPatient } from './patients.js';
import { randomBits } from './random.js';

export interface PermutationOptions {
  /** How many random assignments of signs; default 10000. */
  readonly permutations?: number;
  readonly seed: number;
}

export interface PairedComparison {
  /** Mean over classes of a, less that of b. */
  readonly difference: number;
  /** Two-sided; never below 1 / (permutations + 1). */
  readonly p: number;
}

/** Sums of the same differences in another order differ by rounding, and must count as equal. */
const rounding = 1e-12;

/**
 * Paired permutation test, two-sided, patients exchanged whole. The statistic is the difference of the mean over
 * classes (of those that have queries, K of them, class c having n(c) queries in all):
 *
 *     d = 1/K * sum over c of (sum of values of a - sum of values of b)(c) / n(c) = sum over patients of d(patient)
 *
 * Under the null hypothesis the two results of a patient could as well be exchanged, which flips the sign of
 * d(patient). With R random assignments of signs, d* being the statistic of each,
 *
 *     p = (1 + number of |d*| >= |d|) / (R + 1)
 *
 * (Phipson and Smyth 2010: so it never is 0). `|d*| >= |d|` within 1e-12.
 *
 * @returns undefined where no class has a query.
 * @throws VoxseekError INTERNAL where the two are not about the same queries.
 */
export function comparePaired(
  a: Outcomes,
  b: Outcomes,
  options: PermutationOptions,
): PairedComparison | undefined {
  const { permutations = 10000, seed } = options;
  const parts = differencesByPatient(a, b);
  if (parts === undefined) return undefined;
  const difference = parts.reduce((sum, part) => sum + part, 0);
  const threshold = Math.abs(difference) - rounding;
  const bits = randomBits(seed);
  let asExtreme = 0;
  for (let permutation = 0; permutation < permutations; permutation++) {
    let sum = 0;
    let word = 0;
    for (let patient = 0; patient < parts.length; patient++) {
      if (patient % 32 === 0) word = bits();
      sum += (word & 1) === 0 ? parts[patient]! : -parts[patient]!;
      word >>>= 1;
    }
    if (Math.abs(sum) >= threshold) asExtreme++;
  }
  return { difference, p: (1 + asExtreme) / (permutations + 1) };
}

/** d(patient): what each patient adds to the difference of the means over classes. */
function differencesByPatient(a: Outcomes, b: Outcomes): Float64Array | undefined {
  requireSameQueries(a, b);
  const width = a.classes.length;
  const sumsOfA = sumByPatient(a);
  const sumsOfB = sumByPatient(b);
  const queries = new Float64Array(width);
  sumsOfA.queries.forEach((count, cell) => {
    queries[cell % width]! += count;
  });
  const known = queries.filter((count) => count > 0).length;
  if (known === 0) return undefined;
  const parts = new Float64Array(sumsOfA.patients.length);
  sumsOfA.values.forEach((value, cell) => {
    const ofClass = queries[cell % width]!;
    if (ofClass === 0) return;
    parts[Math.floor(cell / width)]! += (value - sumsOfB.values[cell]!) / ofClass / known;
  });
  return parts;
}

function requireSameQueries(a: Outcomes, b: Outcomes): void {
  const same =
    a.classes.length === b.classes.length &&
    a.classes.every((name, column) => name === b.classes[column]) &&
    a.volumes.length === b.volumes.length &&
    a.volumes.every(({ id, patient }, volume) => {
      const other = b.volumes[volume]!;
      return id === other.id && patient === other.patient;
    }) &&
    a.queries.every((count, cell) => count === b.queries[cell]);
  if (!same) throw new VoxseekError('INTERNAL', 'a paired test needs two results of the same queries');
}
