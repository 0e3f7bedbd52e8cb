import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromWriteError } from '../../errors.js';
import { writeWhole } from '../../write-whole.js';
import { answerScopes } from '../outcomes.js';
import type { Results } from './schema.js';
import { encodeName } from './trec-names.js';

type Configuration = Results['configurations'][number];
type Field = string | number | null;

/**
 * Writes `tables/<mode>.<classMap>.csv` (a row for each configuration) and `tables/<mode>.<classMap>.classes.csv`
 * (a row for each class, a column for each configuration), and `tables/cases.csv` where there are figures of
 * whole cases. RFC 4180; figures with 6 decimals, empty where there is none.
 *
 * @throws VoxseekError STORAGE_FULL, STORAGE_NOT_WRITABLE
 */
export async function writeTables(folder: string, results: Results): Promise<void> {
  const tables = join(folder, 'tables');
  await mkdir(tables, { recursive: true }).catch((error) => {
    throw fromWriteError(error, tables);
  });
  for (const configurations of byModeAndClassMap(results.configurations)) {
    const { mode, classMap } = configurations[0]!;
    const stem = join(tables, `${mode}.${encodeName(classMap)}`);
    await writeCsv(`${stem}.csv`, configurationRows(configurations));
    await writeCsv(`${stem}.classes.csv`, classRows(configurations));
  }
  if (results.caseFigures) await writeCsv(join(tables, 'cases.csv'), caseRows(results.caseFigures));
}

function byModeAndClassMap(configurations: readonly Configuration[]): Configuration[][] {
  const groups = new Map<string, Configuration[]>();
  for (const configuration of configurations) {
    const key = JSON.stringify([configuration.mode, configuration.classMap]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [configuration]);
    else group.push(configuration);
  }
  return [...groups.values()];
}

function configurationRows(configurations: readonly Configuration[]): Field[][] {
  const columns = [...new Set(configurations.flatMap((one) => Object.keys(one.columns)))];
  return [
    [
      'configuration',
      'encoder',
      'index',
      'ranking',
      'among',
      'mean',
      'std',
      'low',
      'high',
      'queries',
      ...columns,
    ],
    ...configurations.map(({ name, encoder, index, ranking, among, figure, columns: values }) => [
      name,
      encoder,
      index,
      ranking,
      among,
      decimals(figure.mean),
      decimals(figure.std),
      decimals(figure.interval?.[0]),
      decimals(figure.interval?.[1]),
      figure.classes.reduce((sum, { queries }) => sum + queries, 0),
      ...columns.map((column) => decimals(values[column])),
    ]),
  ];
}

/** All configurations of one mode and class map are asked the same queries among the same volumes. */
function classRows(configurations: readonly Configuration[]): Field[][] {
  const scopes = answerScopes.flatMap((scope) => configurations.find(({ among }) => among === scope) ?? []);
  return [
    [
      'class',
      ...scopes.map(({ among }) => (among === 'all' ? 'queries' : `queries, ${among}`)),
      ...configurations.map(({ name }) => name),
    ],
    ...configurations[0]!.figure.classes.map((entry, position) => [
      entry.class,
      ...scopes.map(({ figure }) => figure.classes[position]!.queries),
      ...configurations.map(({ figure }) => decimals(figure.classes[position]!.value)),
    ]),
  ];
}

function caseRows(figures: NonNullable<Results['caseFigures']>): Field[][] {
  const columns = [...new Set(figures.flatMap((figure) => Object.keys(figure.columns)))];
  return [
    ['labels', 'task', 'encoder', 'index', 'ranking', 'queries', 'unanswerable', ...columns],
    ...figures.map(({ labels, task, encoder, index, ranking, queries, unanswerable, columns: values }) => [
      labels,
      task,
      encoder,
      index,
      ranking,
      queries,
      unanswerable,
      ...columns.map((column) => decimals(values[column])),
    ]),
  ];
}

function decimals(value: number | null | undefined): string | null {
  return value === null || value === undefined ? null : value.toFixed(6);
}

async function writeCsv(path: string, rows: readonly (readonly Field[])[]): Promise<void> {
  const text = rows.map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
  await writeWhole(path, (temporary) => writeFile(temporary, text));
}

function csvField(field: Field): string {
  const text = field === null ? '' : String(field);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
