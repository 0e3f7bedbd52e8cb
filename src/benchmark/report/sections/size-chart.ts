import { scatter } from '../charts/scatter.js';
import { type Block, paragraph, type Section } from '../document.js';
import { leadingFigures, leadingMode, modeTitles } from '../figures.js';
import type { ReportInput } from '../input.js';
import { absent, formatQuantity, formatShare } from '../numbers.js';

/** Recall against the mean size of a class's regions, for each class map whose sizes are known. */
export function sizeSection(input: ReportInput): Section {
  const blocks = input.classMaps.flatMap(({ name }) => sizeChart(input, name));
  return {
    id: 'size',
    title: 'Recall against region size',
    blocks: blocks.length === 0 ? [paragraph('The sizes of the regions are not known.')] : blocks,
  };
}

function sizeChart(input: ReportInput, classMap: string): Block[] {
  const mode = leadingMode(input);
  const { unit, sizes } = input.extras.regionSizes ?? { unit: '', sizes: [] };
  if (mode === undefined) return [];
  const figures = leadingFigures(input, mode, classMap);
  const encoders = figures.map(({ encoder }) => encoder);
  const rows = sizes
    .filter((size) => size.classMap === classMap)
    .map((size) => ({
      ...size,
      values: figures.map(
        (figure) => figure.classes.find((entry) => entry.class === size.class)?.value ?? null,
      ),
    }))
    .filter(({ values }) => values.some((value) => value !== null))
    .sort((a, b) => a.mean - b.mean || (a.class < b.class ? -1 : 1));
  if (rows.length === 0) return [];
  const [smallest, largest] = [rows[0]!, rows.at(-1)!];
  const title = `${modeTitles[mode]} recall against region size, ${classMap}`;
  return [
    {
      kind: 'chart',
      chart: {
        title,
        description: `Each point is a class, by the mean size of its region in ${unit}, from ${smallest.class} (${formatQuantity(smallest.mean)}) to ${largest.class} (${formatQuantity(largest.mean)}).`,
        drawing: scatter(
          { xTitle: `Mean region size, ${unit}`, yTitle: 'Recall', yFrom: 0 },
          encoders,
          rows.flatMap(({ class: name, mean, values }) =>
            values.flatMap((value, series) =>
              value === null
                ? []
                : [
                    {
                      series,
                      x: mean,
                      y: value,
                      tip: `${encoders[series]}, ${name}: ${formatShare(value)}, ${formatQuantity(mean)} ${unit}`,
                    },
                  ],
            ),
          ),
        ),
        table: {
          caption: title,
          columns: [
            { title: 'Class', isNumeric: false },
            { title: `Mean size, ${unit}`, isNumeric: true },
            ...encoders.map((encoder) => ({ title: encoder, isNumeric: true })),
          ],
          rows: rows.map(({ class: name, mean, values }) => [
            { text: name },
            { text: formatQuantity(mean) },
            ...values.map((value) => ({ text: value === null ? absent : formatShare(value) })),
          ]),
        },
        isCollapsed: false,
      },
    },
  ];
}
