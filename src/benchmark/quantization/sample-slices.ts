import type { Encoder } from '../../encoder/encoder.js';
import { createPreparer } from '../../encoder/preparation.js';
import type { CalibrationSlices } from '../../encoder/quantize/activation-ranges.js';
import { VoxseekError } from '../../errors.js';
import { guessModality, intensityContext, isAir } from '../../volume/intensity.js';
import { extractSlice, slicePositions } from '../../volume/slice.js';
import type { IntensityContext, Modality, Plane, SliceImage, Volume } from '../../volume/volume.js';

/** A volume to take slices of. */
export interface VolumeToCompare {
  readonly id: string;
  /** undefined: told from the values. */
  readonly modality: Modality | undefined;
  read(): Promise<Volume>;
}

/** Slices of one volume. */
export interface Sample {
  readonly slices: readonly SliceImage[];
  readonly intensity: IntensityContext;
}

/**
 * @param count of slices, at most; fewer where some are air.
 * @returns undefined where the volume cannot be read, which `onWarning` is told.
 */
export async function sampleOf(
  { id, modality, read }: VolumeToCompare,
  plane: Plane,
  count: number,
  onWarning: ((message: string) => void) | undefined,
): Promise<Sample | undefined> {
  try {
    const volume = await read();
    const measured = intensityContext(volume, 'CT', id);
    const intensity = { ...measured, modality: modality ?? guessModality(measured) };
    const slices = evenly(slicePositions(volume, plane), count)
      .map(({ index }) => extractSlice(volume, plane, index))
      .filter((slice) => !isAir(slice, intensity));
    return { slices, intensity };
  } catch (error) {
    if (!(error instanceof VoxseekError)) throw error;
    onWarning?.(`${id} is left out: ${error.message}`);
    return undefined;
  }
}

/** @returns `count` of the items: the middles of as many equal parts. */
export function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor(((i + 0.5) * items.length) / count)]!);
}

/** Volumes to calibrate on, and slices of each: more of one volume tell less than those of another one. */
const calibrationVolumes = 16;
const calibrationSlicesPerVolume = 3;

/**
 * Slices to measure the ranges of activations on, as the network is given them.
 *
 * @param encoder a network.
 * @throws VoxseekError INPUT_EMPTY where no volume has a slice that is not air; USAGE where the encoder is none
 */
export async function calibrationSlices(
  encoder: Encoder,
  volumes: readonly VolumeToCompare[],
  plane: Plane,
  onWarning?: (message: string) => void,
): Promise<CalibrationSlices> {
  const preparation = encoder.staged?.preparation;
  if (preparation?.kind !== 'network-input') {
    throw new VoxseekError('USAGE', 'is no network', { subject: encoder.identity.name });
  }
  const preparer = createPreparer(preparation);
  const parts: Float32Array[] = [];
  for (const volume of evenly(volumes, calibrationVolumes)) {
    const sample = await sampleOf(volume, plane, calibrationSlicesPerVolume, onWarning);
    for (const { pixels, width, height, pixelSpacing } of sample?.slices ?? []) {
      const slice = { data: pixels, width, height, pixelSpacing, start: 0, stepX: 1, stepY: width };
      const values = new Float32Array(preparer.valuesPerSlice(slice));
      preparer.prepare(slice, sample!.intensity, values, 0);
      parts.push(values);
    }
  }
  if (parts.length === 0) {
    throw new VoxseekError('INPUT_EMPTY', 'there is no slice to calibrate on', {
      subject: volumes[0]?.id ?? 'volumes',
    });
  }
  const values = new Float32Array(parts.length * parts[0]!.length);
  for (const [place, part] of parts.entries()) values.set(part, place * part.length);
  const { channels, inputSize } = preparation.preprocessing;
  return { values, count: parts.length, shape: [channels, ...inputSize] };
}
