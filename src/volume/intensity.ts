import { VoxseekError } from '../errors.js';
import type { IntensityContext, Modality, SliceImage, Volume } from './volume.js';

const bins = 65536;
const lowQuantile = 0.005;
const highQuantile = 0.995;

/** What of a slice has to lie above air before it is kept. */
const minimalTissueShare = 0.001;
/** HU; between lung (about -850 to -500, always within a chest wall) and fat (about -100). */
const airBelowHu = -300;
/** For MR, as a share of the way from the low to the high percentile of the volume. */
const airBelowMrShare = 0.08;

/**
 * @returns the 0.5th and 99.5th percentile over all voxels, to 1/65536 of the range of values.
 * @throws VoxseekError VOLUME_NOT_FINITE where a voxel is NaN or infinite.
 */
export function intensityContext(volume: Volume, modality: Modality, subject: string): IntensityContext {
  const { data } = volume;
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
  if (high === low) return { modality, percentiles: [low, high] };

  const counts = new Uint32Array(bins);
  const binsPerUnit = (bins - 1) / (high - low);
  for (let i = 0; i < data.length; i++) counts[Math.round((data[i]! - low) * binsPerUnit)]!++;
  const quantile = (share: number) => {
    let below = 0;
    for (let bin = 0; bin < bins; bin++) {
      below += counts[bin]!;
      if (below >= share * data.length) return low + bin / binsPerUnit;
    }
    return high;
  };
  return { modality, percentiles: [quantile(lowQuantile), quantile(highQuantile)] };
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
export function isAir(slice: SliceImage, { modality, percentiles: [low, high] }: IntensityContext): boolean {
  const threshold = modality === 'CT' ? airBelowHu : low + airBelowMrShare * (high - low);
  const enough = Math.max(1, minimalTissueShare * slice.pixels.length);
  let tissue = 0;
  for (let i = 0; i < slice.pixels.length; i++) {
    if (slice.pixels[i]! > threshold && ++tissue >= enough) return false;
  }
  return true;
}
