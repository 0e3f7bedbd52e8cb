import { VoxseekError } from '../errors.js';

/** An interval of Hounsfield units that is mapped to black .. white; what lies outside is clipped. */
export interface HounsfieldWindow {
  readonly low: number;
  readonly high: number;
}

/**
 * The usual windows. Radiologists give them as level (centre) and width: low = level - width / 2 and
 * high = level + width / 2, without the half-unit shift that DICOM PS3.3 C.11.2.1.2 applies to WindowCenter
 * and WindowWidth, which is for integer displays.
 */
export const windowTable = {
  /** Level 0, width 2000: air, soft tissue and bone in one picture. */
  wide: { low: -1000, high: 1000 },
  /** Level -600, width 1500. */
  lung: { low: -1350, high: 150 },
  /** Level 50, width 350. */
  mediastinum: { low: -125, high: 225 },
  /** Level 40, width 400. */
  'soft-tissue': { low: -160, high: 240 },
  /** Level 30, width 150. */
  liver: { low: -45, high: 105 },
  /** Level 400, width 1800. */
  bone: { low: -500, high: 1300 },
  /** Level 40, width 80. */
  brain: { low: 0, high: 80 },
} as const satisfies Record<string, HounsfieldWindow>;

type WindowName = keyof typeof windowTable;

/** The window of an encoder for which nothing else is said. */
export const defaultWindows: readonly HounsfieldWindow[] = [windowTable.wide];

function isWindowName(name: string): name is WindowName {
  return Object.hasOwn(windowTable, name);
}

const number = String.raw`[+-]?(?:\d+(?:\.\d*)?|\.\d+)`;
const intervalPattern = new RegExp(`^(${number}):(${number})$`);

function parseWindow(part: string, spec: string): HounsfieldWindow {
  const name = part.trim();
  if (isWindowName(name)) return windowTable[name];
  const interval = intervalPattern.exec(name);
  if (interval === null) {
    throw new VoxseekError('USAGE', `"${name}" is neither the name of a window nor LOW:HIGH`, {
      subject: `window "${spec}"`,
      advice: `Names: ${Object.keys(windowTable).join(', ')}; or an interval in HU such as -160:240.`,
    });
  }
  const low = Number(interval[1]);
  const high = Number(interval[2]);
  if (!(low < high)) {
    throw new VoxseekError('USAGE', `the lower end ${low} is not below the upper end ${high}`, {
      subject: `window "${spec}"`,
      advice: 'Write LOW:HIGH in HU, for example -160:240.',
    });
  }
  return { low, high };
}

/**
 * Reads windows as the command line takes them: a name (`wide`), an interval in HU (`-160:240`), or three of
 * these with commas between, one for each channel of the network (`lung,soft-tissue,-500:1300`).
 *
 * @returns one window (the same for all channels) or three.
 * @throws VoxseekError USAGE on an unknown name, an interval that is empty or upside down, or another number
 *   of windows.
 */
export function parseWindows(spec: string): readonly HounsfieldWindow[] {
  const windows = spec.split(',').map((part) => parseWindow(part, spec));
  if (windows.length !== 1 && windows.length !== 3) {
    throw new VoxseekError('USAGE', `${windows.length} windows are given`, {
      subject: `window "${spec}"`,
      advice: 'Give one window for all channels, or three, one for each channel.',
    });
  }
  return windows;
}

/**
 * Clips values to [low, high] and scales them linearly to [0, 1]. Where low equals high (a volume of one
 * single value) all become 0.
 *
 * @param pixels any number of values, in the units of low and high.
 * @returns a new array of the same length.
 */
export function scaleToUnit(pixels: Float32Array, low: number, high: number): Float32Array {
  const scaled = new Float32Array(pixels.length);
  if (!(low < high)) return scaled;
  const factor = 1 / (high - low);
  for (let index = 0; index < pixels.length; index++) {
    scaled[index] = clipToUnit((pixels[index]! - low) * factor);
  }
  return scaled;
}

/** `value` within [0, 1]; NaN stays. */
export function clipToUnit(value: number): number {
  if (value >= 1) return 1;
  if (value <= 0) return 0;
  return value;
}
