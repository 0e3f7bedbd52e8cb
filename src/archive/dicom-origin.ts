import { isAbsolute, relative } from 'node:path';
import type { DicomInstance } from '../volume/dicom/instance.js';
import type { StackCorrection, StackVolume } from '../volume/dicom/read-stack.js';
import type { DicomStack, StackGeometry } from '../volume/dicom/stack.js';
import { orientationOf, stackingAxis } from '../volume/geometry.js';
import type { Plane, Volume } from '../volume/volume.js';
import type { DicomImage, DicomOrigin, SeriesIdentity } from './records.js';

/**
 * What is stored of the series that a volume is made from.
 *
 * @param folder that the names of its files are relative to; undefined: they are not to be stored.
 * @param correction what was corrected, in words.
 */
export function dicomOrigin(
  stack: DicomStack,
  maskObjects: readonly DicomInstance[],
  folder: string | undefined,
  correction: string | null,
): DicomOrigin {
  const instances = [...new Set(stack.frames.map((frame) => frame.instance))];
  return {
    ...seriesIdentity(stack),
    bodyPart: stack.bodyPart ?? null,
    geometry: correction,
    instanceCount: instances.length,
    sourceFiles: namesBelow(folder, instances),
    maskFiles: maskObjects.length === 0 ? null : namesBelow(folder, maskObjects),
  };
}

export function seriesIdentity(stack: DicomStack): SeriesIdentity {
  return {
    studyUid: stack.studyInstanceUid,
    seriesUid: stack.seriesInstanceUid,
    frameOfReferenceUid: stack.frameOfReferenceUid ?? null,
    sopClassUid: stack.frames[0]!.instance.sopClassUid,
  };
}

/** @returns null where they are not files. */
function namesBelow(folder: string | undefined, instances: readonly DicomInstance[]): string[] | null {
  const paths = instances.map(({ bytes }) => bytes.name);
  if (folder === undefined || !isAbsolute(folder) || !paths.every(isAbsolute)) return null;
  // A stack in one file alone has that file as its place.
  return paths.map((path) => relative(folder, path) || '.');
}

/** "3 missing slices interpolated; tilt of 12.0 degrees undone"; null: nothing was corrected. */
export function correctionInWords(
  { gaps, spacing, tilt }: StackGeometry,
  correction: StackCorrection | undefined,
): string | null {
  if (correction === undefined) return null;
  const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0);
  const words = {
    gaps: `${missing} missing ${missing === 1 ? 'slice' : 'slices'} interpolated`,
    'uneven spacing': `uneven spacing (${spacing.smallest.toFixed(2)} to ${spacing.largest.toFixed(2)} mm) evened out`,
    tilt: `tilt of ${tilt.toFixed(1)} degrees undone`,
  };
  return correction.reasons.map((reason) => words[reason]).join('; ');
}

/** A volume that was read from a stack says which frame each slice is from. */
export function asStackVolume(volume: Volume): StackVolume | undefined {
  return 'frames' in volume ? (volume as StackVolume) : undefined;
}

/**
 * The DICOM image that shows a slice, by index; of slices that were interpolated the nearest one. Null for
 * another plane than the one that was acquired, and for volumes that are not DICOM.
 */
export function dicomImages(volume: Volume, plane: Plane): (index: number) => DicomImage | null {
  const frames = asStackVolume(volume)?.frames;
  if (frames === undefined || stackingAxis(orientationOf(volume.affine), plane) !== 2) return () => null;
  return (index) => {
    const { instance, index: frame } = frames[index]!;
    return {
      sopInstanceUid: instance.sopInstanceUid,
      frameNumber: instance.frames.length > 1 ? frame + 1 : null,
    };
  };
}
