import { VoxseekError } from '../errors.js';
import type { SliceVoxels } from './slice.js';
import type { IntensityContext, Modality, SliceImage, Volume, VoxelArray } from './volume.js';

const bins = 65536;
/** Bins between the two percentiles from which on they are exact enough. */
const sufficientBins = 1024;
const lowQuantile = 0.005;
const highQuantile = 0.995;

/** What of a slice has to lie above air before it is kept. */
const minimalTissueShare = 0.001;
/** HU; between lung (about -850 to -500, always within a chest wall) and fat (about -100). */
const airBelowHu = -300;
/** For MR, as a share of the way from the low to the high percentile of the volume. */
const airBelowMrShare = 0.08;

/**
 * @returns the 0.5th and 99.5th percentile over all voxels: exact for 8 and 16 bits, else to 1/1024 of their
 *   distance or better.
 * @throws VoxseekError VOLUME_NOT_FINITE where a voxel is NaN or infinite.
 */
export function intensityContext(volume: Volume, modality: Modality, subject: string): IntensityContext {
  const { data } = volume;
  const isExact = data.BYTES_PER_ELEMENT <= 2;
  return {
    modality,
    percentiles: isExact ? percentilesOfIntegers(data) : percentilesOfNumbers(data, subject),
  };
}

/** Of 8 or 16 bits each value has a bin of its own: one pass, exact. */
function percentilesOfIntegers(data: VoxelArray): [low: number, high: number] {
  const counts = new Uint32Array(bins);
  const lowest = data instanceof Int8Array || data instanceof Int16Array ? -bins / 2 : 0;
  for (let i = 0; i < data.length; i++) counts[data[i]! - lowest]!++;
  return [
    lowest + binOf(counts, lowQuantile * data.length),
    lowest + binOf(counts, highQuantile * data.length),
  ];
}

function percentilesOfNumbers(data: VoxelArray, subject: string): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let notFinite = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value - value !== 0) notFinite++;
    else {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (notFinite > 0) {
    throw new VoxseekError('VOLUME_NOT_FINITE', `${notFinite} of ${data.length} voxels are NaN or infinite`, {
      subject,
    });
  }
  return high === low ? [low, high] : percentilesBetween(data, low, high);
}

/**
 * Counts voxels in bins between `low` and `high`; where the percentiles come to lie in a few bins, only these
 * are counted again, more finely, so that a single voxel of 1e30 does not blur all others.
 */
function percentilesBetween(data: VoxelArray, low: number, high: number): [low: number, high: number] {
  const counts = new Uint32Array(bins);
  let [from, to, below] = [low, high, 0];
  for (;;) {
    const width = (to - from) / bins;
    counts.fill(0);
    for (let i = 0; i < data.length; i++) {
      const value = data[i]!;
      if (value >= from && value <= to) counts[Math.min(bins - 1, Math.floor((value - from) / width))]!++;
    }
    const lowBin = binOf(counts, lowQuantile * data.length - below);
    const highBin = binOf(counts, highQuantile * data.length - below);
    const isFine = highBin - lowBin >= sufficientBins || width <= 1e-6 * Math.max(1, Math.abs(from));
    if (isFine) return [from + lowBin * width, from + highBin * width];
    for (let bin = 0; bin < lowBin; bin++) below += counts[bin]!;
    [from, to] = [from + lowBin * width, from + (highBin + 1) * width];
  }
}

/** The first bin up to which at least `target` voxels are counted. */
function binOf(counts: Uint32Array, target: number): number {
  let sum = counts[0]!;
  let bin = 0;
  while (sum < target && bin < bins - 1) sum += counts[++bin]!;
  return bin;
}

/**
 * CT or MR, told from the values: CT has at least 0.5 % of air, lung or fat at -50 HU or below (and no padding
 * below -5000); MR begins at about 0. A guess for files that say nothing; cohorts and options overrule it.
 */
export function guessModality({ percentiles: [low, high] }: Pick<IntensityContext, 'percentiles'>): Modality {
  return low <= -50 && high > 0 && low >= -5000 ? 'CT' : 'MR';
}

/**
 * Whether a slice shows nothing but air (or background): less than one pixel in a thousand is brighter than
 * -300 HU (CT), or than 8 % of the way between the volume's percentiles (MR).
 */
export function isAir({ pixels, ...image }: SliceImage, intensity: IntensityContext): boolean {
  return isAirAt({ ...image, data: pixels, start: 0, stepX: 1, stepY: image.width }, intensity);
}

/** As {@link isAir}, of a slice where it lies. */
export function isAirAt(
  { data, width, height, start, stepX, stepY }: SliceVoxels,
  { modality, percentiles: [low, high] }: IntensityContext,
): boolean {
  const threshold = modality === 'CT' ? airBelowHu : low + airBelowMrShare * (high - low);
  const enough = Math.max(1, minimalTissueShare * width * height);
  let tissue = 0;
  // From the middle row on, and around: where there is a body, it is found at once.
  for (let row = 0; row < height; row++) {
    const y = (row + (height >> 1)) % height;
    let voxel = start + y * stepY;
    for (let x = 0; x < width; x++, voxel += stepX) {
      // Rounded as the pixels of an image are.
      if (Math.fround(data[voxel]!) > threshold && ++tissue >= enough) return false;
    }
  }
  return true;
}
