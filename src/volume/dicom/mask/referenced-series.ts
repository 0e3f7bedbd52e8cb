import type { DataSet } from '../data-set.js';
import type { DicomInstance } from '../instance.js';
import { interpretHeader } from '../interpret-object.js';
import type { DicomStack } from '../stack.js';

/** Which images a segmentation or a structure set was drawn on. */
export interface MaskReferences {
  /** SeriesInstanceUIDs; empty where the object names none. */
  readonly series: readonly string[];
  /** SOPInstanceUIDs of the images that it names; empty where it names none. */
  readonly images: ReadonlySet<string>;
  /** Frames of reference in which its positions hold. */
  readonly framesOfReference: readonly string[];
}

/**
 * @param instance a SEG or an RTSTRUCT.
 * @throws VoxseekError DICOM_INVALID, and what reading the bytes throws
 */
export function referencesOf(instance: DicomInstance): Promise<MaskReferences> {
  return interpretHeader(instance.bytes, ({ dataSet }) => {
    const series = new Set<string>();
    const images = new Set<string>();
    const framesOfReference = new Set<string>();
    addSegmentationReferences(dataSet, series, images);
    addStructureSetReferences(dataSet, series, images, framesOfReference);
    if (instance.frameOfReferenceUid !== undefined) framesOfReference.add(instance.frameOfReferenceUid);
    return { series: [...series], images, framesOfReference: [...framesOfReference] };
  });
}

/** Series that a segmentation or structure set was drawn on; empty where it names none. */
export async function referencedSeriesOf(instance: DicomInstance): Promise<readonly string[]> {
  return (await referencesOf(instance)).series;
}

/**
 * Whether a mask was drawn on a stack: on its series, and where a series holds several stacks on images of this
 * one; else, where the mask names no series, on images of the stack, or in its frame of reference.
 */
export function isDrawnOn(references: MaskReferences, stack: DicomStack): boolean {
  const { series, images, framesOfReference } = references;
  const showsImage = () => stack.frames.some(({ instance }) => images.has(instance.sopInstanceUid));
  if (series.length > 0) {
    if (!series.includes(stack.seriesInstanceUid)) return false;
    const isWholeSeries = stack.id === stack.seriesInstanceUid;
    return isWholeSeries || images.size === 0 || showsImage();
  }
  if (images.size > 0) return showsImage();
  return stack.frameOfReferenceUid !== undefined && framesOfReference.includes(stack.frameOfReferenceUid);
}

/** Common Instance Reference (PS3.3 C.12.2), and the images that each frame was derived from (C.7.6.16.2.6). */
function addSegmentationReferences(object: DataSet, series: Set<string>, images: Set<string>): void {
  for (const referenced of object.items(0x00081115)) {
    addUid(referenced, 0x0020000e, series);
    for (const image of referenced.items(0x0008114a)) addUid(image, 0x00081155, images);
  }
  for (const groups of [...object.items(0x52009229), ...object.items(0x52009230)]) {
    for (const derivation of groups.items(0x00089124)) {
      for (const image of derivation.items(0x00082112)) addUid(image, 0x00081155, images);
    }
  }
}

/** Referenced Frame of Reference Sequence (PS3.3 C.8.8.5), and the images of the contours (C.8.8.6). */
function addStructureSetReferences(
  object: DataSet,
  series: Set<string>,
  images: Set<string>,
  framesOfReference: Set<string>,
): void {
  for (const frame of object.items(0x30060010)) {
    addUid(frame, 0x00200052, framesOfReference);
    for (const study of frame.items(0x30060012)) {
      for (const referenced of study.items(0x30060014)) {
        addUid(referenced, 0x0020000e, series);
        for (const image of referenced.items(0x30060016)) addUid(image, 0x00081155, images);
      }
    }
  }
  for (const roi of object.items(0x30060039)) {
    for (const contour of roi.items(0x30060040)) {
      for (const image of contour.items(0x30060016)) addUid(image, 0x00081155, images);
    }
  }
}

function addUid(item: DataSet, tag: number, uids: Set<string>): void {
  const uid = item.string(tag);
  if (uid !== undefined) uids.add(uid);
}
