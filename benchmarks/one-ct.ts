/**
 * Time and memory for one CT of 512 x 512 x 300 from file to answer: ingest, and search by its file, with the
 * built-in encoder and, where models are given, with ONNX encoders. Beside each stands the bare kernel in a
 * process of its own: the encoder alone on slices that are cut already. Run from the repository:
 *
 *     node --import tsx benchmarks/one-ct.ts [MODEL.onnx ...]
 *
 * Prints a table and writes benchmarks/results/one-ct.json.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  defaultEncoder,
  extractSlice,
  ingest,
  intensityContext,
  openArchive,
  openEncoder,
  openForIngest,
  readVolume,
  search,
} from '../src/index.js';
import { machine } from './machine.js';
import { size, writeCt } from './synthetic-ct.js';

const repetitions = 3;
const bareSlices = 96;
const self = fileURLToPath(import.meta.url);

interface Measurement {
  readonly seconds: number;
  readonly peakMiB: number;
}

type Step = (path: string, archivePath: string, encoder: string) => Promise<number>;

/** Each runs in a process of its own and gives the seconds that count. */
const steps: Readonly<Record<string, Step>> = {
  read: async (path) => timed(() => readVolume(path)),
  bare: async (path, _, name) => {
    const volume = await readVolume(path);
    const intensity = intensityContext(volume, 'CT', path);
    const slices = Array.from({ length: bareSlices }, (_, i) => extractSlice(volume, 'axial', 100 + i));
    const encoder = await openEncoder(name);
    await encoder.embed(slices.slice(0, 16), intensity);
    const seconds = await timed(() => encoder.embed(slices, intensity));
    return (seconds * size[2]) / bareSlices;
  },
  ingest: async (path, archivePath, name) =>
    timed(async () => {
      const { archive, encoder } = await openForIngest(archivePath, { encoder: name });
      const { slices } = await ingest(archive, encoder, [{ id: 'ct', image: path, modality: 'CT' }]);
      if (slices !== size[2]) throw new Error(`${slices} slices were stored`);
      await archive.close();
    }),
  search: async (path, archivePath) =>
    timed(async () => {
      const archive = await openArchive(archivePath);
      const { hits } = await search(archive, { query: path });
      if (hits[0]!.meanSimilarity < 0.999) throw new Error('the CT did not find itself');
      await archive.close();
    }),
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function measureHere(step: string, path: string, archivePath: string, encoder: string): Promise<void> {
  const seconds = await steps[step]!(path, archivePath, encoder);
  const measurement: Measurement = { seconds, peakMiB: process.resourceUsage().maxRSS / 1024 };
  process.stdout.write(JSON.stringify(measurement));
}

function measure(...args: readonly string[]): Measurement {
  return JSON.parse(
    execFileSync(process.execPath, [...process.execArgv, self, ...args], { encoding: 'utf8' }),
  );
}

/** The middle one by time. */
function median(measurements: readonly Measurement[]): Measurement {
  return [...measurements].sort((a, b) => a.seconds - b.seconds)[Math.floor(measurements.length / 2)]!;
}

async function main(models: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'voxseek-benchmark-'));
  try {
    const path = join(folder, 'ct.nii.gz');
    await writeCt(path);
    const results = [defaultEncoder, ...models].map((encoder) => {
      const measured: Record<string, Measurement[]> = { read: [], bare: [], ingest: [], search: [] };
      for (let repetition = 0; repetition < repetitions; repetition++) {
        const archivePath = join(folder, `${basename(encoder)}-${repetition}`);
        for (const step of Object.keys(steps))
          measured[step]!.push(measure(step, path, archivePath, encoder));
      }
      const [read, bare, ingested, searched] = ['read', 'bare', 'ingest', 'search'].map((step) =>
        median(measured[step]!),
      ) as [Measurement, Measurement, Measurement, Measurement];
      const rounded = (value: number) => Number(value.toFixed(2));
      return {
        encoder: basename(encoder),
        readSeconds: rounded(read.seconds),
        bareEncodeSeconds: rounded(bare.seconds),
        ingestSeconds: rounded(ingested.seconds),
        ingestPeakMiB: Math.round(ingested.peakMiB),
        ingestRateOverBareEncoder: rounded(bare.seconds / ingested.seconds),
        searchSeconds: rounded(searched.seconds),
        searchPeakMiB: Math.round(searched.peakMiB),
      };
    });
    const report = {
      benchmark: `one CT of ${size.join(' x ')} int16 from .nii.gz to archive, and as a query`,
      command: 'node --import tsx benchmarks/one-ct.ts [MODEL.onnx ...]',
      date: new Date().toISOString(),
      machine: { ...machine(), loadAverage: Number(loadavg()[0]!.toFixed(1)) },
      repetitions,
      results,
    };
    mkdirSync(join(dirname(self), 'results'), { recursive: true });
    writeFileSync(join(dirname(self), 'results', 'one-ct.json'), `${JSON.stringify(report, null, 2)}\n`);
    console.table(results);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [first, ...rest] = process.argv.slice(2);
if (first !== undefined && Object.hasOwn(steps, first)) {
  const [path, archivePath, encoder] = rest as [string, string, string];
  await measureHere(first, path, archivePath, encoder);
} else {
  await main(process.argv.slice(2));
}
