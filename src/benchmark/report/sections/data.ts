import { type Block, paragraph, type Section, type Table } from '../document.js';
import type { Fact, ReportInput } from '../input.js';
import { absent, formatCount } from '../numbers.js';

/** What the figures stand on: data, what was left out, class maps, parameters, seeds, version, machine. */
export function dataSection(input: ReportInput): Section {
  const { dataset, classMaps, environment } = input;
  const { leftOut } = dataset;
  const left: Block[] =
    leftOut.length === 0
      ? [paragraph('No volume was left out.')]
      : [
          {
            kind: 'table',
            table: {
              caption: `Volumes that were left out: ${formatCount(leftOut.length)}`,
              columns: [
                { title: 'Volume', isNumeric: false },
                { title: 'Reason', isNumeric: false },
              ],
              rows: leftOut.map(({ id, reason }) => [{ text: id }, { text: reason }]),
            },
          },
        ];
  return {
    id: 'data',
    title: 'Data and parameters',
    blocks: [
      {
        kind: 'table',
        table: {
          caption: `Data set ${dataset.name}${dataset.identity === dataset.name ? '' : ` (${dataset.identity})`}`,
          columns: [
            { title: 'Side', isNumeric: false },
            { title: 'Split', isNumeric: false },
            ...['Volumes', 'Slices', 'Patients'].map((title) => ({ title, isNumeric: true })),
          ],
          rows: (['database', 'queries'] as const).map((side) => [
            { text: side },
            { text: dataset[side].split ?? absent },
            ...[dataset[side].volumes, dataset[side].slices, dataset[side].patients].map((count) => ({
              text: formatCount(count),
            })),
          ]),
        },
      },
      ...left,
      {
        kind: 'table',
        table: {
          caption: 'Class maps',
          columns: [
            { title: 'Map', isNumeric: false },
            { title: 'Classes', isNumeric: true },
            { title: 'Source', isNumeric: false },
          ],
          rows: classMaps.map(({ name, classes, source }) => [
            { text: name },
            { text: String(classes.length) },
            { text: source },
          ]),
        },
      },
      {
        kind: 'table',
        table: {
          caption: 'Encoders',
          columns: [
            { title: 'Encoder', isNumeric: false },
            { title: 'Dimensions', isNumeric: true },
            { title: 'Preprocessing', isNumeric: false },
            { title: 'Hash of the weights', isNumeric: false },
          ],
          rows: input.encoders.map(({ name, dimension, preprocessing, weightsHash }) => [
            { text: name },
            { text: String(dimension) },
            { text: preprocessing === null ? 'embeddings computed elsewhere' : 'below' },
            { text: weightsHash },
          ]),
        },
      },
      ...input.encoders.flatMap(({ name, preprocessing }): Block[] =>
        preprocessing === null
          ? []
          : [
              {
                kind: 'table',
                table: factTable(`Preprocessing of ${name}`, preprocessing),
                isCollapsed: true,
              },
            ],
      ),
      { kind: 'table', table: factTable('Parameters', input.parameters) },
      {
        kind: 'table',
        table: factTable('Seeds, versions, machine and times', [
          { name: 'content hash of the data set', value: dataset.contentHash },
          ...(dataset.caseLabels ?? []).map(({ name, sha256 }) => ({
            name: `SHA-256 of the case labels ${name}`,
            value: sha256,
          })),
          ...input.seeds.map(({ name, value }) => ({ name: `seed: ${name}`, value })),
          { name: 'voxseek', value: input.version },
          { name: 'machine', value: environment.machine },
          { name: 'date', value: environment.date },
          ...environment.timings.map(({ name, value }) => ({ name: `seconds: ${name}`, value })),
        ]),
      },
    ],
  };
}

function factTable(caption: string, facts: readonly Fact[]): Table {
  return {
    caption,
    columns: [
      { title: 'Name', isNumeric: false },
      { title: 'Value', isNumeric: false },
    ],
    rows: facts.map(({ name, value }) => [{ text: name }, { text: String(value) }]),
  };
}
