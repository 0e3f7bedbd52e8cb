import { describe, expect, it } from 'vitest';
import { madeUpExtras, madeUpResults } from '../../../tests/report-results.js';
import type { Results } from '../results/schema.js';
import { renderHtml, renderMarkdown } from './report.js';

const classMaps: Results['classMaps'] = [
  { name: 'coarse', source: 'three', classes: ['brain', 'heart', 'lung'] },
  {
    name: 'detailed',
    source: 'five',
    classes: ['brain', 'heart_left', 'heart_right', 'lung_left', 'lung_right'],
  },
];
const results = madeUpResults({
  encoders: ['first', 'second', 'third'],
  indexes: ['flat', 'hnsw'],
  classMaps,
});
const extras = madeUpExtras(classMaps);

/** The rows of the table under a caption, header first, as lists of texts. */
function markdownTable(text: string, caption: string): string[][] {
  const lines = text.split('\n');
  const start = lines.indexOf(`*${caption}*`);
  if (start < 0) throw new Error(`no table ${caption}`);
  const end = lines.indexOf('', start + 2);
  const rows = lines.slice(start + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((entry) => entry.trim()),
  );
  return [rows[0]!, ...rows.slice(2)];
}

function htmlTable(page: string, caption: string): string[][] {
  const table = page
    .split('<table>')
    .find((part) => part.includes(`>${caption}</caption>`))
    ?.split('</table>')[0];
  if (table === undefined) throw new Error(`no table ${caption}`);
  return [...table.matchAll(/<tr[^>]*>(.*?)<\/tr>/g)].map(([, row]) =>
    [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, content]) => content!.replace(/<[^>]*>/g, '')),
  );
}

const numbersIn = (text: string) => [...text.matchAll(/-?\d*\.\d+/g)].map(([number]) => Number(number));

const toThreeDigits = (value: number) => Number(value.toFixed(3));

function figureOf(encoder: string, index: string, classMap: string, mode: string, ranking: string) {
  return results.configurations.find(
    (entry) =>
      entry.encoder === encoder &&
      entry.index === index &&
      entry.classMap === classMap &&
      entry.mode === mode &&
      entry.ranking === ranking,
  )!.figure;
}

const rankingOf: Readonly<Record<string, string>> = {
  count: 'count',
  max: 'max',
  sum: 'sum',
  'late interaction': 'late-interaction',
  'late interaction, all volumes': 'late-interaction-all',
};

const formats = [
  { format: 'Markdown', text: renderMarkdown(results, extras), tableOf: markdownTable },
  { format: 'HTML', text: renderHtml(results, extras), tableOf: htmlTable },
];

describe.each(formats)('the report in $format', ({ text, tableOf }) => {
  it.each([
    ['Volume-based recall', 'volume'],
    ['Region-based recall', 'region'],
    ['Localized recall', 'localized'],
    ['Localization ratio', 'ratio'],
    ['Overlap of the range', 'range'],
    ['Range recall, overlap of .5 at least', 'range-half'],
  ])('has every figure of the table %s', (caption, mode) => {
    const [, ...rows] = tableOf(text, caption);
    expect(rows).toHaveLength(3 * 2 * 5);
    for (const [encoder, index, ranking, ...cells] of rows) {
      for (const [at, map] of ['coarse', 'detailed'].entries()) {
        const figure = figureOf(encoder!, index!, map, mode, rankingOf[ranking!]!);
        const printed = [...numbersIn(cells[2 * at]!), ...numbersIn(cells[2 * at + 1]!)];
        const exact = [figure.mean!, figure.std!, ...figure.interval!];
        expect(printed).toHaveLength(4);
        for (const [place, value] of exact.entries()) expect(printed[place]).toBe(toThreeDigits(value));
      }
    }
  });

  it('has no ranking in the slice-wise table', () => {
    const [header, ...rows] = tableOf(text, 'Slice-wise recall');
    expect(header!.slice(0, 3)).toEqual(['Encoder', 'Index', 'coarse, 3 classes']);
    expect(rows).toHaveLength(6);
  });

  it('has the value of each class with its interval', () => {
    const [header, ...rows] = tableOf(
      text,
      'Region-based recall by class, detailed: recall and 95 % interval',
    );
    expect(header).toEqual(['Class', 'Queries', 'first', 'second', 'third']);
    expect(rows.map(([name]) => name).sort()).toEqual([...classMaps[1]!.classes].sort());
    for (const [name, , ...cells] of rows) {
      for (const [at, encoder] of ['first', 'second', 'third'].entries()) {
        const figure = figureOf(encoder, 'flat', 'detailed', 'region', 'late-interaction');
        const entry = figure.classes.find((candidate) => candidate.class === name)!;
        const printed = numbersIn(cells[at]!);
        expect(printed[0]).toBe(toThreeDigits(entry.value!));
        expect(printed[1]).toBe(toThreeDigits(entry.interval![0]));
        expect(printed[2]).toBe(toThreeDigits(entry.interval![1]));
      }
    }
  });

  it('puts the published averages beside ours without calling them comparable', () => {
    const rows = tableOf(
      text,
      'Published averages and the best of this report, mean ± standard deviation over classes',
    );
    const paper = rows.filter((row) => row[1] === 'paper').map((row) => [row[2], ...numbersIn(row[4]!)]);
    expect(paper).toEqual([
      ['DreamSim', 0.863, 0.107],
      ['DreamSim', 0.797, 0.129],
      ['DINOv1', 0.967, 0.04],
      ['Swin (RadImageNet)', 0.924, 0.072],
      ['DreamSim', 0.987, 0.027],
      ['DreamSim', 0.987, 0.024],
    ]);
    const ours = rows.find(
      (row) => row[0] === 'Region-based, re-ranked' && row[3] === '5 classes (detailed)',
    )!;
    const means = results.configurations
      .filter(
        ({ mode, classMap, ranking }) =>
          mode === 'region' && classMap === 'detailed' && ranking.startsWith('late'),
      )
      .map(({ figure }) => figure.mean!);
    expect(numbersIn(ours[4]!)[0]).toBe(toThreeDigits(Math.max(...means)));
    expect(text).toContain('The two are not comparable');
  });

  it('says what the best of each mode is', () => {
    const means = results.configurations.filter(
      ({ mode, classMap }) => mode === 'slice' && classMap === 'coarse',
    );
    const best = means.reduce((a, b) => (b.figure.mean! > a.figure.mean! ? b : a));
    const line = text.split('\n').find((candidate) => candidate.includes('Slice-wise, coarse: '))!;
    expect(line).toContain(`best of 6 configurations`);
    expect(line).toContain(`${best.encoder} (${best.index})`);
    expect(line).toContain('over 3 of 3 classes');
  });

  it('lists what was left out, the indexes, the tests and the seeds', () => {
    expect(tableOf(text, 'Volumes that were left out: 2').slice(1)).toEqual([
      ['s0042', 'no labels'],
      ['s0815', 'the mask is empty'],
    ]);
    const indexes = tableOf(text, 'Indexes: recall against exact search, time and memory');
    expect(indexes[2]).toEqual([
      'hnsw',
      'first',
      'M 32, efConstruction 128',
      '.960',
      '53.2',
      '6.7',
      '212.2 MiB',
    ]);
    expect(tableOf(text, 'Paired permutation tests')[1]).toEqual([
      'first (flat, late interaction)',
      'second (flat, late interaction)',
      'Region-based, coarse',
      'encoders, region-based, late interaction',
      '+.031',
      '.0123',
      '.0246',
    ]);
    const facts = tableOf(text, 'Seeds, versions, machine and times');
    expect(facts).toContainEqual(['seed: permutation', '2']);
    expect(facts).toContainEqual(['voxseek', '0.2.0']);
  });

  it('has precision and the like where they were computed', () => {
    const rows = tableOf(text, 'Volume-based, metrics of the ranked list');
    expect(rows[0]).toEqual(['Encoder', 'Index', 'Ranking', 'Class map', 'precision@5', 'map', 'ndcg@10']);
    const { mean } = figureOf('first', 'flat', 'coarse', 'volume', 'count');
    expect(Math.abs(numbersIn(rows[1]![4]!)[0]! - (mean! - 0.1))).toBeLessThan(0.00051);
    expect(rows[1]![6]).toBe('n/a');
  });
});

describe('marks', () => {
  const values = [0.9, 0.9004, 0.8, 0.5];
  const marked = withMeans(values);

  it('makes equal means as printed best alike, and underlines the worst, in Markdown', () => {
    const cells = markdownTable(renderMarkdown(marked), 'Slice-wise recall').map((row) => row[2]);
    expect(cells.slice(1)).toEqual([
      '**.900 ± .100**',
      '**.900 ± .100**',
      '.800 ± .100',
      '<u>.500 ± .100</u>',
    ]);
  });

  it('says them in words too in HTML', () => {
    const cells = htmlTable(renderHtml(marked), 'Slice-wise recall').map((row) => row[2]);
    expect(cells.slice(1)).toEqual([
      '.900 ± .100 (best)',
      '.900 ± .100 (best)',
      '.800 ± .100',
      '.500 ± .100 (worst)',
    ]);
  });

  it('leaves a column alone in which all are equal', () => {
    const cells = markdownTable(renderMarkdown(withMeans([0.7, 0.7])), 'Slice-wise recall').map(
      (row) => row[2],
    );
    expect(cells.slice(1)).toEqual(['.700 ± .100', '.700 ± .100']);
  });

  function withMeans(means: readonly number[]): Results {
    const names = means.map((_, at) => `encoder${at}`);
    const made = madeUpResults({ encoders: names, classMaps: classMaps.slice(0, 1) });
    const configurations = made.configurations
      .filter(({ mode }) => mode === 'slice')
      .map((entry, at) => ({ ...entry, figure: { ...entry.figure, mean: means[at]!, std: 0.1 } }));
    return { ...made, configurations, comparisons: [] };
  }
});

describe('classes without a query', () => {
  const partial = madeUpResults({ encoders: ['first'], classMaps, absent: ['brain'] });

  it('are named in each format', () => {
    expect(renderMarkdown(partial)).toContain(
      'coarse: 1 of 3 classes without a query, left out of the mean: brain. detailed: 1 of 5 classes without a query, left out of the mean: brain.',
    );
    expect(renderHtml(partial)).toContain('Without a query, not drawn: brain.');
    expect(
      htmlTable(renderHtml(partial), 'Region-based recall by class, coarse: recall and 95 % interval').at(-1),
    ).toEqual(['brain', '0', 'n/a']);
  });

  it('can be all of them', () => {
    const none = madeUpResults({
      encoders: ['first'],
      classMaps: classMaps.slice(0, 1),
      absent: classMaps[0]!.classes,
    });
    const text = renderMarkdown(none);
    expect(text).toContain('Region-based, coarse: no class has a query, so there is no figure.');
    expect(markdownTable(text, 'Region-based recall')[1]!.slice(3)).toEqual(['n/a', 'n/a']);
    expect(renderHtml(none)).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('a small benchmark', () => {
  it('of one encoder and one ranking says what there is nothing to compare with', () => {
    const made = madeUpResults({ encoders: ['only'], classMaps: classMaps.slice(0, 1) });
    const small = {
      ...made,
      configurations: made.configurations.filter(
        ({ mode, ranking }) => mode === 'volume' && ranking === 'count',
      ),
    };
    const text = renderMarkdown(small);
    expect(text).toContain('**only (flat, count)**, the only configuration, has ');
    expect(text).toContain('Count-based retrieval and late interaction were not both run');
    expect(text).toContain('There was nothing to compare');
    expect(text).not.toContain('<u>');
    expect(markdownTable(text, 'Volume-based recall')).toHaveLength(2);
    expect(renderHtml(small)).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('of TotalSegmentator stands on the scans of the paper', () => {
    const text = renderMarkdown(
      madeUpResults({ encoders: ['only'], classMaps, identity: 'TotalSegmentator v1' }),
    );
    expect(text).toContain('Both stand on TotalSegmentator');
    expect(text).not.toContain('not comparable');
  });
});

describe('words of a report', () => {
  const made = madeUpResults({ encoders: ['first'], classMaps: classMaps.slice(0, 1) });
  const withValues = (value: number): Results => ({
    ...made,
    configurations: made.configurations.map((entry) => ({
      ...entry,
      figure: { ...entry.figure, classes: entry.figure.classes.map((one) => ({ ...one, value })) },
    })),
  });

  it('names the machine and the minute', () => {
    expect(renderMarkdown(made)).toContain(
      'voxseek 0.2.0, 2025-01-31 12:00 UTC, AMD EPYC, 2 cores, 24 GiB, node v20.20.2',
    );
  });

  it('names every class that is highest, not one of many', () => {
    const names = [...classMaps[0]!.classes].sort().join(', ');
    expect(renderMarkdown(withValues(1))).toContain(`Highest ${names} (1.000), lowest ${names} (1.000).`);
  });

  it('bounds times that are too short to be measured, and says where an index has no parameters', () => {
    const [index] = made.environment.indexes;
    const quick = {
      ...made,
      environment: { ...made.environment, indexes: [{ ...index!, buildSeconds: 0.00008 }] },
    };
    const table = markdownTable(
      renderMarkdown(quick),
      'Indexes: recall against exact search, time and memory',
    );
    expect(table[1]!.slice(2, 5)).toEqual(['none', '1.000', '&lt; 0.001']);
  });

  it('lists the preprocessing of an encoder', () => {
    expect(markdownTable(renderMarkdown(made), 'Preprocessing of first').slice(1)).toEqual([
      ['window', 'soft tissue'],
      ['size', '[ 224, 224 ]'],
    ]);
  });
});

describe.each(formats.map(({ format, tableOf }) => ({ format, tableOf })))(
  'figures among annotated volumes, in $format',
  ({ format, tableOf }) => {
    const made = madeUpResults({ encoders: ['first'], classMaps, isAnnotated: true });
    const render = format === 'HTML' ? renderHtml : renderMarkdown;
    const text = render(made, extras);
    const meanOf = (mode: string, among: string) =>
      made.configurations.find(
        (one) =>
          one.mode === mode &&
          one.among === among &&
          one.classMap === 'coarse' &&
          one.ranking === 'late-interaction',
      )!.figure;

    it('stand beside those among all volumes, explained in a sentence', () => {
      const [header, ...rows] = tableOf(text, 'Region-based recall');
      expect(header!.slice(3, 7)).toEqual([
        'coarse, 3 classes',
        'coarse, 95 % interval',
        'coarse, annotated volumes, 3 classes',
        'coarse, annotated volumes, 95 % interval',
      ]);
      const row = rows.find(([, , ranking]) => ranking === 'late interaction')!;
      expect(numbersIn(row[3]!)[0]).toBe(toThreeDigits(meanOf('region', 'all').mean!));
      expect(numbersIn(row[5]!)[0]).toBe(toThreeDigits(meanOf('region', 'annotated').mean!));
      expect(text).toContain(
        'among annotated volumes only those in which the class was looked for may answer',
      );
    });

    it('have the overlap of every class and ranking', () => {
      const rows = tableOf(text, 'Overlap of the range by class, coarse, annotated volumes');
      const column = rows[0]!.indexOf('first, late interaction');
      expect(rows[0]![column + 1]).toBe('first, late interaction, at least .5');
      const figures = [meanOf('range', 'annotated'), meanOf('range-half', 'annotated')];
      for (const [at, figure] of figures.entries()) {
        for (const [place, { class: name, value }] of figure.classes.entries()) {
          expect(rows[place + 1]![0]).toBe(name);
          expect(numbersIn(rows[place + 1]![column + at]!)).toEqual([toThreeDigits(value!)]);
        }
        expect(numbersIn(rows.at(-1)![column + at]!)).toEqual([figure.mean!, figure.std!].map(toThreeDigits));
      }
    });

    it('are not there where nothing is annotated', () => {
      const page = render(results, extras);
      expect(page).not.toContain(', annotated volumes');
    });
  },
);

describe('text from outside', () => {
  const hostile = 'a<script>alert("1")</script>|*b*&amp;_c_ [x](http://example.org)\n# d';
  const made = madeUpResults({
    encoders: [hostile, 'plain'],
    classMaps: [{ name: 'map', source: hostile, classes: [hostile, 'heart'] }],
  });
  const hostileExtras = madeUpExtras(made.classMaps);

  it('stays text in HTML', () => {
    const page = renderHtml(made, hostileExtras);
    expect(page).not.toContain('<script');
    expect(page).toContain('a&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;|*b*&amp;amp;_c_');
    expect(page.match(/(?:src|href|srcset)="(?!#|data:image\/png;base64,)[^"]*"/g)).toBeNull();
    expect(page).not.toMatch(/url\(|@import|<link|<iframe/);
  });

  it('stays text, and within its cell, in Markdown', () => {
    const text = renderMarkdown(made, hostileExtras);
    expect(text).not.toContain('<script');
    expect(markdownTable(text, 'Slice-wise recall')[1]![0]).toBe(
      'a&lt;script&gt;alert("1")&lt;/script&gt;\\|\\*b\\*&amp;amp;\\_c\\_ [x\\](http://example.org) # d',
    );
  });

  it('may not be a picture unless it is PNG data', () => {
    const [entry] = hostileExtras.gallery!;
    for (const picture of [
      'https://example.org/a.png',
      'data:image/svg+xml;base64,AAAA',
      `${entry!.picture}" onload="x`,
    ]) {
      expect(() => renderHtml(made, { gallery: [{ ...entry!, picture }] })).toThrow(
        expect.objectContaining({ code: 'INTERNAL' }),
      );
    }
  });
});

describe('the page', () => {
  const page = renderHtml(results, extras);

  it('is the same for the same results', () => {
    const again = madeUpResults({
      encoders: ['first', 'second', 'third'],
      indexes: ['flat', 'hnsw'],
      classMaps,
    });
    expect(renderHtml(again, madeUpExtras(classMaps))).toBe(page);
    expect(renderMarkdown(again, madeUpExtras(classMaps))).toBe(renderMarkdown(results, extras));
  });

  it('has headers and a caption in every table, a name and a description for every drawing', () => {
    const tables = page.split('<table>').slice(1);
    expect(tables.length).toBeGreaterThan(15);
    for (const table of tables)
      expect(table).toMatch(/^\n<caption id="[^"]+">[^<]+<\/caption>\n<thead><tr><th scope="col"/);
    const drawings = [...page.matchAll(/<svg [^>]*>/g)].map(([tag]) => tag);
    // Four modes by class, sizes, ratio and re-ranking, each for two class maps, and one of the indexes.
    expect(drawings).toHaveLength(15);
    for (const tag of drawings) {
      const described = /role="img" aria-label="[^"]+" aria-describedby="([^"]+)"/.exec(tag)?.[1];
      expect(page).toContain(`<figcaption id="${described}">`);
    }
    expect(page).toContain('alt="Query slices above the matched slices of s0200."');
  });

  it('closes every element that it opens, and gives an id once', () => {
    const open: string[] = [];
    for (const [, slash, name, own] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)) {
      if (own === '/' || name === 'meta' || name === 'img') continue;
      if (slash === '/') expect(open.pop()).toBe(name);
      else open.push(name!);
    }
    expect(open).toEqual([]);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('draws a point for each value of each class', () => {
    const entry = figureOf('second', 'flat', 'coarse', 'region', 'late-interaction').classes[1]!;
    const tip = new RegExp(`<title>second, heart: (\\S+) \\[.*?\\], ${entry.queries} queries</title>`);
    expect(Number(tip.exec(page)![1])).toBe(toThreeDigits(entry.value!));
    const chart = page.split('aria-label="Region-based recall by class, detailed"')[1]!.split('</svg>')[0]!;
    expect(chart.match(/<title>/g)).toHaveLength(3 * 5);
  });
});
