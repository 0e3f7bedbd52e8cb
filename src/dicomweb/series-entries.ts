import type { VoxseekError } from '../errors.js';
import type { DicomInstance } from '../volume/dicom/instance.js';
import { isDrawnOn, type MaskReferences } from '../volume/dicom/mask/referenced-series.js';
import type { DicomStack, IrregularGeometry } from '../volume/dicom/stack.js';
import { stackSource } from '../volume/dicom/stack-source.js';
import type { VolumeEntry } from '../volume/volume-entry.js';

/** A segmentation or structure set, and what it was drawn on. */
export interface DrawnMask {
  readonly object: DicomInstance;
  readonly references: MaskReferences;
}

/**
 * @param image URL of the series.
 * @returns one entry a stack, with the masks that were drawn on it.
 */
export function stackEntries(
  stacks: readonly DicomStack[],
  masks: readonly DrawnMask[],
  image: string,
  irregular: IrregularGeometry,
): VolumeEntry[] {
  return stacks.map((stack) => {
    const objects = masks
      .filter(({ references }) => isDrawnOn(references, stack))
      .map(({ object }) => object);
    return {
      id: stack.id,
      image,
      source: stackSource(stack, image, irregular),
      dicom: stack,
      modality: stack.modality,
      ...(stack.bodyPart && { region: stack.bodyPart.toLowerCase() }),
      ...(objects.length > 0 && { maskObjects: objects }),
    };
  });
}

/** A series that could not be had: an entry like others, so that it is reported like others. */
export function failedEntry(id: string, image: string, error: VoxseekError): VolumeEntry {
  const fail = () => Promise.reject(error);
  return { id, image, source: { location: image, hash: fail, read: fail } };
}
