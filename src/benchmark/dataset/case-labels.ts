import { basename } from 'node:path';
import { VoxseekError } from '../../errors.js';
import { hashFile } from '../../volume/content-hash.js';
import { readTable } from '../../volume/table.js';
import { volumeByName } from './case-names.js';

/** What can be asked of whole cases: is there a tumour, and of which lesion group is it. */
export const caseTasks = ['cancer_flag', 'lesion_group'] as const;
export type CaseTask = (typeof caseTasks)[number];

/** The lesion group of a volume without a tumour is -1. */
const rules: Readonly<Record<CaseTask, { text: string; allows: (value: number) => boolean }>> = {
  cancer_flag: { text: '0 or 1', allows: (value) => value === 0 || value === 1 },
  lesion_group: { text: '-1 or a whole number', allows: (value) => Number.isInteger(value) && value >= -1 },
};

/** The values of one volume. */
export type CaseLabel = Readonly<Partial<Record<CaseTask, number>>>;

/** One file: what it says is about one organ, whichever organ a volume was taken for. */
export interface CaseLabels {
  /** Of the file, without folder and `.csv`. */
  readonly name: string;
  readonly sha256: string;
  /** By volume id. */
  readonly labelOf: ReadonlyMap<string, CaseLabel>;
  /** How many labels name a volume that the data set has not. */
  readonly unmatched: number;
}

/**
 * Reads labels of whole cases in the form of 3D-MIR (arXiv 2311.13752): a CSV for each organ with the column
 * `name` (`liver_105.nii.gz`), and `cancer_flag` (0, 1) or `lesion_group` (-1 for no tumour) or both. Other
 * columns are not read; `organ` of 3D-MIR names the task of the Decathlon that a volume is of: in the file of
 * the liver, a volume of the lung is there as one whose liver is healthy.
 *
 * @param ids of the volumes of the data set.
 * @returns in the order of the paths.
 * @throws VoxseekError COHORT_INVALID (naming file and line), FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function readCaseLabels(
  paths: readonly string[],
  ids: readonly string[],
): Promise<CaseLabels[]> {
  const find = volumeByName(ids);
  const all: CaseLabels[] = [];
  for (const path of paths) {
    const labels = await readLabelFile(path, find);
    if (all.some(({ name }) => name === labels.name)) {
      throw new VoxseekError('COHORT_INVALID', `there are two files of case labels called ${labels.name}`, {
        subject: path,
      });
    }
    all.push(labels);
  }
  return all;
}

async function readLabelFile(path: string, find: (name: string) => string | undefined): Promise<CaseLabels> {
  const rows = await readTable(path, ',', ['name']);
  const tasks = caseTasks.filter((task) => rows.some(({ fields }) => fields[task] !== undefined));
  if (tasks.length === 0) {
    throw new VoxseekError('COHORT_INVALID', `there is no value of ${caseTasks.join(' or ')}`, {
      subject: path,
    });
  }
  const labelOf = new Map<string, CaseLabel>();
  let unmatched = 0;
  for (const { line, fields } of rows) {
    const invalid = (reason: string) =>
      new VoxseekError('COHORT_INVALID', `line ${line}: ${reason}`, { subject: path });
    const { name } = fields;
    if (name === undefined) throw invalid('the field name is empty');
    const label = Object.fromEntries(
      tasks.map((task) => {
        const text = fields[task];
        const value = Number(text);
        if (text !== undefined && rules[task].allows(value)) return [task, value];
        throw invalid(`${task} is "${text ?? ''}", not ${rules[task].text}`);
      }),
    );
    const id = find(name);
    if (id === undefined) {
      unmatched++;
    } else {
      if (labelOf.has(id)) throw invalid(`the volume "${id}" has a case label already`);
      labelOf.set(id, label);
    }
  }
  return { name: basename(path).replace(/\.csv$/i, ''), sha256: await hashFile(path), labelOf, unmatched };
}
