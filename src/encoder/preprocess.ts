import type { SliceVoxels } from '../volume/slice.js';
import type { IntensityContext, SliceImage } from '../volume/volume.js';
import { type GrayImage, type Interpolation, resize } from './resize.js';
import { scaleVoxelsToUnit } from './scale-voxels.js';
import { ScratchArray } from './scratch-array.js';
import { clipToUnit, type HounsfieldWindow } from './window.js';

/** Everything between the values of a slice and the input of a network. */
export interface Preprocessing {
  /** Rows and columns of the network's input, in pixels. */
  readonly inputSize: readonly [height: number, width: number];
  readonly channels: 1 | 3;
  /** CT: one window for all channels, or one for each. */
  readonly windows: readonly HounsfieldWindow[];
  readonly interpolation: Interpolation;
  /** The range [0, 1] is multiplied by this before the mean is subtracted: 255 for networks trained on bytes. */
  readonly rescale: number;
  /** One for each channel, in the units after `rescale`. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * The preprocessing as plain JSON, for the identity of an encoder: the same settings always give the same
 * text, because the keys stand in a fixed order.
 */
export function describePreprocessing(settings: Preprocessing): Record<string, unknown> {
  return {
    intensity: {
      CT: settings.windows.map(({ low, high }) => [low, high]),
      MR: 'percentiles 0.5 and 99.5 of the volume',
    },
    fit: 'aspect ratio in mm kept, centred, padded with 0 to the input size',
    interpolation: `${settings.interpolation}, antialiased, clipped to [0, 1]`,
    inputSize: [...settings.inputSize],
    channels: settings.channels,
    rescale: settings.rescale,
    mean: [...settings.mean],
    std: [...settings.std],
  };
}

/** Where a slice comes to lie in the network's input, in pixels. */
export interface Placement {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

/**
 * The largest centred rectangle of the slice's own aspect ratio, in millimetres, that fits the input.
 * Sizes are rounded to whole pixels (at least 1); an odd rest goes to the right and the bottom.
 */
export function placeSlice(
  slice: Omit<SliceImage, 'pixels'>,
  inputSize: readonly [height: number, width: number],
): Placement {
  const [inputHeight, inputWidth] = inputSize;
  const widthMm = slice.width * slice.pixelSpacing[0];
  const heightMm = slice.height * slice.pixelSpacing[1];
  const pixelsPerMm = Math.min(inputWidth / widthMm, inputHeight / heightMm);
  const width = Math.min(inputWidth, Math.max(1, Math.round(widthMm * pixelsPerMm)));
  const height = Math.min(inputHeight, Math.max(1, Math.round(heightMm * pixelsPerMm)));
  return {
    width,
    height,
    left: Math.floor((inputWidth - width) / 2),
    top: Math.floor((inputHeight - height) / 2),
  };
}

/** The intervals of stored values that become [0, 1]: one for all channels, or one for each. */
function intensityRanges(settings: Preprocessing, intensity: IntensityContext): readonly HounsfieldWindow[] {
  if (intensity.modality === 'CT') return settings.windows;
  const [low, high] = intensity.percentiles;
  return [{ low, high }];
}

/** From [0, 1] to the values of one channel. */
interface Normalisation {
  readonly factor: number;
  readonly offset: number;
}

/** Clips the rows of a resized slice to [0, 1] and writes them to their place in one channel of the tensor. */
function writeChannel(
  image: GrayImage,
  placement: Placement,
  inputWidth: number,
  { factor, offset }: Normalisation,
  channel: Float32Array,
): void {
  for (let y = 0; y < image.height; y++) {
    const source = y * image.width;
    const target = (placement.top + y) * inputWidth + placement.left;
    for (let x = 0; x < image.width; x++) {
      channel[target + x] = clipToUnit(image.pixels[source + x]!) * factor + offset;
    }
  }
}

/** As {@link writeChannel}, of three channels that show the same. */
function writeThreeChannels(
  image: GrayImage,
  placement: Placement,
  inputWidth: number,
  normalisations: readonly Normalisation[],
  channels: readonly Float32Array[],
): void {
  const [{ factor: factor0, offset: offset0 }, { factor: factor1, offset: offset1 }, third] =
    normalisations as [Normalisation, Normalisation, Normalisation];
  const { factor: factor2, offset: offset2 } = third;
  const [channel0, channel1, channel2] = channels as [Float32Array, Float32Array, Float32Array];
  for (let y = 0; y < image.height; y++) {
    const source = y * image.width;
    const target = (placement.top + y) * inputWidth + placement.left;
    for (let x = 0; x < image.width; x++) {
      const value = clipToUnit(image.pixels[source + x]!);
      channel0[target + x] = value * factor0 + offset0;
      channel1[target + x] = value * factor1 + offset1;
      channel2[target + x] = value * factor2 + offset2;
    }
  }
}

/** Where slices are scaled: a new megabyte for each costs more than the work on it. */
const scaledPixels = new ScratchArray();

/** Never the scratch array itself, which the next window is scaled into. */
function resized(
  source: GrayImage,
  { width, height }: Placement,
  interpolation: Interpolation,
): Float32Array {
  const pixels = resize(source, width, height, interpolation);
  return pixels === source.pixels ? pixels.slice() : pixels;
}

/**
 * Makes the network input of one slice:
 *
 * 1. CT: clip to the window and scale to [0, 1], once for each window. MR: clip to the volume's 0.5th and
 *    99.5th percentile and scale to [0, 1].
 * 2. Resize with antialiasing to the largest size that fits the input with the aspect ratio in millimetres
 *    kept, and clip to [0, 1] (bicubic overshoots).
 * 3. Pad to the input size with 0, the value of the darkest tissue (air).
 * 4. (rescale * value - mean) / std, for each channel.
 *
 * Windowing stands before resizing, as a picture would be made; the two do not commute, which is why three
 * windows cost three resizes.
 *
 * @param slice in display orientation, values as they are stored.
 * @param tensor receives channels * height * width numbers in the order [channel, y, x], from `offset` on.
 */
export function preprocessSlice(
  { pixels, ...image }: SliceImage,
  intensity: IntensityContext,
  settings: Preprocessing,
  tensor: Float32Array,
  offset: number,
): void {
  const slice = { ...image, data: pixels, start: 0, stepX: 1, stepY: image.width };
  preprocessVoxels(slice, intensity, settings, tensor, offset);
}

/** As {@link preprocessSlice}, of a slice where it lies in its volume. */
export function preprocessVoxels(
  slice: SliceVoxels,
  intensity: IntensityContext,
  settings: Preprocessing,
  tensor: Float32Array,
  offset: number,
): void {
  const [inputHeight, inputWidth] = settings.inputSize;
  const placement = placeSlice(slice, settings.inputSize);
  const images = intensityRanges(settings, intensity).map(({ low, high }): GrayImage => {
    const pixels = scaledPixels.take(slice.width * slice.height);
    scaleVoxelsToUnit(slice, low, high, pixels);
    const source = { pixels, width: slice.width, height: slice.height };
    return {
      pixels: resized(source, placement, settings.interpolation),
      width: placement.width,
      height: placement.height,
    };
  });
  const channelSize = inputHeight * inputWidth;
  const isCovered = placement.width === inputWidth && placement.height === inputHeight;
  const normalisations: Normalisation[] = [];
  const channels: Float32Array[] = [];
  for (let index = 0; index < settings.channels; index++) {
    const start = offset + index * channelSize;
    const channel = tensor.subarray(start, start + channelSize);
    const mean = settings.mean[index]!;
    const std = settings.std[index]!;
    if (!isCovered) channel.fill((0 - mean) / std);
    normalisations.push({ factor: settings.rescale / std, offset: -mean / std });
    channels.push(channel);
  }
  if (images.length === 1 && settings.channels === 3) {
    writeThreeChannels(images[0]!, placement, inputWidth, normalisations, channels);
    return;
  }
  for (const [index, channel] of channels.entries()) {
    writeChannel(images[index]!, placement, inputWidth, normalisations[index]!, channel);
  }
}
