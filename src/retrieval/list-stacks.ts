import type { DicomStack } from '../volume/dicom/stack.js';
import type { VolumeEntry } from '../volume/volume-entry.js';

/** Volumes among which a person has to choose, one a line: id, modality, size, spacing, description. */
export function listStacks(entries: readonly VolumeEntry[]): string {
  return entries
    .map(({ id, image, dicom }) => (dicom ? `  ${id}  ${describeStack(dicom)}` : `  ${image}`))
    .join('\n');
}

function describeStack({ modality, frames, geometry, ...stack }: DicomStack): string {
  const { instance, pixelSpacing } = frames[0]!;
  const { rows, columns } = instance.pixels ?? { rows: 0, columns: 0 };
  const size = `${columns} x ${rows} x ${geometry.sliceCount}`;
  const spacing = [pixelSpacing?.[1] ?? 0, pixelSpacing?.[0] ?? 0, geometry.spacing.median]
    .map((mm) => mm.toFixed(2))
    .join(' x ');
  const description = describableText(stack.seriesDescription, instance);
  return `${modality}, ${size} at ${spacing} mm${description === undefined ? '' : `, "${description}"`}`;
}

/**
 * A description as it may be shown. It is free text, and may hold what names a patient: then it is not shown at
 * all. Looked for are every word of the name and the ID, and numbers as long as a date.
 */
function describableText(
  description: string | undefined,
  {
    patientId,
    patientName,
  }: { readonly patientId: string | undefined; readonly patientName: string | undefined },
): string | undefined {
  if (description === undefined || /\d{6}/.test(description)) return undefined;
  const lower = description.toLowerCase();
  const identifying = `${patientName ?? ''} ${patientId ?? ''}`
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1);
  return identifying.some((word) => lower.includes(word)) ? undefined : description;
}
