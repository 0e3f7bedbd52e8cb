import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DecodedPng, decode } from 'fast-png';
import { beforeAll, describe, expect, it } from 'vitest';
import { niftiBytes, temporaryFolder, writeFixture } from '../../../tests/volume-fixtures.js';
import { modes } from '../outcomes.js';
import type { BenchmarkRequest } from './request.js';
import { runBenchmark } from './run-benchmark.js';

const folder = temporaryFolder();
const side = 32;
const depth = 6;
const liver = 1;
const nodule = 2;

/**
 * A cylinder of soft tissue in air whose grey rises from slice to slice, and its mask: liver in every slice,
 * and in the query (but in no volume of the database) a nodule in the slices 2 to 4.
 */
function writeScan(id: string, base: number, hasNodule: boolean): void {
  const image: number[] = [];
  const mask: number[] = [];
  for (let k = 0; k < depth; k++) {
    for (let j = 0; j < side; j++) {
      for (let i = 0; i < side; i++) {
        const isInside = Math.hypot(i - side / 2, j - side / 2) < side / 3;
        const isNodule = hasNodule && k >= 2 && k <= 4 && i === side / 2;
        image.push(isInside ? base + 20 * k + 2 * i : -1000);
        mask.push(isInside ? (isNodule ? nodule : liver) : 0);
      }
    }
  }
  const size = [side, side, depth] as const;
  writeFixture(folder, `${id}.nii`, niftiBytes({ size, values: image }));
  writeFixture(folder, `${id}_mask.nii`, niftiBytes({ size, values: mask }));
}

const request = (out: string, changes: Partial<BenchmarkRequest> = {}): BenchmarkRequest => ({
  dataset: join(folder, 'cohort.csv'),
  out: join(folder, out),
  encoders: [{ encoder: 'descriptor-v1' }],
  embeddings: [],
  indexes: ['flat'],
  modes,
  rankings: ['count', 'late-interaction'],
  classMaps: ['all'],
  ...changes,
});

const report = (out: string) => readFileSync(join(folder, out, 'report.html'), 'utf8');
const pictures = (html: string) =>
  [...html.matchAll(/<h4>([^<]*)<\/h4><img src="data:image\/png;base64,([^"]+)" alt="([^"]*)">/g)].map(
    ([, title, data, alternative]) => ({
      title: title!,
      alternative: alternative!,
      png: decode(Buffer.from(data!, 'base64')),
    }),
  );

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  writeScan('A', -60, false);
  writeScan('B', 0, false);
  writeScan('Q', -20, true);
  writeFileSync(join(folder, 'names.json'), JSON.stringify({ [liver]: 'liver', [nodule]: 'nodule' }));
  const rows = ['A', 'B', 'Q'].map(
    (id) => `${id},${id}.nii,${id}_mask.nii,names.json,p${id},${id === 'Q' ? 'query' : 'database'},CT`,
  );
  writeFileSync(
    join(folder, 'cohort.csv'),
    `id,image,mask,labels,patient,split,modality\n${rows.join('\n')}\n`,
  );
  await runBenchmark(request('out'));
});

describe('the gallery of a report', () => {
  it('shows what was found best and worst, with the volume that the run file names', () => {
    const run = readFileSync(
      join(folder, 'out', 'runs', 'descriptor-v1.flat.late-interaction.all.region.run'),
      'utf8',
    );
    const first = (name: string) => new RegExp(`^${name}\\S* Q0 (\\S+) 1 `, 'm').exec(run)![1]!;
    expect(pictures(report('out')).map(({ title }) => title)).toEqual([
      `liver of Q, answered by ${first('liver')}`,
      `nodule of Q, answered by ${first('nodule')}`,
    ]);
  });

  it('says in words how good the answers are', () => {
    const html = report('out');
    expect(html).toMatch(
      /Query: the 6 slices of Q with liver\. [AB] contains liver\. Of the 6 slices of [AB] that answered, 6 contain it: localization ratio 1\.00\./,
    );
    expect(html).toMatch(
      /Query: the 3 slices of Q with nodule\. [AB] has no label nodule, which may also mean that it was not contoured there\. Of the 3 slices of [AB] that answered, 0 contain it: localization ratio 0\.00\./,
    );
    expect(pictures(html)[1]!.alternative).toMatch(/^3 slices of Q with nodule, and below each /);
  });

  it('draws the scans, not only frames and letters', () => {
    // A third of a tile is body, in greys that neither paper nor ink has.
    for (const { png } of pictures(report('out'))) expect(shareOfGrey(png)).toBeGreaterThan(0.05);
  });

  it('is there again when everything comes from the cache', async () => {
    const before = pictures(report('out')).map(({ title }) => title);
    await runBenchmark(request('out'));
    expect(pictures(report('out')).map(({ title }) => title)).toEqual(before);
  });

  it.each([
    ['no region is asked for', { modes: ['slice', 'volume'] }],
    ['nothing was re-ranked', { rankings: ['count'] }],
    ['there is no exact search', { indexes: ['lsh'] }],
  ] as const)('has no picture where %s, and says so', async (_, changes) => {
    await runBenchmark(request('out', changes));
    expect(pictures(report('out'))).toEqual([]);
    expect(report('out')).toContain('No pictures: ');
  });
});

/** Pixels of equal red, green and blue from 60 to 215, of all. */
function shareOfGrey({ data, channels, width, height }: DecodedPng): number {
  let greys = 0;
  for (let at = 0; at < data.length; at += channels) {
    const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
    if (red === green && green === blue && red >= 60 && red <= 215) greys++;
  }
  return greys / (width * height);
}
