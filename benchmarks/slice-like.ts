import type { SliceVectors } from '../src/index/slice-index.js';
import { randomNumbers } from '../tests/random.js';

/** Levels of the common anatomy: every volume walks along a stretch of them. */
const levels = 60;
/** Length of what is peculiar to a volume, to a slice beside the one before, and to a slice alone. */
const volumeNoise = 0.45;
const walkNoise = 0.12;
const sliceNoise = 0.1;

/**
 * Vectors with the structure of slice embeddings: neighbours within a volume are alike (a random walk on the
 * sphere), and slices of different volumes at the same level are alike (centres that all volumes share).
 *
 * @param rowsPerVolume slices of each volume; the last one has what is left of `rows`.
 * @param seed another seed with the same `anatomySeed` gives other patients of the same anatomy.
 */
export function sliceLikeVectors(
  rows: number,
  dimension: number,
  rowsPerVolume: number,
  seed: number,
  anatomySeed = 0,
): SliceVectors {
  const centers = anatomy(dimension, anatomySeed);
  const random = randomNumbers(seed);
  const embeddings = new Float32Array(rows * dimension);
  const volumes: { firstRow: number; rowCount: number }[] = [];
  for (let firstRow = 0; firstRow < rows; firstRow += rowsPerVolume) {
    const rowCount = Math.min(rowsPerVolume, rows - firstRow);
    volumes.push({ firstRow, rowCount });
    const first = random() * (levels / 2);
    const span = levels / 4 + random() * (levels / 4 - 1);
    const walk = gaussianVector(dimension, volumeNoise, random);
    for (let slice = 0; slice < rowCount; slice++) {
      const level = first + (span * slice) / rowCount;
      const lower = centers[Math.floor(level)]!;
      const upper = centers[Math.floor(level) + 1]!;
      const share = level - Math.floor(level);
      const step = gaussianVector(dimension, walkNoise, random);
      const own = gaussianVector(dimension, sliceNoise, random);
      const shrink = Math.sqrt(1 - (walkNoise / volumeNoise) ** 2);
      const vector = embeddings.subarray((firstRow + slice) * dimension, (firstRow + slice + 1) * dimension);
      for (let i = 0; i < dimension; i++) {
        // Shrunk a little, so that the walk keeps its distance from the centres however long it is.
        walk[i] = shrink * walk[i]! + step[i]!;
        vector[i] = (1 - share) * lower[i]! + share * upper[i]! + walk[i]! + own[i]!;
      }
      normalize(vector);
    }
  }
  return { dimension, embeddings, volumes };
}

/** Centres along the body, each correlated with the one before. */
function anatomy(dimension: number, seed: number): Float32Array[] {
  const random = randomNumbers(seed);
  const centers: Float32Array[] = [];
  for (let level = 0; level <= levels; level++) {
    const center = gaussianVector(dimension, 1, random);
    const before = centers.at(-1);
    if (before) for (let i = 0; i < dimension; i++) center[i] = before[i]! + 0.5 * center[i]!;
    normalize(center);
    centers.push(center);
  }
  return centers;
}

/** Of about the given length. */
function gaussianVector(dimension: number, length: number, random: () => number): Float32Array {
  const vector = new Float32Array(dimension);
  const scale = length / Math.sqrt(dimension);
  for (let i = 0; i < dimension; i++) {
    // Box and Muller; 1 - u is never 0.
    vector[i] = scale * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  }
  return vector;
}

function normalize(vector: Float32Array): void {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const norm = Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i]! /= norm;
}
