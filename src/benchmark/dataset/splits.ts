import { VoxseekError } from '../../errors.js';
import { readTable, type TableRow } from '../../volume/table.js';
import { volumeByName } from './case-names.js';

/** The splits of 3D-MIR by the column that lists them. */
const listedSplits = { training: 'train', testing: 'test' } as const;

export interface Splits {
  /** By volume id. */
  readonly splitOf: ReadonlyMap<string, string>;
  /** Volumes that a list of 3D-MIR names and the data set has not. */
  readonly missing: readonly { readonly name: string; readonly split: string }[];
  /** Were there lists of 3D-MIR? Their splits are `train` and `test`. */
  readonly areListed: boolean;
}

/**
 * Reads which volume is in which split, from tables of two kinds:
 *
 * - the columns `id` and `split`; every id is in the data set.
 * - a list of 3D-MIR (arXiv 2311.13752): file names in a column `training` (the split `train`) or `testing`
 *   (`test`). It names volumes of several tasks of the Decathlon, so some may not be in the data set.
 *
 * @param ids of the volumes of the data set.
 * @throws VoxseekError COHORT_INVALID (naming file and line), FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function readSplits(paths: readonly string[], ids: readonly string[]): Promise<Splits> {
  const known = new Set(ids);
  const find = volumeByName(ids);
  const splitOf = new Map<string, string>();
  const missing: { name: string; split: string }[] = [];
  let areListed = false;
  for (const path of paths) {
    const invalid = (line: number, reason: string) =>
      new VoxseekError('COHORT_INVALID', `line ${line}: ${reason}`, { subject: path });
    const assign = (line: number, id: string, split: string) => {
      if (splitOf.has(id)) throw invalid(line, `the volume "${id}" has a split already`);
      splitOf.set(id, split);
    };
    const rows = await readTable(path, ',', []);
    if (isList(rows)) {
      areListed = true;
      for (const { line, fields } of rows) {
        const listed = columns.filter((column) => fields[column] !== undefined);
        if (listed.length === 0) throw invalid(line, 'there is no name');
        for (const column of listed) {
          const name = fields[column]!;
          const id = find(name);
          if (id === undefined) missing.push({ name, split: listedSplits[column] });
          else assign(line, id, listedSplits[column]);
        }
      }
      continue;
    }
    for (const { line, fields } of await readTable(path, ',', ['id', 'split'])) {
      const { id, split } = fields;
      if (!id || !split) throw invalid(line, `the field ${id ? 'split' : 'id'} is empty`);
      if (!known.has(id)) throw invalid(line, `there is no volume "${id}" in the data set`);
      assign(line, id, split);
    }
  }
  return { splitOf, missing, areListed };
}

const columns = Object.keys(listedSplits) as (keyof typeof listedSplits)[];

function isList(rows: readonly TableRow[]): boolean {
  const has = (name: string) => rows.some(({ fields }) => fields[name] !== undefined);
  return columns.some(has) && !has('id') && !has('split');
}
