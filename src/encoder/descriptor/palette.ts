import type { IntensityContext, Modality } from '../../volume/volume.js';
import type { Curve } from './curve.js';

/** The pictures of one slice that blocks look at; each maps intensity to [0, 1]. */
export type Channel = 'tone' | 'soft';

/**
 * How intensities of one modality are read. Both modalities fill the same channels and classes, so that
 * their descriptors lie in one space; only CT gives the names their meaning.
 */
export interface Palette {
  /** Value of nothing: around the body and beyond the edge of the slice. */
  readonly air: number;
  /** Values above it are tissue. */
  readonly tissue: number;
  readonly channels: Readonly<Record<Channel, Curve>>;
  /** Centres of the classes of the histogram. */
  readonly classes: readonly number[];
}

/** Means over 2 mm are clipped to [low, high], then (value - offset) * scale. */
export interface IntensityScale {
  readonly low: number;
  readonly high: number;
  readonly offset: number;
  readonly scale: number;
}

/** CT in Hounsfield units, MR in [0, 1] between the percentiles of the volume. */
export const palettes: Readonly<Record<Modality, Palette>> = {
  CT: {
    air: -1000,
    tissue: -300,
    channels: {
      // Everything in one picture, with half of the range for soft tissue.
      tone: { from: [-1000, -300, -150, 250, 1200], to: [0, 0.2, 0.3, 0.8, 1] },
      // Level 40, width 320, between the usual windows of the abdomen and of the neck.
      soft: { from: [-120, 200], to: [0, 1] },
    },
    // Air, emphysema, lung, gas mixed with tissue, fat, fat mixed with tissue, water, soft tissue, enhanced
    // vessels and organs, spongy bone, bone, hard bone.
    classes: [-1000, -850, -600, -300, -110, -50, 10, 50, 100, 180, 300, 600, 1000],
  },
  MR: {
    air: 0,
    tissue: 0.1,
    channels: {
      tone: { from: [0, 0.05, 0.25, 0.6, 1], to: [0, 0.12, 0.42, 0.75, 1] },
      // Steep where tissue begins, nearly level above: what is bright depends on the sequence, where tissue is
      // does not.
      soft: { from: [0, 0.1, 0.3, 1], to: [0, 0.5, 0.8, 1] },
    },
    classes: [0, 0.04, 0.08, 0.12, 0.17, 0.23, 0.3, 0.38, 0.46, 0.55, 0.65, 0.8, 1],
  },
};

/** From stored values to the units of the palette of their modality. */
export function intensityScale(intensity: IntensityContext): IntensityScale {
  if (intensity.modality === 'CT') return { low: -1024, high: 2000, offset: 0, scale: 1 };
  const [low, high] = intensity.percentiles;
  return { low, high, offset: low, scale: high > low ? 1 / (high - low) : 0 };
}
