import { answerScopes, type Mode, modes, rankings } from '../src/benchmark/outcomes.js';
import type { ReportExtras } from '../src/benchmark/report/input.js';
import { type Results, resultsSchema } from '../src/benchmark/results/schema.js';
import { randomNumbers } from './random.js';

export interface MadeUpBenchmark {
  readonly encoders: readonly string[];
  readonly classMaps: Results['classMaps'];
  readonly indexes?: readonly string[];
  readonly identity?: string;
  /** Does the data set state which classes were looked for? Default false. */
  readonly isAnnotated?: boolean;
  /** Classes that no query has. */
  readonly absent?: readonly string[];
}

const hash = 'a'.repeat(64);
const baseOfMode: Readonly<Record<Mode, number>> = {
  slice: 0.78,
  volume: 0.9,
  region: 0.93,
  localized: 0.89,
  ratio: 0.8,
  range: 0.6,
  'range-half': 0.7,
};

const rounded = (value: number) => Math.round(value * 1e6) / 1e6;
const clipped = (value: number) => rounded(Math.min(1, Math.max(0, value)));

/** Results of a benchmark that never was: figures that look like real ones, by the laws of the schema. */
export function madeUpResults(benchmark: MadeUpBenchmark): Results {
  const { encoders, classMaps, indexes = ['flat'], identity = 'cohort CSV', absent = [] } = benchmark;
  const scopes = benchmark.isAnnotated ? answerScopes : (['all'] as const);
  const random = randomNumbers(7);
  const configurations = encoders.flatMap((encoder, encoderAt) =>
    indexes.flatMap((index, indexAt) =>
      modes.flatMap((mode) =>
        (mode === 'slice' ? (['count'] as const) : rankings).flatMap((ranking, rankingAt) =>
          classMaps.flatMap((map) =>
            scopes.map((among) => {
              const base =
                baseOfMode[mode] - encoderAt * 0.03 - indexAt * 0.015 + (among === 'all' ? 0 : 0.05);
              const change = rankingAt * (mode === 'ratio' ? -0.02 : 0.012);
              const classes = map.classes.map((name) => {
                if (absent.includes(name)) return { class: name, queries: 0, value: null, interval: null };
                const spread = random() ** 3;
                const value = clipped(base + change + 0.09 - spread * 0.5);
                const half = 0.02 + 0.1 * random();
                const interval: [number, number] = [clipped(value - half), clipped(value + half / 2)];
                return { class: name, queries: 3 + Math.floor(random() * 50), value, interval };
              });
              const values = classes.flatMap(({ value }) => (value === null ? [] : [value]));
              const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
              const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
              const scope = among === 'all' ? '' : `.${among}`;
              const name = `${encoder}.${index}.${map.name}.${mode}.${ranking}${scope}`;
              return {
                name,
                encoder,
                index,
                classMap: map.name,
                mode,
                ranking,
                among,
                figure: {
                  mean: values.length === 0 ? null : rounded(mean),
                  std: values.length === 0 ? null : rounded(Math.sqrt(variance)),
                  interval:
                    values.length === 0
                      ? null
                      : ([clipped(mean - 0.021), clipped(mean + 0.018)] as [number, number]),
                  classes,
                },
                columns:
                  mode === 'volume' && values.length > 0
                    ? { 'precision@5': clipped(mean - 0.1), map: clipped(mean - 0.2), 'ndcg@10': null }
                    : {},
                run: { path: 'runs/made-up.run', sha256: hash },
                qrels: { path: 'qrels/made-up.qrels', sha256: hash },
              };
            }),
          ),
        ),
      ),
    ),
  );
  const configurationOf = (encoder: string, mode: Mode, ranking: string) =>
    `${encoder}.${indexes[0]}.${classMaps[0]!.name}.${mode}.${ranking}`;
  return resultsSchema.parse({
    format: 'voxseek-benchmark',
    formatVersion: 2,
    voxseekVersion: '0.2.0',
    dataset: {
      name: 'made-up cohort',
      identity,
      contentHash: 'b'.repeat(64),
      database: { split: 'train', volumes: 1082, slices: 290123, patients: 1082 },
      queries: { split: 'test', volumes: 60, slices: 16021, patients: 57 },
      leftOut: [
        { id: 's0042', reason: 'no labels' },
        { id: 's0815', reason: 'the mask is empty' },
      ],
    },
    classMaps,
    encoders: encoders.map((name) => ({
      name,
      weightsHash: hash,
      dimension: 384,
      preprocessing: { window: 'soft tissue', size: [224, 224] },
    })),
    indexes: encoders.flatMap((encoder) =>
      indexes.map((name, at) => ({
        name,
        encoder,
        parameters: name === 'hnsw' ? { M: 32, efConstruction: 128 } : {},
        recallAgainstExact: rounded(1 - at * at * 0.04),
        bytes: Math.round(445_000_000 / (at + 1)),
      })),
    ),
    parameters: { minVoxels: 1, answers: 15, depth: 100, bootstrapResamples: 1000, permutations: 10_000 },
    seeds: { bootstrap: 1, permutation: 2 },
    configurations,
    comparisons: encoders.slice(1).map((encoder, at) => ({
      a: configurationOf(encoders[0]!, 'region', 'late-interaction'),
      b: configurationOf(encoder, 'region', 'late-interaction'),
      what: 'encoders, region-based, late interaction',
      difference: 0.031 * (at + 1),
      p: 0.0123 / (at + 1),
      pHolm: 0.0246,
    })),
    environment: {
      date: '2025-01-31T12:00:00Z',
      machine: { cpu: 'AMD EPYC', cores: 2, memoryGiB: 24, node: 'v20.20.2' },
      indexes: encoders.flatMap((encoder, encoderAt) =>
        indexes.map((name, at) => ({
          name,
          encoder,
          buildSeconds: at === 0 ? null : 53.2 * at + encoderAt,
          searchSeconds: 60.3 / 9 ** at + encoderAt / 10,
        })),
      ),
      timings: [{ name: 'encode', seconds: 812.25 }],
    },
  });
}

/** A size for every class, and pictures of a single grey pixel unless another picture is given. */
export function madeUpExtras(classMaps: Results['classMaps'], picture = greyPixel): ReportExtras {
  const random = randomNumbers(3);
  return {
    regionSizes: {
      unit: 'voxels',
      sizes: classMaps.flatMap((map) =>
        map.classes.map((name) => ({
          classMap: map.name,
          class: name,
          mean: Math.round(10 ** (2 + 4 * random())),
        })),
      ),
    },
    gallery: (['best', 'worst'] as const).map((kind) => ({
      kind,
      title: `s0100, brain`,
      caption: `The ${kind} query.`,
      picture,
      alternative: 'Query slices above the matched slices of s0200.',
    })),
  };
}

const greyPixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGOoBwAAgQCAxJhnfAAAAABJRU5ErkJggg==';
