import { valueByClass } from '../metrics/class-values.js';
import { meanOverClasses } from '../metrics/mean-over-classes.js';
import type { Outcomes } from '../outcomes.js';
import { type BootstrapOptions, bootstrapIntervals, type Interval } from '../statistics/bootstrap.js';
import type { Figure } from './schema.js';

/** The figure of one table of outcomes: recall by class, mean and deviation over classes, bootstrap intervals. */
export function figureOf(outcomes: Outcomes, options: BootstrapOptions): Figure {
  const classes = valueByClass(outcomes);
  const overall = meanOverClasses(classes.map(({ value }) => value));
  const intervals = bootstrapIntervals(outcomes, options);
  return {
    mean: overall?.mean ?? null,
    std: overall?.std ?? null,
    interval: asTuple(intervals.mean),
    classes: classes.map((entry, position) => ({
      class: entry.class,
      queries: entry.queries,
      value: entry.value ?? null,
      interval: asTuple(intervals.classes[position]),
    })),
  };
}

function asTuple(interval: Interval | undefined): [number, number] | null {
  return interval === undefined ? null : [interval[0], interval[1]];
}
