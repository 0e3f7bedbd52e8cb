import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithData, sharedData } from '../../../tests/shared.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { resolveClassMap } from '../class-maps/resolve-class-map.js';
import { LabelCounts } from './label-counts.js';
import { openDataset } from './open-dataset.js';

const folder = temporaryFolder();

describeWithData('the cohort of real scans', () => {
  it('is divided into its splits, and its volumes without a mask are listed', async () => {
    const { database, queries, splits } = await openDataset(join(sharedData, 'cohort.csv'));
    // Counted in the CSV with Python: 129 and 14 rows of the database with and without a mask, 43 queries.
    expect([...splits]).toEqual([
      ['database', 143],
      ['query', 43],
    ]);
    expect(database.entries).toHaveLength(129);
    expect(database.leftOut).toHaveLength(14);
    expect(queries.entries).toHaveLength(43);
    expect(queries.leftOut).toEqual([]);
  });

  it('has in a mask the structures that the cohort says were contoured, for a class map of its own names', async () => {
    const { queries } = await openDataset(join(sharedData, 'cohort.csv'));
    const entry = queries.entries.find(({ id }) => id.startsWith('openkbp'))!;
    const labels = await new LabelCounts(join(folder, 'cache')).labels([entry]);
    expect(entry.annotated!.length).toBeGreaterThan(3);
    expect(labels).toEqual([...entry.annotated!].sort());
    expect((await resolveClassMap('all', labels)).classes).toEqual(labels);
  });
});
