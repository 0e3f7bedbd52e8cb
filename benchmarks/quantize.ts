/**
 * Speed and fidelity of encoders that multiply integers (`voxseek encoders quantize`), beside the
 * float32 originals: bare inference on ready tensors of phantom slices, in turns, the same threads. Run from the root
 * of the repository:
 *
 *     npm run bench:quantize [-- --threads 1,2 --rounds 5 MODEL.onnx ...]
 *
 * Without models, ViT-S/16, ViT-B/16, Swin-T and ResNet50 are made by tools/export with random weights (python3 with
 * torch and torchvision): trained ones are not redistributable, and speed does not depend on them. Their cosines are
 * those of random Gaussian weights at the scale of trained ones.
 *
 * Prints its report and writes benchmarks/results/quantize.json. Beside the wall clock it counts the processor time of
 * this process, which other programs on the machine disturb less.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Encoder } from '../src/encoder/encoder.js';
import { createOnnxEncoder } from '../src/encoder/onnx.js';
import { createPreparer } from '../src/encoder/preparation.js';
import { type QuantizedEncoder, quantizeEncoder } from '../src/encoder/quantize/quantize-encoder.js';
import { weightBitsHere } from '../src/encoder/quantize/weight-bits.js';
import { VoxseekError } from '../src/errors.js';
import { generatePhantom } from '../src/phantom/generate.js';
import { intensityContext } from '../src/volume/intensity.js';
import { slicePositions, sliceVoxels } from '../src/volume/slice.js';
import { machine } from './machine.js';

const phantoms = 8;

const { values: options, positionals: given } = parseArgs({
  options: { threads: { type: 'string' }, rounds: { type: 'string', default: '5' } },
  allowPositionals: true,
});
const threadCounts = options.threads?.split(',').map(Number) ?? [...new Set([1, availableParallelism()])];
const rounds = Number(options.rounds);

const exportRandom = `
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, "tools/export")
import warnings
warnings.filterwarnings("ignore")
import torch
from export import export
from networks import random_network
for architecture, preset in (("dino_vits16", "dinov1-vitb16"), ("dino_vitb16", "dinov1-vitb16"),
                             ("swin_t", "swin-radimagenet"), ("resnet50", "resnet50-fractal")):
    with torch.no_grad():
        export(random_network(architecture, seed=7), preset, sys.argv[1], architecture)
`;

/**
 * A slice of each phantom as the network is given it, one after the other.
 *
 * @param part how far up in the phantom, from 0 to 1.
 */
function preparedSlices(encoder: Encoder, part: number): Float32Array {
  const preparer = createPreparer(encoder.staged!.preparation);
  const parts: Float32Array[] = [];
  for (let index = 0; index < phantoms; index++) {
    const { image } = generatePhantom({ seed: 1, index });
    const intensity = intensityContext(image, 'CT', 'phantom');
    const positions = slicePositions(image, 'axial');
    const slice = sliceVoxels(image, 'axial', positions[Math.floor(part * positions.length)]!.index);
    const values = new Float32Array(preparer.valuesPerSlice(slice));
    preparer.prepare(slice, intensity, values, 0);
    parts.push(values);
  }
  const all = new Float32Array(parts.length * parts[0]!.length);
  for (const [i, part] of parts.entries()) all.set(part, i * part.length);
  return all;
}

interface Run {
  readonly embeddings: Float32Array;
  readonly seconds: number;
  readonly processorSeconds: number;
}

async function run(encoder: Encoder, prepared: Float32Array): Promise<Run> {
  const [processor, started] = [process.cpuUsage(), performance.now()];
  const embeddings = await encoder.staged!.embedPrepared(prepared, phantoms);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(processor);
  return { embeddings, seconds, processorSeconds: (user + system) / 1e6 };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** Dense layers; where there is none, convolutions, calibrated on other slices than those that are measured. */
async function quantize(model: string, out: string, encoder: Encoder): Promise<QuantizedEncoder> {
  const bits = await weightBitsHere();
  const { preparation } = encoder.staged!;
  if (preparation.kind !== 'network-input') throw new Error(`${model} is no network`);
  try {
    return await quantizeEncoder(model, out, bits);
  } catch (error) {
    if (!(error instanceof VoxseekError) || !error.reason.includes('nothing to quantize')) throw error;
    const { channels, inputSize } = preparation.preprocessing;
    const parts = [0.3, 0.4, 0.6, 0.7].map((part) => preparedSlices(encoder, part));
    const values = new Float32Array(parts.length * parts[0]!.length);
    for (const [i, part] of parts.entries()) values.set(part, i * part.length);
    const count = parts.length * phantoms;
    return quantizeEncoder(model, out, bits, { values, count, shape: [channels, ...inputSize] });
  }
}

async function measure(model: string, folder: string, threads: number) {
  const out = join(folder, `${basename(model, '.onnx')}-q8.onnx`);
  const before = await createOnnxEncoder(model, { threads });
  const quantized = await quantize(model, out, before);
  const after = await createOnnxEncoder(out, { threads });
  const prepared = preparedSlices(before, 0.5);
  await run(before, prepared);
  await run(after, prepared);
  const pairs: { float: Run; integer: Run }[] = [];
  for (let i = 0; i < rounds; i++) {
    pairs.push({ float: await run(before, prepared), integer: await run(after, prepared) });
  }
  const count = phantoms;
  const { dimension } = before.identity;
  const { float, integer } = pairs[0]!;
  const cosines = Array.from({ length: count }, (_, row) => {
    let sum = 0;
    for (let i = row * dimension; i < (row + 1) * dimension; i++) {
      sum += float.embeddings[i]! * integer.embeddings[i]!;
    }
    return sum;
  });
  await before.close();
  await after.close();
  const best = (runs: readonly Run[]) => Math.min(...runs.map(({ seconds }) => seconds));
  return {
    model: basename(model, '.onnx'),
    threads,
    layers: quantized.layers,
    convolutions: quantized.convolutions,
    weightBits: quantized.bits,
    megabytes: { before: round(quantized.bytesBefore / 1e6, 1), after: round(quantized.bytesAfter / 1e6, 1) },
    bestSlicesPerSecond: {
      before: round(count / best(pairs.map((pair) => pair.float)), 2),
      after: round(count / best(pairs.map((pair) => pair.integer)), 2),
    },
    medianSpeedup: round(median(pairs.map((pair) => pair.float.seconds / pair.integer.seconds)), 2),
    medianSpeedupOfProcessorTime: round(
      median(pairs.map((pair) => pair.float.processorSeconds / pair.integer.processorSeconds)),
      2,
    ),
    cosine: {
      mean: round(cosines.reduce((sum, value) => sum + value, 0) / count, 6),
      worst: round(Math.min(...cosines), 6),
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'voxseek-quantize-'));
try {
  if (given.length === 0) {
    execFileSync('/usr/bin/python3', ['-c', exportRandom, folder], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const models =
    given.length > 0
      ? given
      : ['dino_vits16', 'dino_vitb16', 'swin_t', 'resnet50'].map((name) => join(folder, `${name}.onnx`));
  const results: (Awaited<ReturnType<typeof measure>> | { model: string; refused: string })[] = [];
  for (const model of models) {
    for (const threads of threadCounts) {
      try {
        results.push(await measure(model, folder, threads));
      } catch (error) {
        if (!(error instanceof VoxseekError) || error.code !== 'ENCODER_INVALID') throw error;
        results.push({ model: basename(model, '.onnx'), refused: error.reason });
        break;
      }
    }
  }
  const report = { machine: machine(), slices: phantoms, rounds, results };
  mkdirSync(resolve('benchmarks/results'), { recursive: true });
  writeFileSync('benchmarks/results/quantize.json', `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
