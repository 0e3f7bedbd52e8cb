import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tinyEncoder, tinyManifest } from '../../tests/archive-fixtures.js';
import { segmentationBytes } from '../../tests/dicom-masks.js';
import { errorOf } from '../../tests/error-of.js';
import { smallSeries, smallSeriesSize } from '../../tests/small-series.js';
import { temporaryFolder, writeFixture } from '../../tests/volume-fixtures.js';
import { SearchEngine } from '../answer/search-engine.js';
import { Archive } from '../archive/archive.js';
import { ingest } from '../archive/ingest.js';
import { findVolumes } from '../volume/collection.js';

const folder = temporaryFolder();

it('an answer tells what was interpreted and left out when the mask of its query was read', async () => {
  const scan = join(folder, 'scan');
  mkdirSync(scan);
  const { files, series } = smallSeries(1);
  for (const [index, file] of files.entries()) writeFixture(scan, `IM${index}`, file);
  const { rows, columns } = smallSeriesSize;
  // On the slice at 6 mm, and far above the last one.
  const mask = segmentationBytes({
    type: 'FRACTIONAL',
    labels: ['Liver'],
    rows,
    columns,
    planes: [6, 300].map((z) => ({
      position: [-20, -24, z],
      segment: 1,
      pixels: Array.from({ length: rows * columns }, () => 200),
    })),
    series,
  });
  const archive = await Archive.openOrCreate(join(folder, 'archive'), tinyManifest());
  await ingest(archive, tinyEncoder(), await findVolumes(scan));
  const engine = new SearchEngine(archive, tinyEncoder());
  const path = writeFixture(folder, 'mask', mask);
  for (const query of [scan, series]) {
    const { warnings, query: searched } = await engine.search({
      query,
      label: 'Liver',
      mask: path,
      exclude: 'none',
    });
    expect(searched.slices).toEqual([2]);
    expect(warnings.join('\n')).toMatch(/mask: The segments are fractional \(probability\)/);
    expect(warnings.join('\n')).toMatch(/1 of 2 planes of "Liver" lie outside the image: left out/);
  }
  await archive.close();
});

it('a broken mask beside the images does not keep a label of another one from being found', async () => {
  const scan = join(folder, 'with-masks');
  mkdirSync(scan);
  const { files, series } = smallSeries(2);
  for (const [index, file] of files.entries()) writeFixture(scan, `IM${index}`, file);
  const { rows, columns } = smallSeriesSize;
  const pixels = Array.from({ length: rows * columns }, () => 1);
  const mask = (label: string) =>
    segmentationBytes({
      labels: [label],
      rows,
      columns,
      planes: [{ position: [-20, -24, 9], segment: 1, pixels }],
      series,
    });
  writeFixture(scan, 'SEG1', mask('Spleen').subarray(0, -60));
  writeFixture(scan, 'SEG2', mask('Liver'));
  const archive = await Archive.openOrCreate(join(folder, 'archive-2'), tinyManifest());
  await ingest(archive, tinyEncoder(), await findVolumes(scan));
  const engine = new SearchEngine(archive, tinyEncoder());
  const { query, warnings } = await engine.search({ query: scan, label: 'Liver' });
  expect(query.slices).toEqual([3]);
  expect(warnings.join('\n')).toMatch(/The mask \S*SEG1 is left out: is truncated/);
  const named = { query: scan, label: 'Liver', mask: join(scan, 'SEG1') };
  expect(await errorOf(engine.search(named))).toMatchObject({ code: 'DICOM_INVALID', subject: named.mask });
  await archive.close();
});
