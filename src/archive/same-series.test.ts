import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tinyEncoder, tinyManifest } from '../../tests/archive-fixtures.js';
import { along, type Dataset, seriesDatasets, writeSeries } from '../../tests/dicom-series.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { findVolumes } from '../volume/collection.js';
import { Archive } from './archive.js';
import { ingest } from './ingest.js';

const folder = temporaryFolder();
const series = '2.25.551';
const echo = (echoTime: number): Dataset[] =>
  seriesDatasets({
    modality: 'MR',
    series,
    positions: along(5),
    value: (i, j, k) => echoTime + i * j + k,
    attributes: { EchoTime: String(echoTime), ImageType: ['ORIGINAL', 'PRIMARY', 'OTHER'] },
  });
const [first, second] = [echo(5), echo(80)];

function folderOf(name: string, datasets: readonly Dataset[]): string {
  const path = join(folder, name);
  writeSeries(path, datasets, (index) => `IM${index}`);
  return path;
}

async function emptyArchive(name: string) {
  const archive = await Archive.openOrCreate(join(folder, name), tinyManifest());
  const add = async (path: string) => ingest(archive, tinyEncoder(), await findVolumes(path));
  const sizes = async () =>
    Object.fromEntries((await archive.volumes()).map(({ id, sliceCount }) => [id, sliceCount]));
  return { archive, add, sizes };
}

it('a series that has grown keeps its id, and takes the place of what it was', async () => {
  const { archive, add, sizes } = await emptyArchive('grown');
  await add(folderOf('three', first.slice(0, 3)));
  expect((await add(folderOf('five', first))).outcomes).toMatchObject({ replaced: 1, failed: 0 });
  expect(await sizes()).toEqual({ [series]: 5 });
  await archive.close();
});

it('another stack of the series from another folder does not take its place', async () => {
  const { archive, add, sizes } = await emptyArchive('another');
  await add(folderOf('echo-1', first));
  const path = folderOf('echo-2', second);
  const { outcomes, failures } = await add(path);
  expect(outcomes).toMatchObject({ replaced: 0, failed: 1 });
  expect(failures).toMatchObject([{ id: series, image: path, code: 'COHORT_INVALID' }]);
  expect(failures[0]!.message).toContain('the archive has other images of this series');
  expect(await sizes()).toEqual({ [series]: 5 });
  await archive.close();
});

it('what was the series and is none of its stacks any more is named', async () => {
  const { archive, add, sizes } = await emptyArchive('obsolete');
  await add(folderOf('some', first.slice(0, 3)));
  const { warnings } = await add(folderOf('both', [...first, ...second]));
  expect(await sizes()).toEqual({ [series]: 3, [`${series}#echo-5`]: 5, [`${series}#echo-80`]: 5 });
  expect(warnings).toMatchObject([{ id: series, message: expect.stringMatching(/none of them.*remove/) }]);
  await archive.close();
});

it('what was the series and is one of its stacks stays as it is', async () => {
  const { archive, add, sizes } = await emptyArchive('kept');
  await add(folderOf('all', first));
  const { warnings, duplicates } = await add(folderOf('all-both', [...first, ...second]));
  expect(duplicates).toEqual([{ id: `${series}#echo-5`, of: series }]);
  expect(warnings).toEqual([]);
  expect(await sizes()).toEqual({ [series]: 5, [`${series}#echo-80`]: 5 });
  await archive.close();
});
