import { cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { type BenchmarkRanking, type Mode, modes, rankings } from '../../benchmark/outcomes.js';
import { checkResults } from '../../benchmark/results/check-results.js';
import type { Results } from '../../benchmark/results/schema.js';
import type { BenchmarkProgress, BenchmarkRequest } from '../../benchmark/run/request.js';
import { runBenchmark } from '../../benchmark/run/run-benchmark.js';
import { defaultEncoder } from '../../encoder/catalog.js';
import { VoxseekError } from '../../errors.js';
import { indexNames } from '../../index/open-index.js';
import { wholeNumber } from '../arguments.js';
import { readBenchConfig } from '../bench-config.js';
import { type DeviceOptions, deviceOption } from '../device-option.js';
import { onInterruption } from '../interruption.js';
import { Progress } from '../progress.js';
import { style } from '../style.js';
import { formatTable } from '../table.js';

interface Options extends DeviceOptions {
  readonly out?: string;
  readonly encoders?: readonly string[];
  readonly embeddings?: readonly { name: string; matrix: string; slices: string }[];
  readonly indexes?: readonly string[];
  readonly modes?: readonly Mode[];
  readonly rank?: readonly BenchmarkRanking[];
  readonly classes?: readonly string[];
  readonly queries?: string;
  readonly database?: string;
  readonly splits?: readonly string[];
  readonly caseLabels?: readonly string[];
  readonly minVoxels?: number;
  readonly name?: string;
  readonly config?: string;
  readonly check?: string;
  readonly json?: true;
}

const list = (text: string) => text.split(',').map((part) => part.trim());
/** For an option that may be given several times. */
const another = (text: string, before: readonly string[] = []) => [...before, text];

export function benchCommand(): Command {
  return new Command('bench')
    .description('Measure retrieval on a labelled data set as arXiv 2405.09334 does (docs/benchmark.md).')
    .argument(
      '[dataset]',
      'cohort CSV, TotalSegmentator folder, folder of phantoms, or task of the Decathlon',
    )
    .option('--out <dir>', 'folder for results, tables, runs and reports; what it has cached is used again')
    .option(
      '--encoders <names|paths>',
      `with commas (default: ${defaultEncoder}, unless --embeddings are given)`,
      list,
    )
    .option(
      '--embeddings <name=matrix.npy,slices.csv...>',
      'computed elsewhere: a matrix of NumPy, and a CSV with the columns volume and slice',
      embeddings,
    )
    .option('--indexes <names>', `with commas: ${indexNames.join(', ')} (default: flat)`, among(indexNames))
    .option('--modes <names>', `with commas: ${modes.join(', ')} (default: all)`, among(modes))
    .option(
      '--rank <methods>',
      `with commas: ${rankings.join(', ')} (default: count, late-interaction)`,
      among(rankings),
    )
    .option(
      '--classes <maps>',
      'with commas: detailed, detailed-v2, coarse, all, or JSON files (default: detailed,coarse, or all where the labels are others)',
      list,
    )
    .option('--queries <split>', 'split that is searched for (default: query in a CSV, else test)')
    .option('--database <split>', 'split that is searched in (default: database in a CSV, else train)')
    .option(
      '--splits <csv>',
      "columns id and split, or a list of 3D-MIR's (training, testing), in place of the splits of the data set; may be given several times",
      another,
    )
    .option(
      '--case-labels <csv...>',
      'labels of whole cases as 3D-MIR has them: name, cancer_flag, lesion_group; may be given several times',
      another,
    )
    .option(
      '--min-voxels <n>',
      'a query slice has a class with at least so many voxels (default: 1)',
      wholeNumber,
    )
    .addOption(deviceOption())
    .option('--name <name>', 'what the data set is called in the report')
    .option('--config <file>', 'JSON with any of these options, and encoders with their configuration')
    .option('--check <results.json>', 'compute its figures again from the run files beside it')
    .option('--json', 'print results.json, or the outcome of --check')
    .addHelpText(
      'after',
      '\nExamples:\n  voxseek bench Totalsegmentator_dataset/ --out results --encoders descriptor-v1,vit.onnx\n  voxseek bench cohort.csv --out results --embeddings mine=matrix.npy,slices.csv\n  voxseek bench --check results/results.json',
    )
    .action(async (dataset: string | undefined, options: Options) => {
      if (options.check !== undefined) await check(options.check, options.json === true);
      else await run(dataset, options);
    });
}

function among<T extends string>(known: readonly T[]): (text: string) => readonly T[] {
  return (text) =>
    list(text).map((name) => {
      const found = known.find((candidate) => candidate === name);
      if (found !== undefined) return found;
      throw new VoxseekError('USAGE', `"${name}" is none of ${known.join(', ')}`, { subject: 'bench' });
    });
}

/** May be given several times. */
function embeddings(text: string, before: Options['embeddings'] = []): NonNullable<Options['embeddings']> {
  const match = /^([^=]+)=(.+\.npy),(.+\.csv)$/.exec(text);
  if (match) return [...before, { name: match[1]!, matrix: match[2]!, slices: match[3]! }];
  throw new VoxseekError('USAGE', `"${text}" is not NAME=matrix.npy,slices.csv`, { subject: '--embeddings' });
}

async function run(dataset: string | undefined, options: Options): Promise<void> {
  const config = options.config === undefined ? {} : await readBenchConfig(options.config);
  const out = options.out ?? config.out;
  const data = dataset ?? config.dataset;
  if (data === undefined || out === undefined) {
    throw new VoxseekError('USAGE', 'a data set and --out are needed', { subject: 'bench' });
  }
  const matrices = options.embeddings ?? config.embeddings ?? [];
  const named = options.encoders?.map((encoder) => ({ encoder })) ?? config.encoders;
  const querySplit = options.queries ?? config.queries;
  const databaseSplit = options.database ?? config.database;
  const splits = options.splits ?? config.splits;
  const caseLabels = options.caseLabels ?? config.caseLabels;
  const minVoxels = options.minVoxels ?? config.minVoxels;
  const name = options.name ?? config.name;
  const interruption = onInterruption((line) => void process.stderr.write(`${line}\n`));
  const progress = new TaskProgress();
  try {
    const { results, path } = await runBenchmark({
      dataset: data,
      out,
      encoders: named ?? (matrices.length > 0 ? [] : [{ encoder: defaultEncoder }]),
      embeddings: matrices,
      indexes: options.indexes ?? config.indexes ?? ['flat'],
      modes: options.modes ?? config.modes ?? modes,
      rankings: options.rank ?? config.rank ?? ['count', 'late-interaction'],
      ...((options.classes ?? config.classes) ? { classMaps: options.classes ?? config.classes! } : {}),
      ...(querySplit !== undefined && { querySplit }),
      ...(databaseSplit !== undefined && { databaseSplit }),
      ...(splits !== undefined && { splits }),
      ...(caseLabels !== undefined && { caseLabels }),
      ...(minVoxels !== undefined && { minVoxels }),
      ...(name !== undefined && { name }),
      ...(options.device !== undefined && { device: options.device }),
      machine: machine(),
      onProgress: (step) => progress.step(step),
      onWarning: (message) => progress.say(style('yellow', message, process.stderr)),
      signal: interruption.signal,
    } satisfies BenchmarkRequest);
    progress.end();
    if (options.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
    else
      process.stdout.write(`${describe(results)}\n\nReport: ${join(out, 'report.html')}, figures: ${path}\n`);
  } finally {
    progress.end();
    interruption.dispose();
  }
}

async function check(path: string, asJson: boolean): Promise<void> {
  const { agrees, differences } = await checkResults(path);
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ agrees, differences }, null, 2)}\n`);
  } else if (agrees) {
    process.stdout.write(`${path}: every figure agrees with the run files.\n`);
  } else {
    const columns = (['configuration', 'what', 'stated', 'recomputed'] as const).map((key) => ({
      title: key.toUpperCase(),
      value: (row: (typeof differences)[number]) => String(row[key]),
    }));
    process.stdout.write(`${formatTable(columns, differences)}\n`);
  }
  if (!agrees) {
    throw new VoxseekError(
      'RESULTS_INVALID',
      `${differences.length} statements do not agree with the run files`,
      {
        subject: path,
        advice: 'Run the benchmark again, or restore the files.',
      },
    );
  }
}

/** One bar after the other, as tasks follow each other. */
class TaskProgress {
  #task = '';
  #progress: Progress | undefined;

  step({ task, done, total, slices }: BenchmarkProgress): void {
    if (task !== this.#task || this.#progress === undefined) {
      this.end();
      this.#task = task;
      this.#progress = new Progress(task, total, 'slices');
    }
    this.#progress.step(done, total, slices, '');
  }

  say(line: string): void {
    if (this.#progress) this.#progress.say(line);
    else process.stderr.write(`${line}\n`);
  }

  end(): void {
    this.#progress?.end();
    this.#progress = undefined;
  }
}

type Configuration = Results['configurations'][number];

type CaseFigure = NonNullable<Results['caseFigures']>[number];

function describe({ dataset, configurations, caseFigures = [] }: Results): string {
  const sides = (['database', 'queries'] as const)
    .map((side) => `${side} ${dataset[side].volumes} volumes, ${dataset[side].slices} slices`)
    .join('; ');
  const share = (value: number | null) => (value === null ? 'n/a' : value.toFixed(3));
  const columns = [
    { title: 'ENCODER', value: (c: Configuration) => c.encoder },
    { title: 'INDEX', value: (c: Configuration) => c.index },
    { title: 'CLASSES', value: (c: Configuration) => c.classMap },
    { title: 'MODE', value: (c: Configuration) => c.mode },
    { title: 'RANKING', value: (c: Configuration) => c.ranking },
    ...(configurations.some(({ among }) => among !== 'all')
      ? [{ title: 'AMONG', value: (c: Configuration) => c.among }]
      : []),
    { title: 'MEAN', value: ({ figure }: Configuration) => share(figure.mean), align: 'right' as const },
    { title: 'STD', value: ({ figure }: Configuration) => share(figure.std), align: 'right' as const },
    {
      title: '95 %',
      value: ({ figure: { interval } }: Configuration) =>
        interval === null ? 'n/a' : `${share(interval[0])} to ${share(interval[1])}`,
    },
  ];
  const left = dataset.leftOut.length > 0 ? `; ${dataset.leftOut.length} volumes left out` : '';
  const caseColumns = [
    { title: 'CASES', value: (c: CaseFigure) => c.labels },
    { title: 'LABEL', value: (c: CaseFigure) => c.task },
    { title: 'ENCODER', value: (c: CaseFigure) => c.encoder },
    { title: 'INDEX', value: (c: CaseFigure) => c.index },
    { title: 'RANKING', value: (c: CaseFigure) => c.ranking },
    { title: 'QUERIES', value: (c: CaseFigure) => String(c.queries), align: 'right' as const },
    ...Object.keys(caseFigures[0]?.columns ?? {}).map((name) => ({
      title: name.toUpperCase(),
      value: (c: CaseFigure) => share(c.columns[name] ?? null),
      align: 'right' as const,
    })),
  ];
  const cases = caseFigures.length > 0 ? `\n\n${formatTable(caseColumns, caseFigures)}` : '';
  return `${style('bold', dataset.name)}: ${sides}${left}\n\n${formatTable(columns, configurations)}${cases}`;
}

function machine(): Results['environment']['machine'] {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
  };
}
