import { windowTable } from '../../encoder/window.js';
import type { SliceImage } from '../../volume/volume.js';

/** The values that are shown as black and as white. */
export interface DisplayWindow {
  /** Name of a CT window; `MR` for percentiles of the volume. */
  readonly name: 'soft tissue' | 'lung' | 'MR';
  readonly low: number;
  readonly high: number;
}

const softTissue: DisplayWindow = { name: 'soft tissue', ...windowTable['soft-tissue'] };
const lung: DisplayWindow = { name: 'lung', ...windowTable.lung };

/** HU of aerated lung: above air and the foam of most tables, below everything else of a body. */
const lungHu = [-920, -500] as const;
const tissueAboveHu = -300;
/** Skin in coarse voxels and cushions have such values too, but not so thick. */
const lungThicknessMm = 4;
/** In the middle of a chest between a fourth and a third; at the apices and bases, where organs matter, less. */
const leastLungShare = 0.2;

/**
 * @param slice CT, in HU.
 * @returns of the pixels that show tissue or the inside of a lung, the share that shows lung. Inside means: so
 *   do the pixels 4 mm to the left, to the right, above and below.
 */
export function lungShare({ pixels, width, height, pixelSpacing }: SliceImage): number {
  const [reachX, reachY] = pixelSpacing.map((mm) => Math.max(1, Math.round(lungThicknessMm / mm))) as [
    number,
    number,
  ];
  const isLung = (x: number, y: number) => {
    const value = pixels[y * width + x];
    return x >= 0 && x < width && value !== undefined && value >= lungHu[0] && value <= lungHu[1];
  };
  let lungPixels = 0;
  let tissuePixels = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (pixels[y * width + x]! > tissueAboveHu) tissuePixels++;
      else if (
        isLung(x, y) &&
        isLung(x - reachX, y) &&
        isLung(x + reachX, y) &&
        isLung(x, y - reachY) &&
        isLung(x, y + reachY)
      ) {
        lungPixels++;
      }
    }
  }
  return lungPixels === 0 ? 0 : lungPixels / (lungPixels + tissuePixels);
}

/**
 * The window for a CT slice: lung (-1350 to 150 HU) where at least a fifth of the body is the inside of a
 * lung, else soft tissue (-160 to 240 HU), the window in which most organs differ.
 */
export function ctWindow(slice: SliceImage): DisplayWindow {
  return lungShare(slice) >= leastLungShare ? lung : softTissue;
}

/** @param percentiles 0.5th and 99.5th of the whole volume, so that its slices can be compared. */
export function mrWindow([low, high]: readonly [low: number, high: number]): DisplayWindow {
  return { name: 'MR', low, high };
}
