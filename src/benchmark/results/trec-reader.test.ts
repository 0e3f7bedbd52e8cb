import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFixture } from '../../../tests/volume-fixtures.js';
import { countRelevant, readRun } from './trec-reader.js';

describe('readRun', () => {
  const folder = temporaryFolder();
  // By score "b" is the first of "falls", although it has the rank 2; "ties" has equal scores.
  const text =
    'falls Q0 a 1 0.5 x\nfalls Q0 b 2 0.75 x\nties Q0 a 1 2 x\nties Q0 b 2 2.00000000001 x\ngood Q0 c 1 2 x\ngood Q0 a 2 1 x\n';
  const path = writeFixture(folder, 'some.run', text);

  it('takes the document of the highest score, and tells of scores that do not fall as float32', async () => {
    const run = await readRun(path, 'first');
    const first = [...run.topics].map(([topic, { documents }]) => [topic, ...documents]);
    expect(first).toEqual([
      ['falls', 'b'],
      ['ties', 'a'],
      ['good', 'c'],
    ]);
    expect(run.unordered).toEqual(['falls', 'ties']);
    expect(run.sha256).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('keeps all documents where all count', async () => {
    const run = await readRun(path, 'all');
    expect([...run.topics.get('good')!.documents]).toEqual(['c', 'a']);
    const qrels = writeFixture(
      folder,
      'some.qrels',
      'good 0 a 1\r\ngood 0 c 0\r\ngood 0 z 1\r\nlost 0 a 1\r\n',
    );
    expect((await countRelevant(qrels, run)).relevant).toEqual(
      new Map([
        ['good', { all: 2, returned: 1 }],
        ['lost', { all: 1, returned: 0 }],
      ]),
    );
  });

  it.each([
    ['t Q0 a 1 x x\n', 'line 1 is broken: its score is no number'],
    ['t Q0 a 1 1 x\nt Q0 a 2 0 x', 'line 2 is broken: a is there twice for its topic'],
    ['t Q0 a 1 1\n', 'line 1 is broken: it has 5 fields, not 6'],
  ])('refuses %j', async (content, reason) => {
    const broken = writeFixture(folder, 'broken.run', content);
    await expect(readRun(broken, 'all')).rejects.toMatchObject({ code: 'RESULTS_INVALID', reason });
  });

  it('refuses a file that is not there', async () => {
    await expect(readRun(join(folder, 'none.run'), 'all')).rejects.toMatchObject({
      code: 'RESULTS_INVALID',
      reason: 'is missing',
    });
  });
});
