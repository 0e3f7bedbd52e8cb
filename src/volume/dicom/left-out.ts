import { dirname, isAbsolute, sep } from 'node:path';
import { dot, length } from '../vector3.js';
import type { DicomFrame, DicomInstance } from './instance.js';
import { isPlaced } from './placed-frame.js';
import type { LeftOut } from './scan-folder.js';

/**
 * Images of one series that are left out for one reason. The path is the file, or the folder of the files;
 * "series UID" for what was downloaded.
 */
export interface SeriesLeftOut extends LeftOut {
  readonly seriesInstanceUid: string;
  readonly images: number;
}

const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';

/** Values of Image Type and Frame Type (PS3.3 C.7.6.1.1.2, C.8.16.1), and what vendors write there. */
const reasonsOfType: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /^(LOCALIZER|SCOUT)$/, reason: 'a localizer' },
  { pattern: /^(SCREEN[ _]?SAVE|SCREEN[ _]?CAPTURE|VXTL STATE|POSDISP)$/, reason: 'a screen save' },
  {
    pattern:
      /^(PROJECTION IMAGE|(MAX|MIN|MEAN)[ _]?IP|MIP|MINIP|MNIP|VOLUME[ _]?REND(ER(ED|ING)?)?|VRT|SURFACE[ _]?RENDER|SSD)$/,
    reason: 'a projection or rendering of another series',
  },
  { pattern: /^MOSAIC$/, reason: 'a mosaic: the slices of a volume side by side in one image' },
];

/** Only of derived images: "CT_SOM5 MPR" of an original one is made by the scanner from its raw data. */
const reformatted = /^(.* )?(MPR|CURVED[ _]?MPR|CPR|REFORMATTED)$/;

/**
 * Why an instance as a whole has no place in a volume.
 *
 * @returns undefined where it may have one; its frames are asked then.
 */
export function whyNoImage(instance: DicomInstance): string | undefined {
  const { modality, pixels, sopClassUid } = instance;
  if (modality !== 'CT' && modality !== 'MR') return `modality ${modality}: only CT and MR are read`;
  if (sopClassUid === secondaryCapture || sopClassUid.startsWith(`${secondaryCapture}.`)) {
    return 'a secondary capture';
  }
  if (pixels === undefined || instance.frames.length === 0) return 'no pixels';
  if (pixels.samplesPerPixel !== 1 || !pixels.photometricInterpretation.startsWith('MONOCHROME')) {
    return 'a colour image';
  }
  return undefined;
}

/**
 * Why a frame is no slice of the original anatomy. Derived images as such stay: an ADC map, a calculated b-value
 * or a subtraction is a regular stack that a radiologist reads. What repeats another series in another form
 * (projections, reformatted images) does not.
 *
 * @returns undefined where it is one.
 */
export function whyNoSlice(frame: DicomFrame): string | undefined {
  const types = [...frame.frameType, ...frame.instance.imageType].map((type) => type.trim().toUpperCase());
  for (const { pattern, reason } of reasonsOfType) {
    if (types.some((type) => pattern.test(type))) return reason;
  }
  if (types.includes('DERIVED') && types.some((type) => reformatted.test(type))) {
    return 'reformatted from another series';
  }
  if (!isPlaced(frame)) {
    const missing = [
      ...(frame.position ? [] : ['position']),
      ...(frame.orientation ? [] : ['orientation']),
      ...(frame.pixelSpacing ? [] : ['pixel spacing']),
    ];
    return `no ${missing.join(', no ')} in the header, or not as numbers`;
  }
  const { row, column } = frame.orientation;
  const isOrthonormal = [length(row) - 1, length(column) - 1, dot(row, column)].every(
    (error) => Math.abs(error) < 0.01,
  );
  if (!isOrthonormal) return 'the orientation is not that of two perpendicular directions';
  if (!frame.pixelSpacing.every((spacing) => spacing > 0)) return 'the pixel spacing is not positive';
  const { slope, intercept } = frame.rescale;
  if (slope === 0) return 'the rescale slope is 0: all values would be one';
  if (!Number.isFinite(slope + intercept)) return 'the rescale slope or intercept is no number';
  return undefined;
}

/** @returns the folder that holds all instances at any depth, the file where there is one; undefined for downloads. */
export function commonPath(instances: readonly DicomInstance[]): string | undefined {
  const names = [...new Set(instances.map(({ bytes }) => bytes.name))];
  if (names.length === 0 || !names.every((name) => isAbsolute(name))) return undefined;
  if (names.length === 1) return names[0];
  let common = dirname(names[0]!).split(sep);
  for (const name of names) {
    const folders = dirname(name).split(sep);
    const differs = common.findIndex((folder, depth) => folder !== folders[depth]);
    if (differs >= 0) common = common.slice(0, differs);
  }
  return common.join(sep) || sep;
}

/** One entry for each reason, with the number of images, in the order in which the reasons came up. */
export class LeftOutOfSeries {
  readonly #seriesInstanceUid: string;
  readonly #byReason = new Map<string, { readonly instances: Set<DicomInstance>; images: number }>();

  constructor(seriesInstanceUid: string) {
    this.#seriesInstanceUid = seriesInstanceUid;
  }

  add(reason: string, instance: DicomInstance, images = 1): void {
    const entry = this.#byReason.get(reason) ?? { instances: new Set(), images: 0 };
    entry.instances.add(instance);
    entry.images += images;
    this.#byReason.set(reason, entry);
  }

  list(): SeriesLeftOut[] {
    const series = `series ${this.#seriesInstanceUid}`;
    return [...this.#byReason].map(([reason, { instances, images }]) => ({
      path: commonPath([...instances]) ?? series,
      reason: `${series}, ${images} ${images === 1 ? 'image' : 'images'}: ${reason}`,
      isDicom: true,
      seriesInstanceUid: this.#seriesInstanceUid,
      images,
    }));
  }
}
