import { z } from 'zod';
import { caseTasks } from '../dataset/case-labels.js';
import { answerScopes, modes, rankings } from '../outcomes.js';

/** Version of the format of results.json; another one means that a field has changed its name or meaning. */
export const resultsVersion = 2;

const count = z.number().int().nonnegative();
const name = z.string().min(1);
const share = z.number().min(0).max(1);
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256');

/** 95 % bootstrap interval over patients; null where fewer than two patients have a query. */
const intervalSchema = z.tuple([z.number(), z.number()]).nullable();

const figureSchema = z.object({
  /** Over those classes that have queries; null where none has. */
  mean: z.number().nullable(),
  /** Standard deviation over these classes, divided by their number (ddof = 0). */
  std: z.number().nullable(),
  interval: intervalSchema,
  classes: z.array(
    z.object({
      class: name,
      queries: count,
      /** Null for a class without a query. */
      value: z.number().nullable(),
      interval: intervalSchema,
    }),
  ),
});
/** A figure of the benchmark and the classes that it is the mean of. */
export type Figure = z.infer<typeof figureSchema>;

const fileSchema = z.object({
  /** Relative to the folder of results.json; it never leads out of that. */
  path: z.string().regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\\:]+$/, 'leads out of the folder'),
  sha256: hash,
});

const sideSchema = z.object({
  /** Name of the split; null where the data set was divided in another way. */
  split: z.string().nullable(),
  volumes: count,
  slices: count,
  patients: count,
});

/** A file of labels of whole cases, as 3D-MIR has them. */
const caseLabelsSchema = z.object({
  /** Of the file, without `.csv`; unique. */
  name,
  sha256: hash,
  /** Volumes of either side that took part and have a label. */
  database: count,
  queries: count,
  /** Ids of those that have none, sorted. */
  unlabelled: z.array(z.string()),
  /** Labels of volumes that are on neither side. */
  unmatched: count,
});

/** Retrieval of whole cases by one of their labels: means over the queries. */
const caseFigureSchema = z.object({
  /** Name of an entry of `dataset.caseLabels`. */
  labels: name,
  task: z.enum(caseTasks),
  encoder: name,
  index: name,
  ranking: z.enum(rankings),
  queries: z.number().int().positive(),
  /** Queries to which nothing in the database is relevant; they count 0. */
  unanswerable: count,
  /** `precision@3`, `precision@5`, `precision@10`, `map`, `map@10`. */
  columns: z.record(z.string(), share),
});

const configurationSchema = z.object({
  /** Unique. */
  name,
  /** Names of an entry of `encoders`, `indexes` and `classMaps`. */
  encoder: name,
  index: name,
  classMap: name,
  mode: z.enum(modes),
  ranking: z.enum(rankings),
  /**
   * Which volumes may answer: all, or for each class those in which it was looked for. `annotated` is there only
   * where the data set states for a volume that not every class was.
   */
  among: z.enum(answerScopes),
  figure: figureSchema,
  /** Further columns by their names, such as `precision@5`, `map`, `ndcg@10`; null where there is none. */
  columns: z.record(z.string(), z.number().nullable()),
  run: fileSchema,
  qrels: fileSchema,
});

/**
 * What results.json holds. Everything outside `environment` is the same whenever the same data, encoders and
 * options are used; what is about the machine and the hour stands in `environment`.
 */
export const resultsSchema = z
  .object({
    format: z.literal('voxseek-benchmark'),
    formatVersion: z.literal(resultsVersion),
    voxseekVersion: z.string(),
    dataset: z.object({
      name,
      /** What the data set is, such as "TotalSegmentator v1"; never a path of the machine. */
      identity: z.string(),
      contentHash: z.string(),
      database: sideSchema,
      queries: sideSchema,
      /** Volumes that took no part, and why (no labels, unreadable...). */
      leftOut: z.array(z.object({ id: z.string(), reason: z.string() })),
      caseLabels: z.array(caseLabelsSchema).exactOptional(),
    }),
    classMaps: z.array(z.object({ name, source: z.string(), classes: z.array(name) })),
    encoders: z.array(
      z.object({
        name,
        /** Hash of the weights, or of the matrices where the embeddings were computed elsewhere. */
        weightsHash: z.string(),
        dimension: z.number().int().positive(),
        /** Null where the embeddings were computed elsewhere. */
        preprocessing: z.record(z.string(), z.json()).nullable(),
      }),
    ),
    indexes: z.array(
      z.object({
        name,
        /** The encoder whose embeddings it holds. */
        encoder: name,
        parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
        /** Share of the query slices whose nearest slice is that of exact search. */
        recallAgainstExact: share.nullable(),
        bytes: count.nullable(),
      }),
    ),
    parameters: z.object({
      minVoxels: z.number().int().positive(),
      answers: z.number().int().positive(),
      depth: z.number().int().positive(),
      bootstrapResamples: count,
      permutations: count,
    }),
    seeds: z.object({ bootstrap: z.number().int(), permutation: z.number().int() }),
    configurations: z.array(configurationSchema),
    /** One for each file of case labels, task, encoder, index and ranking, where there are case labels. */
    caseFigures: z.array(caseFigureSchema).exactOptional(),
    /** Paired permutation tests. */
    comparisons: z.array(
      z.object({
        /** Names of configurations. */
        a: name,
        b: name,
        /** What is compared, in words. */
        what: z.string(),
        /** Mean of a less mean of b. */
        difference: z.number(),
        p: share,
        /** Corrected after Holm for all comparisons of its family. */
        pHolm: share,
      }),
    ),
    environment: z.object({
      /** ISO 8601. */
      date: z.string(),
      machine: z.record(z.string(), z.union([z.string(), z.number()])),
      indexes: z.array(
        z.object({
          name,
          encoder: name,
          buildSeconds: z.number().nonnegative().nullable(),
          searchSeconds: z.number().nonnegative().nullable(),
        }),
      ),
      timings: z.array(z.object({ name, seconds: z.number().nonnegative() })),
    }),
  })
  .check(({ value, issues }) => {
    for (const message of danglingNames(value)) issues.push({ code: 'custom', message, input: value });
  });
export type Results = z.infer<typeof resultsSchema>;

interface Named {
  readonly classMaps: readonly { readonly name: string; readonly classes: readonly string[] }[];
  readonly encoders: readonly { readonly name: string }[];
  readonly indexes: readonly { readonly name: string; readonly encoder: string }[];
  readonly configurations: readonly z.infer<typeof configurationSchema>[];
  readonly comparisons: readonly { readonly a: string; readonly b: string }[];
  readonly dataset: { readonly caseLabels?: readonly { readonly name: string }[] };
  readonly caseFigures?: readonly {
    readonly labels: string;
    readonly encoder: string;
    readonly index: string;
  }[];
}

/** What is named and is not there, or is there twice. */
function* danglingNames(results: Named): Generator<string> {
  const encoders = new Set(results.encoders.map((encoder) => encoder.name));
  const indexes = new Set(results.indexes.map((index) => `${index.encoder} ${index.name}`));
  const classMaps = new Map(results.classMaps.map((map) => [map.name, map.classes]));
  const configurations = new Set<string>();
  for (const { name, encoder, index, classMap, figure } of results.configurations) {
    if (configurations.has(name)) yield `the configuration ${name} is there twice`;
    configurations.add(name);
    if (!encoders.has(encoder)) yield `the encoder ${encoder} of ${name} is not among the encoders`;
    if (!indexes.has(`${encoder} ${index}`)) yield `the index ${index} of ${name} is not among the indexes`;
    const classes = classMaps.get(classMap);
    if (classes === undefined) yield `the class map ${classMap} of ${name} is not among the class maps`;
    else if (JSON.stringify(classes) !== JSON.stringify(figure.classes.map((entry) => entry.class)))
      yield `the classes of ${name} are not those of its class map ${classMap}`;
  }
  const caseLabels = new Set(results.dataset.caseLabels?.map((labels) => labels.name));
  for (const { labels, encoder, index } of results.caseFigures ?? []) {
    if (!caseLabels.has(labels)) yield `the labels ${labels} in caseFigures are not among the case labels`;
    if (!indexes.has(`${encoder} ${index}`))
      yield `the index ${index} of ${encoder} in caseFigures is not among the indexes`;
  }
  for (const { a, b } of results.comparisons) {
    for (const side of [a, b]) {
      if (!configurations.has(side)) yield `the compared configuration ${side} is not there`;
    }
  }
}
