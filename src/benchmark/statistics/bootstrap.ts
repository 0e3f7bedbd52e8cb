import type { Outcomes } from '../outcomes.js';
import { type PatientSums, sumByPatient } from './patients.js';
import { randomBits } from './random.js';

/** Lower and upper bound. */
export type Interval = readonly [low: number, high: number];

export interface BootstrapIntervals {
  /** Of the mean over classes; undefined where fewer than two patients have a query. */
  readonly mean: Interval | undefined;
  /** By class, in the order of `Outcomes.classes`; undefined where fewer than two patients have a query of it. */
  readonly classes: readonly (Interval | undefined)[];
}

export interface BootstrapOptions {
  /** How often patients are drawn; default 1000. */
  readonly resamples?: number;
  readonly seed: number;
}

/**
 * Percentile bootstrap over patients (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13):
 * as many patients as there are, drawn with replacement, all queries of a patient together; the 2.5 % and 97.5 %
 * quantiles of the recomputed figures, interpolated linearly as NumPy does.
 *
 * A class that has no query in a resample is left out of that resample's mean, and that resample out of the
 * class's quantiles. Where all queries went alike the interval has no width: the bootstrap cannot imagine an
 * outcome that it has not seen.
 */
export function bootstrapIntervals(outcomes: Outcomes, options: BootstrapOptions): BootstrapIntervals {
  const { resamples = 1000, seed } = options;
  const width = outcomes.classes.length;
  const sums = sumByPatient(outcomes);
  const bits = randomBits(seed);
  const means: number[] = [];
  const valuesOfClass: number[][] = outcomes.classes.map(() => []);
  const queries = new Float64Array(width);
  const values = new Float64Array(width);
  for (let resample = 0; resample < resamples; resample++) {
    queries.fill(0);
    values.fill(0);
    const drawn = drawPatients(sums.patients.length, bits);
    for (let patient = 0; patient < drawn.length; patient++) {
      const times = drawn[patient]!;
      if (times === 0) continue;
      const from = patient * width;
      for (let column = 0; column < width; column++) {
        queries[column]! += times * sums.queries[from + column]!;
        values[column]! += times * sums.values[from + column]!;
      }
    }
    let sum = 0;
    let known = 0;
    for (let column = 0; column < width; column++) {
      if (queries[column] === 0) continue;
      const value = values[column]! / queries[column]!;
      valuesOfClass[column]!.push(value);
      sum += value;
      known++;
    }
    if (known > 0) means.push(sum / known);
  }
  const { ofClass, ofAny } = patientsWithQueries(sums, width);
  return {
    mean: ofAny < 2 ? undefined : percentileInterval(means),
    classes: valuesOfClass.map((list, column) =>
      ofClass[column]! < 2 ? undefined : percentileInterval(list),
    ),
  };
}

/** How often each patient is drawn. */
function drawPatients(patients: number, bits: () => number): Uint32Array {
  const drawn = new Uint32Array(patients);
  for (let draw = 0; draw < patients; draw++) drawn[Math.floor((bits() / 2 ** 32) * patients)]!++;
  return drawn;
}

function patientsWithQueries({ patients, queries }: PatientSums, width: number) {
  const ofClass = new Uint32Array(width);
  let ofAny = 0;
  for (let patient = 0; patient < patients.length; patient++) {
    let hasQuery = false;
    for (let column = 0; column < width; column++) {
      if (queries[patient * width + column] === 0) continue;
      ofClass[column]!++;
      hasQuery = true;
    }
    if (hasQuery) ofAny++;
  }
  return { ofClass, ofAny };
}

function percentileInterval(values: readonly number[]): Interval | undefined {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}

/** Linear interpolation between order statistics: NumPy's default, type 7 of Hyndman and Fan (1996). */
function quantile(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}
