import type { DicomStack } from './stack.js';

/**
 * The description of a series as it may be shown. It is free text, and may hold what names a patient: then it is not
 * shown at all. Looked for are every word of the name and the ID, whatever the case of letters, and numbers as long
 * as a date (PS3.15 E.1 has such texts removed or cleaned).
 */
export function shownDescription({ seriesDescription, frames }: DicomStack): string | undefined {
  if (seriesDescription === undefined || /\d{6}/.test(seriesDescription)) return undefined;
  const instances = new Set(frames.map(({ instance }) => instance));
  const identifying = [...instances].flatMap(({ patientId = '', patientName = '' }) =>
    wordsOf(`${patientName} ${patientId}`),
  );
  const lower = seriesDescription.toLowerCase();
  return identifying.some((word) => lower.includes(word)) ? undefined : seriesDescription;
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1);
}
