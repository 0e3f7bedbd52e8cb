import { readFile } from 'node:fs/promises';
import { fromSystemError, VoxseekError } from '../errors.js';

/** Name of each label number of a multi-label mask. 0 is background and never listed. */
export type LabelTable = ReadonlyMap<number, string>;

/**
 * Reads a table of label names: a JSON object from number to name ({"1": "liver"}) or, as nnU-Net writes it,
 * from name to number ({"background": 0, "liver": 1}). Several numbers may have one name: they are one structure
 * then. The `dataset.json` of nnU-Net and of the Medical Segmentation Decathlon holds its table under `labels`.
 *
 * @throws VoxseekError FILE_NOT_FOUND, FILE_NOT_READABLE, MASK_INVALID
 */
export async function readLabelTable(path: string): Promise<LabelTable> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fromSystemError(error, path);
  });
  const invalid = (reason: string) => new VoxseekError('MASK_INVALID', reason, { subject: path });
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalid(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw invalid('not a JSON object');
  const table = new Map<number, string>();
  for (const [key, value] of Object.entries(tableIn(json))) {
    const [number, name] = typeof value === 'string' ? [wholeNumber(key), value] : [value, key];
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || name.trim() === '') {
      throw invalid(`"${key}": ${JSON.stringify(value)} is neither "number": "name" nor "name": number`);
    }
    if (number === 0) continue;
    if (table.has(number)) throw invalid(`the label number ${number} has two names`);
    table.set(number, name);
  }
  return table;
}

/** A description of a whole data set, told by its list or number of training cases, has the table inside. */
function tableIn(json: object): object {
  const isDescription = 'training' in json || 'numTraining' in json;
  const labels: unknown = isDescription && 'labels' in json ? json.labels : undefined;
  return typeof labels === 'object' && labels !== null && !Array.isArray(labels) ? labels : json;
}

function wholeNumber(text: string): number {
  return /^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN;
}

/** The name of a label number; one that the table does not list is "label_" and its number. */
export function labelName(table: LabelTable, number: number): string {
  return table.get(number) ?? `label_${number}`;
}

/** @param known the names that there are; none: the mask has no table. */
export function unknownLabel(name: string, known: Iterable<string>, subject: string): VoxseekError {
  const names = [...known].sort();
  return new VoxseekError('LABEL_UNKNOWN', `there is no label "${name}"`, {
    subject,
    advice:
      names.length > 0
        ? `The labels are: ${names.join(', ')}.`
        : 'It has no table of names (--labels): name its labels label_1, label_2, ...',
  });
}
