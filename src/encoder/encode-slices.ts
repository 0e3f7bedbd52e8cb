import { VoxseekError } from '../errors.js';
import { isAir } from '../volume/intensity.js';
import { cropSlice, extractSlice, type PixelRectangle, type SlicePosition } from '../volume/slice.js';
import type { IntensityContext, Plane, SliceImage, Volume } from '../volume/volume.js';
import type { Encoder } from './encoder.js';

/** Slices that are cut and handed to the encoder at a time; bounds the memory, not the encoder's own batch. */
const batchSlices = 16;

export interface EncodeOptions {
  /** Part of every slice to look at, in pixels of the display orientation; default: all of it. */
  readonly crop?: PixelRectangle;
  /** Slices that are kept even where they show only air. */
  readonly keep?: (slice: SlicePosition) => boolean;
  readonly signal?: AbortSignal;
  /** Told the number of slices that are done, after each batch. */
  readonly onProgress?: (done: number) => void;
}

export interface EncodedSlices {
  /** The slices that were encoded, in the given order. */
  readonly slices: readonly SlicePosition[];
  /** Row-major [slices.length, dimension], every row of norm 1. */
  readonly embeddings: Float32Array;
  /** How many were left out because they show only air. */
  readonly airSlices: number;
}

/**
 * Cuts slices from a volume and encodes them, air left out.
 *
 * @param positions the slices to take, of the plane.
 * @throws VoxseekError ENCODER_OUTPUT_INVALID, INTERRUPTED
 */
export async function encodeSlices(
  volume: Volume,
  plane: Plane,
  positions: readonly SlicePosition[],
  intensity: IntensityContext,
  encoder: Encoder,
  { crop, keep, signal, onProgress }: EncodeOptions = {},
): Promise<EncodedSlices> {
  const { dimension } = encoder.identity;
  const slices: SlicePosition[] = [];
  const parts: Float32Array[] = [];
  for (let begin = 0; begin < positions.length; begin += batchSlices) {
    if (signal?.aborted) throw new VoxseekError('INTERRUPTED', 'stopped while encoding');
    const images: SliceImage[] = [];
    const batch = positions.slice(begin, begin + batchSlices);
    for (const position of batch) {
      const whole = extractSlice(volume, plane, position.index);
      const image = crop ? cropSlice(whole, crop) : whole;
      if (isAir(image, intensity) && !keep?.(position)) continue;
      images.push(image);
      slices.push(position);
    }
    if (images.length > 0) parts.push(await encoder.embed(images, intensity));
    onProgress?.(begin + batch.length);
  }
  const embeddings = new Float32Array(slices.length * dimension);
  let offset = 0;
  for (const part of parts) {
    embeddings.set(part, offset);
    offset += part.length;
  }
  return { slices, embeddings, airSlices: positions.length - slices.length };
}
