import { setImmediate } from 'node:timers/promises';
import type { Encoder } from '../encoder/encoder.js';
import type { SlicePosition } from '../volume/slice.js';
import { orInterrupted } from './in-turn.js';
import type { Cutting } from './reading/cutting.js';
import type { CutVolume, PreparedGroup } from './reading/volume-cutter.js';

/** The slices of a volume with their embeddings. */
export interface EncodedVolume {
  readonly slices: readonly SlicePosition[];
  /** Row-major [slices.length, dimension], every row of norm 1. */
  readonly embeddings: Float32Array;
  /** How many were left out because they show only air. */
  readonly airSlices: number;
}

/**
 * Encodes the slices of a volume as they are cut.
 *
 * @throws VoxseekError ENCODER_OUTPUT_INVALID, INTERRUPTED, and what cutting throws
 */
export async function encodeCutting(
  cutting: Cutting,
  encoder: Encoder,
  signal: AbortSignal,
): Promise<EncodedVolume> {
  const slices: SlicePosition[] = [];
  const parts: Float32Array[] = [];
  let airSlices = 0;
  for (;;) {
    const group = await orInterrupted(cutting.next(), signal);
    if (group === undefined) break;
    airSlices += group.airSlices;
    if (group.slices.length === 0) continue;
    slices.push(...group.slices);
    parts.push(await embedGroup(encoder, group, cutting.cut));
    // A network blocks this thread: what other volumes wait for is looked at in between.
    await setImmediate();
  }
  const embeddings = new Float32Array(slices.length * encoder.identity.dimension);
  let offset = 0;
  for (const part of parts) {
    embeddings.set(part, offset);
    offset += part.length;
  }
  return { slices, embeddings, airSlices };
}

function embedGroup(
  encoder: Encoder,
  { slices, values }: PreparedGroup,
  { image, intensity, valuesPerSlice }: CutVolume,
): Promise<Float32Array> {
  if (encoder.staged) return encoder.staged.embedPrepared(values, slices.length);
  const images = slices.map((_, i) => ({
    ...image,
    pixels: values.subarray(i * valuesPerSlice, (i + 1) * valuesPerSlice),
  }));
  return encoder.embed(images, intensity);
}
