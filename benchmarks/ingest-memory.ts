/**
 * Memory of an ingest by the operating system's own count (Linux: VmHWM and VmRSS of /proc/self/status), each case in
 * a process of its own: two CTs of 512 x 512 x 1000 int16 one after the other, and a thousand volumes of 5 MB, of
 * which the growth after the first two hundred is told. Run from the repository:
 *
 *     npm run bench:ingest-memory -- [MODEL.onnx ...]
 *
 * The built-in encoder and the models that are named. Measures the built package (`--dist`, default dist/). Prints
 * and writes benchmarks/results/ingest-memory.json.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { writeNifti } from '../src/volume/write-nifti.js';
import { machine } from './machine.js';
import { writeCt } from './synthetic-ct.js';

const self = fileURLToPath(import.meta.url);
const largeSlices = 1000;
const manyVolumes = 1000;
const warmUpVolumes = 200;
const builtIn = 'descriptor-v1';

interface Memory {
  readonly peakMiB: number;
  /** Of memory in use after the last volume over that after the warm-up. */
  readonly growthMiB: number;
  readonly slices: number;
}

function statusMiB(field: 'VmHWM' | 'VmRSS'): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)![1]) / 1024;
}

async function ingestHere(dist: string, encoderName: string, images: readonly string[]): Promise<Memory> {
  const library = (await import(
    pathToFileURL(join(resolve(dist), 'index.js')).href
  )) as typeof import('../src/index.js');
  const folder = mkdtempSync(join(tmpdir(), 'voxseek-benchmark-'));
  const isLarge = images.length < warmUpVolumes;
  try {
    const { archive, encoder } = await library.openForIngest(join(folder, 'archive'), {
      encoder: encoderName,
      // Of many volumes a few slices each: reading is what may leak.
      ...(!isLarge && { everyMm: 12 }),
    });
    let warm = 0;
    const entries = images.map((image, i) => ({ id: `ct-${i}`, image, modality: 'CT' as const }));
    const report = await library.ingest(archive, encoder, entries, {
      onProgress: ({ done }) => {
        if (done === warmUpVolumes) warm = statusMiB('VmRSS');
      },
    });
    if (report.outcomes.added !== images.length) throw new Error(JSON.stringify(report.failures));
    const growthMiB = isLarge ? 0 : Math.round(statusMiB('VmRSS') - warm);
    await archive.close();
    await encoder.close();
    return { peakMiB: Math.round(statusMiB('VmHWM')), growthMiB, slices: report.slices };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function writeMany(folder: string): Promise<string[]> {
  const data = new Int16Array(256 * 256 * 40).fill(40);
  const images: string[] = [];
  for (let i = 0; i < manyVolumes; i++) {
    data[0] = i;
    images.push(join(folder, `many-${i}.nii.gz`));
    await writeNifti(images[i]!, {
      data,
      size: [256, 256, 40],
      spacing: [1, 1, 1],
      affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    });
  }
  return images;
}

const { values, positionals } = parseArgs({
  options: {
    dist: { type: 'string', default: fileURLToPath(new URL('../dist', import.meta.url)) },
    encoder: { type: 'string' },
    images: { type: 'string' },
  },
  allowPositionals: true,
});

function measure(encoder: string, images: readonly string[], list: string): Memory {
  writeFileSync(list, JSON.stringify(images));
  const args = [self, '--dist', values.dist, '--encoder', encoder, '--images', list];
  return JSON.parse(execFileSync(process.execPath, [...process.execArgv, ...args], { encoding: 'utf8' }));
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'voxseek-benchmark-'));
  const list = join(folder, 'images.json');
  try {
    const large = [join(folder, 'large-0.nii.gz'), join(folder, 'large-1.nii.gz')];
    for (const [seed, path] of large.entries()) await writeCt(path, largeSlices, seed);
    const results = [builtIn, ...positionals].map((encoder) => ({
      encoder: basename(encoder),
      case: `2 volumes of 512 x 512 x ${largeSlices}`,
      ...measure(encoder, large, list),
    }));
    const many = await writeMany(folder);
    results.push({
      encoder: builtIn,
      case: `${manyVolumes} volumes of 256 x 256 x 40`,
      ...measure(builtIn, many, list),
    });
    const report = {
      benchmark: 'memory of an ingest',
      command: 'npm run bench:ingest-memory -- [MODEL.onnx ...]',
      date: new Date().toISOString(),
      machine: machine(),
      results,
    };
    mkdirSync(join(dirname(self), 'results'), { recursive: true });
    const path = join(dirname(self), 'results', 'ingest-memory.json');
    writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
    console.table(results);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (values.encoder !== undefined && values.images !== undefined) {
  const images = JSON.parse(readFileSync(values.images, 'utf8')) as string[];
  process.stdout.write(JSON.stringify(await ingestHere(values.dist, values.encoder, images)));
} else {
  await main();
}
