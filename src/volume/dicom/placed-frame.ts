import { addScaled, cross, dot, length } from '../vector3.js';
import type { Vector3 } from '../volume.js';
import type { DicomFrame, PixelFormat } from './instance.js';

/** A frame whose place in the patient is known: the ones that a stack is made of. */
export interface PlacedFrame extends DicomFrame {
  readonly position: Vector3;
  readonly orientation: NonNullable<DicomFrame['orientation']>;
  readonly pixelSpacing: NonNullable<DicomFrame['pixelSpacing']>;
}

/** Nearer than this along the normal (mm), two planes are one: far below any slice distance, above rounding. */
export const samePlaneMm = 0.01;

export function isPlaced(frame: DicomFrame): frame is PlacedFrame {
  return frame.position !== undefined && frame.orientation !== undefined && frame.pixelSpacing !== undefined;
}

/** Unit vector, LPS: row direction x column direction (PS3.3 C.7.6.2.1.1). */
export function normalOf({ orientation }: PlacedFrame): Vector3 {
  // Headers round the directions: lengths along the normal shall not shrink by that.
  const normal = cross(orientation.row, orientation.column);
  return addScaled([0, 0, 0], normal, 1 / length(normal));
}

/** @returns the pixel format of the instance of a frame that has pixels, as all placed frames have. */
export function pixelsOf(frame: DicomFrame): PixelFormat {
  return frame.instance.pixels!;
}

/**
 * An order that has nothing to do with names and places of files: instance number, SOP instance UID, frame. The
 * name comes last, for copies of one file.
 */
export function compareFrames(a: DicomFrame, b: DicomFrame): number {
  return (
    (a.instanceNumber ?? Number.POSITIVE_INFINITY) - (b.instanceNumber ?? Number.POSITIVE_INFINITY) ||
    compareText(a.instance.sopInstanceUid, b.instance.sopInstanceUid) ||
    a.index - b.index ||
    compareText(a.instance.bytes.name, b.instance.bytes.name)
  );
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Puts frames of one orientation in ascending order of their position along the normal; never by instance
 * number, which scanners and exports count as they like.
 *
 * @returns for each place the frames that lie there, the first one by {@link compareFrames} first.
 */
export function framesByPlane(frames: readonly PlacedFrame[]): PlacedFrame[][] {
  const normal = frames[0] ? normalOf(frames[0]) : ([0, 0, 1] as const);
  const sorted = frames
    .map((frame) => ({ frame, height: dot(frame.position, normal) }))
    .sort((a, b) => a.height - b.height);
  const planes: PlacedFrame[][] = [];
  let height = Number.NEGATIVE_INFINITY;
  for (const entry of sorted) {
    if (entry.height - height > samePlaneMm) {
      planes.push([]);
      height = entry.height;
    }
    planes.at(-1)!.push(entry.frame);
  }
  for (const plane of planes) plane.sort(compareFrames);
  return planes;
}
