import type { Results } from '../results/schema.js';
import type { Fact, ReportExtras, ReportInput } from './input.js';
import { formatSeconds } from './numbers.js';

/** What a report shows of results.json. */
export function reportInput(results: Results, extras: ReportExtras): ReportInput {
  const { dataset, environment, configurations, indexes } = results;
  return {
    dataset: { ...dataset, isTotalSegmentator: /^totalsegmentator\b/i.test(dataset.identity) },
    classMaps: results.classMaps,
    encoders: results.encoders.map((encoder) => ({
      ...encoder,
      preprocessing:
        encoder.preprocessing === null
          ? null
          : Object.entries(encoder.preprocessing).map(([name, value]) => ({ name, value: inWords(value) })),
    })),
    parameters: facts(results.parameters),
    seeds: facts(results.seeds),
    version: results.voxseekVersion,
    environment: {
      machine: describeMachine(environment.machine),
      date: environment.date.replace(/^(.{10})T(.{5}).*Z$/, '$1 $2 UTC'),
      timings: environment.timings.map(({ name, seconds }) => ({ name, value: formatSeconds(seconds) })),
    },
    figures: configurations.map(({ figure, ...configuration }) => ({ ...configuration, ...figure })),
    caseFigures: results.caseFigures ?? [],
    indexes: indexes.map(({ name, encoder, parameters, recallAgainstExact, bytes }) => {
      const times = environment.indexes.find((index) => index.name === name && index.encoder === encoder);
      return {
        name,
        encoder,
        parameters: describe(parameters),
        recallAgainstExact,
        buildSeconds: times?.buildSeconds ?? null,
        searchSeconds: times?.searchSeconds ?? null,
        bytes,
      };
    }),
    comparisons: results.comparisons,
    extras,
  };
}

function facts(values: Readonly<Record<string, string | number>>): Fact[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** Names and values in words: `M 32, efConstruction 128`. */
function describe(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${inWords(value)}`)
    .join(', ');
}

/** What is no text as JSON, with spaces so that it can be broken into lines. */
function inWords(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 1).replace(/\s+/g, ' ');
}

function describeMachine({
  cpu,
  cores,
  memoryGiB,
  system,
  ...others
}: Results['environment']['machine']): string {
  const known = [
    cpu,
    cores === undefined ? undefined : `${cores} cores`,
    memoryGiB === undefined ? undefined : `${memoryGiB} GiB`,
    system,
  ];
  return [...known.filter((part) => part !== undefined), describe(others)].filter(Boolean).join(', ');
}
