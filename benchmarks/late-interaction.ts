/**
 * Late interaction over all volumes of an archive of the size of the paper's: 250 query slices against 1,160
 * volumes of 250 slices (290,000) x 768, the 10 best, beside one bare float32 matrix product of that shape by NumPy
 * with OpenBLAS. Both take turns, so that what else the machine does weighs on both. Needs python3-numpy with
 * OpenBLAS and 4 GiB of memory. Run from the repository:
 *
 *     node --expose-gc --import tsx benchmarks/late-interaction.ts [ROUNDS]
 *
 * Prints a table and writes benchmarks/results/late-interaction.json.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BareProduct } from './bare-product.js';
import type { Measurement } from './late-interaction-process.js';
import { machine } from './machine.js';

const rounds = Number(process.argv[2] ?? 9);
const rows = 290_000;
const dimension = 768;
const queries = 250;

const here = dirname(fileURLToPath(import.meta.url));
const rounded = (value: number, digits: number) => Number(value.toFixed(digits));
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** What `search` takes over what the bare product before and after it take together, in several rounds. */
async function compare(search: () => Promise<Measurement>, times: number) {
  const [ratios, cpuRatios, seconds, bareSeconds]: number[][] = [[], [], [], []];
  for (let round = 0; round < times; round++) {
    const before = await product.time();
    const taken = await search();
    const after = await product.time();
    ratios!.push((2 * taken.seconds) / (before.seconds + after.seconds));
    cpuRatios!.push((2 * taken.cpuSeconds) / (before.cpuSeconds + after.cpuSeconds));
    seconds!.push(taken.seconds);
    bareSeconds!.push(before.seconds, after.seconds);
  }
  return {
    ofBareProduct: rounded(median(ratios!), 2),
    cpuOfBareProduct: rounded(median(cpuRatios!), 2),
    seconds: rounded(median(seconds!), 3),
    bareProductSeconds: rounded(median(bareSeconds!), 3),
    ratios: ratios!.map((ratio) => rounded(ratio, 2)),
  };
}

const product = await BareProduct.start(rows, dimension, queries);
const results = [];
for (const data of ['slice-like', 'random directions']) {
  const child = fork(join(here, 'late-interaction-process.ts'), [data], { execArgv: process.execArgv });
  child.once('exit', (code) => {
    if (code !== null) throw new Error(`the process with the archive ended with ${code}`);
  });
  const ask = async (request: string) => {
    child.send(request);
    const [answer] = await once(child, 'message');
    return answer as Measurement;
  };
  await ask('prepare');
  await ask('search');
  const best = await compare(() => ask('search'), rounds);
  const { isExact, survivors, quantizeSeconds, peakBytes, baseBytes } = await ask('check');
  const all = await compare(() => ask('plain'), Math.ceil(rounds / 3));
  child.kill();
  results.push({
    data,
    ...best,
    allVolumesScoredOfBareProduct: all.ofBareProduct,
    isExact,
    survivors,
    quantizeSeconds: rounded(quantizeSeconds, 2),
    peakOfVectors: rounded((peakBytes - baseBytes) / (rows * dimension * 4), 3),
    peakOfVectorsWithProcess: rounded(peakBytes / (rows * dimension * 4), 3),
  });
}
product.stop();

const report = {
  benchmark: `${queries} query slices against ${rows} x ${dimension}, the 10 best of 1160 volumes`,
  command: 'node --expose-gc --import tsx benchmarks/late-interaction.ts',
  date: new Date().toISOString(),
  machine: {
    ...machine(),
    threads: availableParallelism(),
    loadAverage: loadavg().map((load) => rounded(load, 1)),
  },
  bareProduct: product.library,
  rounds,
  results,
};
mkdirSync(join(here, 'results'), { recursive: true });
writeFileSync(join(here, 'results', 'late-interaction.json'), `${JSON.stringify(report, null, 2)}\n`);
console.table(results.map(({ ratios, ...rest }) => rest));
console.log(`load ${report.machine.loadAverage.join(', ')}; ${report.bareProduct}`);
