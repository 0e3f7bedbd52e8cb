/**
 * Slices per second of an ingest into a fresh archive, from .nii.gz of 512 x 512, over those of a bare loop: for a
 * network, onnxruntime alone on tensors that are ready, with the same model, batch and threads; for the built-in
 * encoder, its descriptor alone on slices that are cut. The two alternate in one process, since the machine may have
 * other work, and the medians of the ratios are told. Beside them the reading side alone: all of an ingest with a
 * network that takes no time. Measures the built package (`--dist`, default dist/). Run from the repository:
 *
 *     npm run bench:ingest -- [--rounds 3] [--volumes 3] [--slices 100] [MODEL.onnx ...]
 *
 * Without models: all 2D ones in VOXSEEK_TEST_MODELS, or ../shared/models. Prints a table and writes
 * benchmarks/results/ingest.json. Memory is measured by benchmarks/ingest-memory.ts.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Encoder } from '../src/encoder/encoder.js';
import type { Preparation } from '../src/encoder/preparation.js';
import { machine } from './machine.js';
import { writeCt } from './synthetic-ct.js';

const self = fileURLToPath(import.meta.url);
const batch = 16;
const bareSlices = 6 * batch;
/** The network input of most models: what the reading side prepares slices for. */
const usualPreparation: Preparation = {
  kind: 'network-input',
  preprocessing: {
    inputSize: [224, 224],
    channels: 3,
    windows: [{ low: -1000, high: 1000 }],
    interpolation: 'bilinear',
    rescale: 1,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
};

const { values, positionals } = parseArgs({
  options: {
    dist: { type: 'string', default: fileURLToPath(new URL('../dist', import.meta.url)) },
    rounds: { type: 'string', default: '3' },
    volumes: { type: 'string', default: '3' },
    slices: { type: 'string', default: '100' },
  },
  allowPositionals: true,
});
const [rounds, volumes, slices] = [values.rounds, values.volumes, values.slices].map(Number) as [
  number,
  number,
  number,
];

/** A module of the built package: from sources every thread that reads would first translate TypeScript. */
const built = (module: string) => import(pathToFileURL(join(resolve(values.dist), module)).href);
const { defaultEncoder, extractSlice, ingest, intensityContext, openEncoder, readVolume } = (await built(
  'index.js',
)) as typeof import('../src/index.js');
const { Archive } = (await built('archive/archive.js')) as typeof import('../src/archive/archive.js');
const { createPreparer } = (await built(
  'encoder/preparation.js',
)) as typeof import('../src/encoder/preparation.js');
const { sliceVoxels } = (await built('volume/slice.js')) as typeof import('../src/volume/slice.js');

/** How much was done, in what time, at the cost of how much work of all processors. */
interface Pace {
  readonly slices: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function paced(work: () => Promise<number>): Promise<Pace> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const slices = await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { slices, seconds, cpuSeconds: (user + system) / 1e6 };
}

const perSecond = ({ slices, seconds }: Pace) => slices / seconds;
const cpuMs = ({ slices, cpuSeconds }: Pace) => (1000 * cpuSeconds) / slices;
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const rounded = (value: number, digits = 2) => Number(value.toFixed(digits));

async function ingestAll(encoder: Encoder, images: readonly string[], folder: string): Promise<number> {
  const path = mkdtempSync(join(folder, 'archive-'));
  const archive = await Archive.openOrCreate(join(path, 'archive'), {
    encoder: encoder.identity,
    encoderSource: { name: encoder.identity.name, options: {} },
    slicing: { plane: 'axial', everyMm: null },
    createdWith: 'benchmark',
  });
  const entries = images.map((image, i) => ({ id: `ct-${i}`, image, modality: 'CT' as const }));
  const report = await ingest(archive, encoder, entries);
  await archive.close();
  rmSync(path, { recursive: true });
  if (report.outcomes.added !== images.length) throw new Error(JSON.stringify(report.failures));
  return report.slices;
}

/** onnxruntime as its documentation has it, with nothing but the number of threads set. */
async function bareNetwork(model: string, prepared: Float32Array): Promise<() => Promise<number>> {
  const session = await InferenceSession.create(model, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: availableParallelism(),
    logSeverityLevel: 4,
  });
  const side = Math.sqrt(prepared.length / batch / 3);
  const feeds = { [session.inputNames[0]!]: new Tensor('float32', prepared, [batch, 3, side, side]) };
  await session.run(feeds);
  return async () => {
    for (let done = 0; done < bareSlices; done += batch) await session.run(feeds);
    return bareSlices;
  };
}

/** What runs beside the ingest: the same work on the same slices, and nothing else. */
async function bareLoop(encoder: Encoder, name: string, image: string): Promise<() => Promise<number>> {
  const volume = await readVolume(image);
  const intensity = intensityContext(volume, 'CT', image);
  const preparation = encoder.staged?.preparation;
  if (preparation?.kind !== 'network-input') {
    const slices = Array.from({ length: bareSlices }, (_, i) =>
      extractSlice(volume, 'axial', i % volume.size[2]),
    );
    await encoder.embed(slices.slice(0, batch), intensity);
    return async () => {
      await encoder.embed(slices, intensity);
      return bareSlices;
    };
  }
  const preparer = createPreparer(preparation);
  const length = preparer.valuesPerSlice({ width: volume.size[0], height: volume.size[1] });
  const prepared = new Float32Array(batch * length);
  for (let i = 0; i < batch; i++) {
    preparer.prepare(sliceVoxels(volume, 'axial', i), intensity, prepared, i * length);
  }
  return bareNetwork(name, prepared);
}

async function measureEncoder(name: string, images: readonly string[], rounds: number, folder: string) {
  const encoder = await openEncoder(name);
  const bare = await bareLoop(encoder, name, images[0]!);
  const paces: { readonly bare: Pace; readonly ingest: Pace }[] = [];
  // The first round starts threads and fills caches.
  for (let round = 0; round <= rounds; round++) {
    paces.push({ bare: await paced(bare), ingest: await paced(() => ingestAll(encoder, images, folder)) });
  }
  await encoder.close();
  const counted = paces.slice(1);
  return {
    encoder: basename(name),
    bareSlicesPerSecond: rounded(median(counted.map((pace) => perSecond(pace.bare))), 1),
    ingestSlicesPerSecond: rounded(median(counted.map((pace) => perSecond(pace.ingest))), 1),
    ingestOverBare: rounded(median(counted.map((pace) => perSecond(pace.ingest) / perSecond(pace.bare)))),
    bareCpuMsPerSlice: rounded(median(counted.map((pace) => cpuMs(pace.bare)))),
    ingestCpuMsPerSlice: rounded(median(counted.map((pace) => cpuMs(pace.ingest)))),
    loadAverage: rounded(loadavg()[0]!, 1),
  };
}

/** An encoder that gives every slice the same vector at once. */
const instantEncoder: Encoder = {
  identity: { name: 'instant', weightsHash: '0'.repeat(64), dimension: 8, preprocessing: {} },
  staged: {
    preparation: usualPreparation,
    embedPrepared: async (_, count) =>
      Float32Array.from({ length: 8 * count }, (_, i) => (i % 8 === 0 ? 1 : 0)),
  },
  embed: () => Promise.reject(new Error('only prepared slices')),
  close: async () => {},
};

async function measureReading(images: readonly string[], rounds: number, folder: string) {
  const paces: Pace[] = [];
  for (let round = 0; round <= rounds; round++) {
    paces.push(await paced(() => ingestAll(instantEncoder, images, folder)));
  }
  return {
    slicesPerSecond: rounded(median(paces.slice(1).map(perSecond)), 1),
    fastestSlicesPerSecond: rounded(Math.max(...paces.slice(1).map(perSecond)), 1),
    cpuMsPerSlice: rounded(median(paces.slice(1).map(cpuMs))),
    loadAverage: rounded(loadavg()[0]!, 1),
  };
}

function modelsAt(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.onnx') && !name.includes('3d'))
    .map((name) => join(folder, name));
}

const shared = process.env.VOXSEEK_TEST_MODELS ?? resolve(dirname(self), '../../shared/models');
const models = positionals.length > 0 ? positionals : modelsAt(shared);
const folder = mkdtempSync(join(tmpdir(), 'voxseek-benchmark-'));
try {
  const images: string[] = [];
  for (let seed = 0; seed < volumes; seed++) {
    images.push(join(folder, `ct-${seed}.nii.gz`));
    await writeCt(images[seed]!, slices, seed);
  }
  const reading = await measureReading(images, rounds, folder);
  console.log('reading side alone', reading);
  const results = [];
  for (const name of [defaultEncoder, ...models]) {
    results.push(await measureEncoder(name, images, rounds, folder));
    console.log(results.at(-1));
  }
  const report = {
    benchmark: `ingest of ${volumes} CTs of 512 x 512 x ${slices} int16 from .nii.gz beside bare encoders`,
    command: `npm run bench:ingest -- --rounds ${rounds} --volumes ${volumes} --slices ${slices}`,
    date: new Date().toISOString(),
    machine: machine(),
    threads: availableParallelism(),
    batch,
    reading,
    results,
  };
  mkdirSync(join(dirname(self), 'results'), { recursive: true });
  writeFileSync(join(dirname(self), 'results', 'ingest.json'), `${JSON.stringify(report, null, 2)}\n`);
  console.table(results);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
