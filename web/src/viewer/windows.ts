import { windowTable } from '../../../src/encoder/window.js';
import type { ViewedImage } from '../api/images.js';

/** Values shown as black and as white, HU or the modality's own units. */
export interface DisplayWindow {
  readonly low: number;
  readonly high: number;
}

export const presets = [
  { name: 'auto', label: 'Auto' },
  { name: 'soft-tissue', label: 'Soft tissue' },
  { name: 'lung', label: 'Lung' },
  { name: 'bone', label: 'Bone' },
  { name: 'brain', label: 'Brain' },
] as const;

export type WindowPreset = (typeof presets)[number]['name'];
/** A preset, or an interval that was set by hand. */
export type WindowChoice = WindowPreset | `${number}:${number}`;

const interval = /^(-?\d+(?:\.\d+)?):(-?\d+(?:\.\d+)?)$/;

function intervalOf(text: string): DisplayWindow | null {
  const found = interval.exec(text);
  if (found === null) return null;
  const [low, high] = [Number(found[1]), Number(found[2])];
  return low < high ? { low, high } : null;
}

/** @returns the choice that a text of the address stands for, null where none. */
export function parseWindow(text: string): WindowChoice | null {
  const isPreset = presets.some(({ name }) => name === text);
  return isPreset || intervalOf(text) !== null ? (text as WindowChoice) : null;
}

/** @returns the choice for an interval, rounded to what can be seen. */
export function windowOf({ low, high }: DisplayWindow): WindowChoice {
  const digits = high - low > 50 ? 0 : 3;
  return `${Number(low.toFixed(digits))}:${Number(high.toFixed(digits))}`;
}

/**
 * @returns the interval to show an image with. Presets are in HU and mean nothing for MR, which is shown between
 *   its percentiles, as is CT with `auto`.
 */
export function resolveWindow(choice: WindowChoice, image: ViewedImage): DisplayWindow {
  const set = intervalOf(choice);
  if (set !== null) return set;
  if (image.modality === 'MR' || choice === 'auto') {
    const [low, high] = image.percentiles;
    return low < high ? { low, high } : { low, high: low + 1 };
  }
  return windowTable[choice as Exclude<WindowPreset, 'auto'>];
}

/** What a volume is opened with. */
export function defaultWindow(modality: 'CT' | 'MR'): WindowPreset {
  return modality === 'CT' ? 'soft-tissue' : 'auto';
}

/** @returns the next preset, for the key w. */
export function nextPreset(choice: WindowChoice): WindowPreset {
  const index = presets.findIndex(({ name }) => name === choice);
  return presets[(index + 1) % presets.length]!.name;
}
