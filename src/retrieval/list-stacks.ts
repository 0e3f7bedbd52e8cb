import { shownDescription } from '../volume/dicom/shown-description.js';
import type { DicomStack } from '../volume/dicom/stack.js';
import type { VolumeEntry } from '../volume/volume-entry.js';

/** Volumes among which a person has to choose, one a line: id, modality, size, spacing, description. */
export function listStacks(entries: readonly VolumeEntry[]): string {
  return entries
    .map(({ id, image, dicom }) => (dicom ? `  ${id}  ${describeStack(dicom)}` : `  ${image}`))
    .join('\n');
}

function describeStack(stack: DicomStack): string {
  const { modality, frames, geometry } = stack;
  const { instance, pixelSpacing } = frames[0]!;
  const { rows, columns } = instance.pixels ?? { rows: 0, columns: 0 };
  const size = `${columns} x ${rows} x ${geometry.sliceCount}`;
  const spacing = [pixelSpacing?.[1] ?? 0, pixelSpacing?.[0] ?? 0, geometry.spacing.median]
    .map((mm) => mm.toFixed(2))
    .join(' x ');
  const description = shownDescription(stack);
  return `${modality}, ${size} at ${spacing} mm${description === undefined ? '' : `, "${description}"`}`;
}
