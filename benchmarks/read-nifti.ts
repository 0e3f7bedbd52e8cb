/**
 * Time and memory for reading one CT of 512 x 512 x 300 int16 from a .nii.gz: Voxseek's reader beside
 * @itk-wasm/image-io and nibabel. Each reader runs in processes of its own; the sum of all voxels shows that
 * each has read all of them. Run from the repository:
 *
 *     node --import tsx benchmarks/read-nifti.ts
 *
 * Prints a table and writes benchmarks/results/read-nifti.json.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine } from './machine.js';
import { size, writeCt } from './synthetic-ct.js';

const repetitions = 5;
const self = fileURLToPath(import.meta.url);

interface Measurement {
  readonly seconds: number;
  /** Largest resident set of the process when the file was read, and before its reader was given the file. */
  readonly peakMiB: number;
  readonly beforeMiB: number;
  /** Sum of all voxels. */
  readonly sum: number;
}

/** Loads its module when called; the function that it returns is what is timed. */
type Reader = () => Promise<(path: string) => Promise<ArrayLike<number>>>;

const readers: Readonly<Record<string, Reader>> = {
  voxseek: async () => {
    const { readNifti } = await import('../src/volume/nifti.js');
    return async (path) => (await readNifti(path)).data;
  },
  '@itk-wasm/image-io': async () => {
    const { readImageNode } = await import('@itk-wasm/image-io');
    return async (path) => (await readImageNode(path)).data as Int16Array;
  },
};

const nibabelProgram = `
import json, resource, sys, time
import numpy as np, nibabel
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
start = time.perf_counter()
voxels = np.asanyarray(nibabel.load(sys.argv[1]).dataobj)
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(dict(seconds=seconds, peakMiB=peak, beforeMiB=before, sum=int(voxels.sum(dtype=np.int64)))))
`;

const peakMiB = () => process.resourceUsage().maxRSS / 1024;

/** In a process of its own: reads the file once and prints the measurement. */
async function measureHere(name: string, path: string): Promise<void> {
  const read = await readers[name]!();
  const beforeMiB = peakMiB();
  const start = performance.now();
  const voxels = await read(path);
  const seconds = (performance.now() - start) / 1000;
  const peak = peakMiB();
  let sum = 0;
  for (let i = 0; i < voxels.length; i++) sum += voxels[i]!;
  const measurement: Measurement = { seconds, peakMiB: peak, beforeMiB, sum };
  process.stdout.write(JSON.stringify(measurement));
}

function measure(command: string, args: readonly string[]): Measurement {
  return JSON.parse(execFileSync(command, args, { encoding: 'utf8' }));
}

function findNibabel(): string | undefined {
  return ['/usr/bin/python3', 'python3'].find((python) => {
    try {
      execFileSync(python, ['-c', 'import nibabel, numpy'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'voxseek-benchmark-'));
  try {
    const path = join(folder, 'ct.nii.gz');
    const sum = await writeCt(path);
    const python = findNibabel();
    if (!python) console.log('nibabel is not measured: no Python has it.');
    const runs = new Map<string, () => Measurement>(
      Object.keys(readers).map((name) => [
        name,
        () => measure(process.execPath, [...process.execArgv, self, name, path]),
      ]),
    );
    if (python) runs.set('nibabel', () => measure(python, ['-c', nibabelProgram, path]));
    // In turns, so that other work on the machine slows all of them alike.
    const measured = new Map<string, Measurement[]>([...runs.keys()].map((name) => [name, []]));
    for (let repetition = 0; repetition < repetitions; repetition++) {
      for (const [name, run] of runs) measured.get(name)!.push(run());
    }

    const results = [...measured].map(([reader, all]) => {
      if (all.some((one) => one.sum !== sum))
        throw new Error(`${reader} has read other voxels than were written`);
      return {
        reader,
        medianSeconds: Number(median(all.map(({ seconds }) => seconds)).toFixed(3)),
        seconds: all.map(({ seconds }) => Number(seconds.toFixed(3))),
        peakMiB: Math.round(median(all.map((one) => one.peakMiB))),
        beforeMiB: Math.round(median(all.map((one) => one.beforeMiB))),
      };
    });
    const report = {
      benchmark: 'reading one .nii.gz',
      command: 'node --import tsx benchmarks/read-nifti.ts',
      date: new Date().toISOString(),
      machine: { ...machine(), loadAverage: Number(loadavg()[0]!.toFixed(1)) },
      file: {
        size,
        datatype: 'int16',
        voxelMiB: (2 * size[0] * size[1] * size[2]) / 2 ** 20,
        compressedMiB: Math.round(statSync(path).size / 2 ** 20),
      },
      repetitions,
      results,
    };
    const target = join(dirname(self), 'results', 'read-nifti.json');
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, `${JSON.stringify(report, null, 2)}\n`);
    console.log(
      `${size.join(' x ')} int16, ${report.file.voxelMiB} MiB (${report.file.compressedMiB} MiB compressed)`,
    );
    console.table(
      results.map(({ reader, medianSeconds, peakMiB, beforeMiB }) => ({
        reader,
        'median s': medianSeconds,
        'peak MiB': peakMiB,
        'MiB before reading': beforeMiB,
      })),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [readerName, filePath] = process.argv.slice(2);
if (readerName !== undefined && filePath !== undefined) await measureHere(readerName, filePath);
else await main();
