/**
 * Speed of the built-in encoder in one thread, on synthetic 512 x 512 slices: slices per second, and how many
 * times longer that takes than a bare pass that only adds up the pixels. Run from the root of the repository:
 *
 *     node --import tsx benchmarks/descriptor.ts
 *
 * Prints its report and writes benchmarks/results/descriptor.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDescriptorEncoder } from '../src/encoder/descriptor/descriptor.js';
import type { IntensityContext, SliceImage } from '../src/volume/volume.js';
import { randomNumbers } from '../tests/random.js';
import { machine } from './machine.js';

const size = 512;
const distinctSlices = 32;
const rounds = 12;

/** A chest-like slice in HU: body, lungs, heart, spine, ribs, table, noise. */
function syntheticSlice(random: () => number): SliceImage {
  const pixels = new Float32Array(size * size);
  const scale = 0.8 + 0.4 * random();
  const ellipses = [
    { x: 256, y: 250, a: 215 * scale, b: 150 * scale, value: -90 },
    { x: 256, y: 250, a: 195 * scale, b: 132 * scale, value: 45 },
    { x: 160, y: 235, a: 75 * scale, b: 100 * scale, value: -840 },
    { x: 352, y: 235, a: 75 * scale, b: 100 * scale, value: -840 },
    { x: 275, y: 215, a: 60 * scale, b: 50 * scale, value: 110 },
    { x: 256, y: 330, a: 26 * scale, b: 24 * scale, value: 320 },
    ...Array.from({ length: 10 }, (_, i) => ({
      x: 256 + 200 * scale * Math.cos((i * Math.PI) / 5),
      y: 250 + 138 * scale * Math.sin((i * Math.PI) / 5),
      a: 10,
      b: 7,
      value: 600,
    })),
  ];
  pixels.fill(-1000);
  for (const { x, y, a, b, value } of ellipses)
    for (let row = Math.max(0, Math.ceil(y - b)); row <= Math.min(size - 1, y + b); row++)
      for (let column = Math.max(0, Math.ceil(x - a)); column <= Math.min(size - 1, x + a); column++)
        if (((column - x) / a) ** 2 + ((row - y) / b) ** 2 <= 1) pixels[row * size + column] = value;
  for (let row = 440; row < 446; row++) pixels.fill(150, row * size + 60, row * size + 452);
  for (let i = 0; i < pixels.length; i++) pixels[i]! += 40 * (random() + random() + random() - 1.5);
  return { pixels, width: size, height: size, pixelSpacing: [0.78, 0.78] };
}

function sumOfPixels({ pixels }: SliceImage): number {
  let sum = 0;
  for (let i = 0; i < pixels.length; i++) sum += pixels[i]!;
  return sum;
}

/**
 * Milliseconds per slice: of each slice the fastest of all rounds, because other processes only ever make it
 * slower, and of these the mean.
 */
async function fastestMean(work: (slice: SliceImage) => Promise<unknown> | unknown): Promise<number> {
  const fastest = slices.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++)
    for (const [i, slice] of slices.entries()) {
      const start = performance.now();
      await work(slice);
      fastest[i] = Math.min(fastest[i]!, performance.now() - start);
    }
  return fastest.reduce((sum, milliseconds) => sum + milliseconds, 0) / slices.length;
}

const random = randomNumbers(1);
const slices = Array.from({ length: distinctSlices }, () => syntheticSlice(random));
const encoder = createDescriptorEncoder();
const report: Record<string, unknown>[] = [];
for (const modality of ['CT', 'MR'] as const) {
  const intensity: IntensityContext = { modality, percentiles: [-1024, 600] };
  const bareMs = await fastestMean(sumOfPixels);
  const encodeMs = await fastestMean((slice) => encoder.embed([slice], intensity));
  report.push({
    modality,
    millisecondsPerSlice: Number(encodeMs.toFixed(3)),
    slicesPerSecond: Math.round(1000 / encodeMs),
    barePassMillisecondsPerSlice: Number(bareMs.toFixed(3)),
    timesBarePass: Number((encodeMs / bareMs).toFixed(1)),
  });
}
const result = {
  benchmark: 'descriptor encoder, 512 x 512 slices, one thread',
  encoder: encoder.identity.name,
  dimension: encoder.identity.dimension,
  date: new Date().toISOString().slice(0, 10),
  machine: machine(),
  slices: distinctSlices,
  rounds,
  results: report,
};
mkdirSync(join('benchmarks', 'results'), { recursive: true });
writeFileSync(join('benchmarks', 'results', 'descriptor.json'), `${JSON.stringify(result, undefined, 2)}\n`);
console.log(JSON.stringify(result, undefined, 2));
