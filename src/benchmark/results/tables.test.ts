import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import type { AnswerScopeName } from '../outcomes.js';
import type { Results } from './schema.js';
import { writeTables } from './tables.js';

it('writes a table of configurations and one of classes for each mode and class map', async () => {
  const file = { path: 'runs/x', sha256: '0'.repeat(64) };
  const configuration = (
    name: string,
    mean: number,
    columns: Record<string, number | null>,
    among: AnswerScopeName = 'all',
  ) => ({
    name,
    encoder: 'one, "two"',
    index: 'flat',
    classMap: 'tiny',
    mode: 'region' as const,
    ranking: 'count' as const,
    among,
    figure: {
      mean,
      std: 0.25,
      interval: name === 'x' ? ([0.1, 2 / 3] as [number, number]) : null,
      classes: [
        { class: 'liver', queries: among === 'all' ? 4 : 3, value: mean, interval: null },
        { class: 'tail', queries: 0, value: null, interval: null },
      ],
    },
    columns,
    run: file,
    qrels: file,
  });
  const folder = temporaryFolder();
  const configurations = [
    configuration('x', 1 / 3, { map: 0.5 }),
    configuration('y', 1, { 'ndcg@5': null }),
    configuration('z', 0.5, {}, 'annotated'),
  ];
  await writeTables(folder, { configurations } as unknown as Results);
  expect(readFileSync(join(folder, 'tables/region.tiny.csv'), 'utf8')).toBe(
    'configuration,encoder,index,ranking,among,mean,std,low,high,queries,map,ndcg@5\r\n' +
      'x,"one, ""two""",flat,count,all,0.333333,0.250000,0.100000,0.666667,4,0.500000,\r\n' +
      'y,"one, ""two""",flat,count,all,1.000000,0.250000,,,4,,\r\n' +
      'z,"one, ""two""",flat,count,annotated,0.500000,0.250000,,,3,,\r\n',
  );
  expect(readFileSync(join(folder, 'tables/region.tiny.classes.csv'), 'utf8')).toBe(
    'class,queries,"queries, annotated",x,y,z\r\nliver,4,3,0.333333,1.000000,0.500000\r\ntail,0,0,,,\r\n',
  );
});
