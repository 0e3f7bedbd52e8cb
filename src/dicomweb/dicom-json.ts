import { z } from 'zod';

/** The attributes that are asked for, by name (PS3.6). */
export const tags = {
  referencedSopClassUid: '00081150',
  referencedSopInstanceUid: '00081155',
  failureReason: '00081197',
  failedSopSequence: '00081198',
  referencedSopSequence: '00081199',
  modality: '00080060',
  studyInstanceUid: '0020000D',
  seriesInstanceUid: '0020000E',
  sopInstanceUid: '00080018',
  numberOfSeriesRelatedInstances: '00201209',
} as const;

const attribute = z.looseObject({ vr: z.string().optional(), Value: z.array(z.unknown()).optional() });
const dataset = z.record(z.string().regex(/^[0-9A-Fa-f]{8}$/), attribute);

/** One object of the DICOM JSON model (PS3.18, annex F). */
export type DicomDataset = z.infer<typeof dataset>;

/** @returns undefined where the text is no DICOM JSON. */
export function parseDatasets(text: string): DicomDataset[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  // The answer of STOW-RS is one object, those of QIDO-RS are lists.
  return z.array(dataset).safeParse(Array.isArray(value) ? value : [value]).data;
}

export function valuesOf(object: DicomDataset, tag: string): readonly unknown[] {
  return object[tag]?.Value ?? object[tag.toLowerCase()]?.Value ?? [];
}

export function textOf(object: DicomDataset, tag: string): string | undefined {
  const [value] = valuesOf(object, tag);
  return typeof value === 'string' ? value.trim() : undefined;
}

/** Numbers of the type IS come as numbers or as text. */
export function numberOf(object: DicomDataset, tag: string): number | undefined {
  const [value] = valuesOf(object, tag);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** The items of a sequence. */
export function itemsOf(object: DicomDataset, tag: string): readonly DicomDataset[] {
  return z.array(dataset).safeParse(valuesOf(object, tag)).data ?? [];
}
