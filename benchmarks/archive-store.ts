/**
 * What the archive itself costs, without reading volumes and without an encoder: stores 1,000 volumes of 100
 * slices with random unit vectors of 384 numbers, as an ingest does (look for the volume, store it, compact
 * now and then), reads all of it back, and compares with reading the same bytes from a bare file in the same
 * process. Run from the repository:
 *
 *     node --import tsx benchmarks/archive-store.ts
 *
 * Prints a table and writes benchmarks/results/archive-store.json.
 */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Archive } from '../src/archive/archive.js';
import { compactSlicesEvery, compactVolumesEvery } from '../src/archive/ingest.js';
import type { SliceRecord, VolumeRecord } from '../src/archive/records.js';
import { randomNumbers } from '../tests/random.js';
import { machine } from './machine.js';

const volumes = 1000;
const slicesPerVolume = 100;
const dimension = 384;
/** Volumes at the beginning and at the end whose rate is reported. */
const stretch = 100;
const repetitions = 5;

const uniform = randomNumbers(1);
/** In [-1, 1). */
const random = () => 2 * uniform() - 1;

function unitVectors(): Float32Array {
  const vectors = Float32Array.from({ length: slicesPerVolume * dimension }, random);
  for (let row = 0; row < slicesPerVolume; row++) {
    const vector = vectors.subarray(row * dimension, (row + 1) * dimension);
    const norm = Math.hypot(...vector);
    for (let i = 0; i < dimension; i++) vector[i]! /= norm;
  }
  return vectors;
}

const slices = Array.from(
  { length: slicesPerVolume },
  (_, index): SliceRecord => ({
    plane: 'axial',
    index,
    positionMm: 3 * index,
    center: [0, 0, 3 * index],
    labelVoxels: new Map([
      ['liver', 100 + index],
      ['spleen', 50],
    ]),
    dicomImage: null,
  }),
);

function record(number: number): Omit<VolumeRecord, 'revision' | 'sliceCount'> {
  const id = `volume-${String(number).padStart(5, '0')}`;
  const hash = number.toString(16).padStart(64, '0');
  return {
    id,
    patient: `patient-${number}`,
    split: 'train',
    modality: 'CT',
    region: 'abdomen',
    labels: ['liver', 'spleen'],
    annotated: null,
    imagePath: `/data/${id}/ct.nii.gz`,
    maskPath: null,
    labelTablePath: null,
    imageHash: hash,
    contentHash: hash,
    size: [512, 512, slicesPerVolume],
    spacing: [0.8, 0.8, 3],
    affine: [0.8, 0, 0, 0, 0, 0.8, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1],
    percentiles: [-1000, 600],
    airSlices: 0,
    voxseekVersion: '0.0.0',
    ingestedAt: '2026-01-01T00:00:00.000Z',
    dicom: null,
  };
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0);
}

const megabytes = (bytes: number) => Number((bytes / 1e6).toFixed(1));

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Median milliseconds of some runs. */
async function medianMs(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < repetitions; run++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return median(times);
}

const folder = mkdtempSync(join(tmpdir(), 'voxseek-benchmark-'));
try {
  const path = join(folder, 'archive');
  const archive = await Archive.openOrCreate(path, {
    encoder: { name: 'random', weightsHash: '0'.repeat(64), dimension, preprocessing: {} },
    encoderSource: { name: 'random', options: {} },
    slicing: { plane: 'axial', everyMm: null },
    createdWith: '0.0.0',
  });
  const lookMs: number[] = [];
  const storeMs: number[] = [];
  let compactMs = 0;
  let largestBytes = 0;
  for (let number = 0; number < volumes; number++) {
    const embeddings = unitVectors();
    const volume = record(number);
    const start = performance.now();
    await archive.volumes(`id = '${volume.id}' OR content_hash = '${volume.contentHash}'`);
    const looked = performance.now();
    await archive.store(volume, slices, embeddings, undefined);
    const done = performance.now();
    lookMs.push(looked - start);
    storeMs.push(done - looked);
    const stored = number + 1;
    if (stored % compactVolumesEvery === 0 || stored === volumes) {
      largestBytes = Math.max(largestBytes, bytesBelow(path));
      const before = performance.now();
      await archive.compact(stored % compactSlicesEvery === 0 || stored === volumes ? 'all' : 'volumes');
      compactMs += performance.now() - before;
      console.log(`${stored} volumes, ${megabytes(bytesBelow(path))} MB`);
    }
  }
  const at = (from: number) => {
    const look = median(lookMs.slice(from, from + stretch));
    const store = median(storeMs.slice(from, from + stretch));
    return {
      lookMs: Number(look.toFixed(1)),
      storeMs: Number(store.toFixed(1)),
      volumesPerSecond: Number((1000 / (look + store)).toFixed(1)),
    };
  };
  const quarters = [0, 0.25, 0.5, 0.75].map((share) => at(share * volumes));
  const atTheEnd = at(volumes - stretch);

  const vectorBytes = volumes * slicesPerVolume * dimension * Float32Array.BYTES_PER_ELEMENT;
  const diskBytes = bytesBelow(path);
  const records = await archive.volumes();
  const bare = join(folder, 'bare');
  writeFileSync(bare, Buffer.alloc(vectorBytes, 1));
  const bareMs = await medianMs(() => readFileSync(bare));
  const loadMs = await medianMs(() => archive.loadSlices(records));
  const volumesMs = await medianMs(() => archive.volumes());
  const oneMs = await medianMs(() => archive.loadSlices(records.slice(500, 501)));
  await archive.close();

  const report = {
    benchmark: 'the store of the archive, without volumes and encoder',
    command: 'node --import tsx benchmarks/archive-store.ts',
    date: new Date().toISOString(),
    machine: machine(),
    volumes,
    slicesPerVolume,
    dimension,
    compactVolumesEvery,
    compactSlicesEvery,
    adding: {
      beginning: quarters[0],
      afterAQuarter: quarters[1],
      afterAHalf: quarters[2],
      afterThreeQuarters: quarters[3],
      end: atTheEnd,
      compactSeconds: Number((compactMs / 1000).toFixed(2)),
      totalSeconds: Number(
        ((lookMs.reduce((a, b) => a + b) + storeMs.reduce((a, b) => a + b) + compactMs) / 1000).toFixed(1),
      ),
    },
    disk: {
      vectorsMB: megabytes(vectorBytes),
      archiveMB: megabytes(diskBytes),
      timesVectors: Number((diskBytes / vectorBytes).toFixed(3)),
      largestBeforeACompactionMB: megabytes(largestBytes),
      files: readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
        .length,
    },
    reading: {
      volumesMs: Number(volumesMs.toFixed(1)),
      loadOneVolumeMs: Number(oneMs.toFixed(1)),
      loadAllMs: Number(loadMs.toFixed(0)),
      loadAllMBPerSecond: Math.round(vectorBytes / 1e3 / loadMs),
      bareFileMs: Number(bareMs.toFixed(0)),
      bareFileMBPerSecond: Math.round(vectorBytes / 1e3 / bareMs),
      timesBareFile: Number((loadMs / bareMs).toFixed(1)),
    },
  };
  const target = join(dirname(fileURLToPath(import.meta.url)), 'results', 'archive-store.json');
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${JSON.stringify(report, null, 2)}\n`);
  console.table(report.adding);
  console.table(report.disk);
  console.table(report.reading);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
