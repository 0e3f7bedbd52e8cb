import { fromSystemError, VoxseekError } from '../../errors.js';
import type { ImageSource } from '../../volume/image-source.js';
import { intensityContext } from '../../volume/intensity.js';
import { cropSlice, extractSlice, sliceCount, slicePositions } from '../../volume/slice.js';
import type { Affine, Modality, Plane, Size3 } from '../../volume/volume.js';
import { overviewMargin, pixelsPerUnit } from './layout.js';
import { drawOverview } from './overview.js';
import { bodyRectangle, drawSlice, growToSquare, type Picture } from './picture.js';
import { ctWindow, type DisplayWindow, mrWindow } from './window.js';

/** A slice as it is shown. */
export interface SlicePicture extends Picture {
  readonly window: DisplayWindow;
}

/** What a figure shows of one volume. */
export interface VolumePictures {
  /** See `drawOverview`. */
  readonly overview: Picture;
  /** In the order asked for; all have one scale. */
  readonly slices: readonly SlicePicture[];
  readonly size: Size3;
  readonly affine: Affine;
  /** RAS+ mm of every slice of the plane, by index. */
  readonly positionsMm: readonly number[];
}

export interface VolumeView {
  /** Opens the image, which may be gone. */
  readonly openImage: () => Promise<ImageSource>;
  readonly modality: Modality;
  readonly plane: Plane;
  readonly slices: readonly WantedSlice[];
  /** Of the volume, where they are known; else they are measured. */
  readonly percentiles?: readonly [low: number, high: number];
  /** Size that the file had when it was ingested. */
  readonly size?: Size3;
}

export interface WantedSlice {
  /** Along the file's own axis. */
  readonly index: number;
  /** For CT; default: told from the content of the slice. */
  readonly ctWindow?: DisplayWindow | undefined;
}

/**
 * Reads a volume and draws what a figure shows of it. Holds the volume only until it returns.
 *
 * @param tile side of a tile in pixels.
 * @returns the pictures; or, where the file cannot be read or is another one by now, the reason in words.
 */
export async function drawVolume(view: VolumeView, tile: number): Promise<VolumePictures | string> {
  try {
    return await readAndDraw(view, tile);
  } catch (error) {
    return fromSystemError(error, 'image').reason;
  }
}

/** Values up to this are background, for framing the body: HU below all tissue, or noise of an MR. */
function airBelow(mr: DisplayWindow | undefined): number {
  return mr === undefined ? -300 : mr.low + 0.12 * (mr.high - mr.low);
}

async function readAndDraw(view: VolumeView, tile: number): Promise<VolumePictures> {
  const { modality, plane } = view;
  const source = await view.openImage();
  const volume = await source.read();
  const { size, affine } = volume;
  if (
    view.size?.some((n, axis) => n !== size[axis]) ||
    view.slices.some(({ index }) => index >= sliceCount(volume, plane))
  ) {
    throw new VoxseekError('VOLUME_CORRUPT', `the file has changed: its size is ${size.join(' x ')} now`, {
      subject: source.location,
    });
  }
  const mr =
    modality === 'MR'
      ? mrWindow(view.percentiles ?? intensityContext(volume, modality, source.location).percentiles)
      : undefined;
  const images = view.slices.map(({ index }) => extractSlice(volume, plane, index));
  const body = growToSquare(images[0]!, bodyRectangle(images, airBelow(mr)));
  const slices = images.map((image, place): SlicePicture => {
    const window = mr ?? view.slices[place]!.ctWindow ?? ctWindow(image);
    return { ...drawSlice(cropSlice(image, body), [window.low, window.high], tile), window };
  });
  return {
    overview: drawOverview(volume, plane, modality, tile - 2 * overviewMargin * pixelsPerUnit),
    slices,
    size,
    affine,
    positionsMm: slicePositions(volume, plane).map(({ positionMm }) => positionMm),
  };
}
