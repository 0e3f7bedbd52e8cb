import { bodyRectangle, drawSlice, growToSquare } from '../../answer/figure/picture.js';
import { ctWindow, mrWindow } from '../../answer/figure/window.js';
import { type HounsfieldWindow, parseWindows } from '../../encoder/window.js';
import { VoxseekError } from '../../errors.js';
import { cropSlice, extractSlice, sliceCount } from '../../volume/slice.js';
import type { Plane, SliceImage, Volume } from '../../volume/volume.js';
import type { ViewableImage } from './viewable-image.js';

/** Longer side of a picture for which no size is asked, at most. */
const largestSide = 1024;
/** Up to this, values are background: HU below all tissue, or a share of the way between MR percentiles. */
const airBelowHu = -300;
const airBelowMrShare = 0.12;

/**
 * The window that a client names.
 *
 * @returns undefined for `auto`.
 * @throws VoxseekError USAGE
 */
export function parseWindow(name: string): HounsfieldWindow | undefined {
  if (name === 'auto') return undefined;
  const windows = parseWindows(name);
  if (windows.length === 1) return windows[0]!;
  throw new VoxseekError('USAGE', 'a picture has one window', { subject: `window "${name}"` });
}

/** @throws VoxseekError USAGE where the volume has no such slice in the plane. */
export function assertSlice(
  image: Pick<ViewableImage, 'id' | 'size' | 'affine'>,
  plane: Plane,
  index: number,
): void {
  const count = sliceCount(image, plane);
  if (index < count) return;
  throw new VoxseekError('USAGE', `there is no slice ${index}: its ${plane} slices are 0 to ${count - 1}`, {
    subject: image.id,
    advice: 'Name one of these.',
  });
}

/**
 * A slice as PNG, grey with 8 bits, in radiological display orientation and with square pixels.
 *
 * @param window in the units of the volume; undefined: told from the content (CT), or the percentiles of the
 *   volume (MR).
 * @param size pixels of the longer side; undefined: as many as keep the finer pixel spacing, at most 1024.
 */
export function slicePicture(
  volume: Volume,
  image: Pick<ViewableImage, 'modality' | 'percentiles'>,
  plane: Plane,
  index: number,
  window: HounsfieldWindow | undefined,
  size: number | undefined,
): Uint8Array {
  const slice = extractSlice(volume, plane, index);
  return draw(slice, image, window, size ?? naturalSide(slice));
}

/** As {@link slicePicture}, but only the square around the body, so that little is empty. */
export function thumbnail(
  volume: Volume,
  image: Pick<ViewableImage, 'modality' | 'percentiles'>,
  plane: Plane,
  index: number,
  size: number,
): Uint8Array {
  const slice = extractSlice(volume, plane, index);
  const [low, high] = image.percentiles;
  const airBelow = image.modality === 'CT' ? airBelowHu : low + airBelowMrShare * (high - low);
  const body = cropSlice(slice, growToSquare(slice, bodyRectangle([slice], airBelow)));
  const { name: _, ...window } = automaticWindow(slice, image);
  return draw(body, image, window, size);
}

function draw(
  slice: SliceImage,
  image: Pick<ViewableImage, 'modality' | 'percentiles'>,
  window: HounsfieldWindow | undefined,
  size: number,
): Uint8Array {
  const { low, high } = window ?? automaticWindow(slice, image);
  return drawSlice(slice, [low, high], size).png;
}

function automaticWindow(
  slice: SliceImage,
  { modality, percentiles }: Pick<ViewableImage, 'modality' | 'percentiles'>,
) {
  return modality === 'MR' ? mrWindow(percentiles) : ctWindow(slice);
}

function naturalSide({ width, height, pixelSpacing: [x, y] }: SliceImage): number {
  const longerMm = Math.max(width * x, height * y);
  return Math.min(largestSide, Math.max(1, Math.round(longerMm / Math.min(x, y))));
}
