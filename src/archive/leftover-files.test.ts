import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow } from '../../tests/archive-fixtures.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { removeUnfinishedFiles } from './leftover-files.js';

const minuteMs = 60_000;
const unfinished = [
  'slices.lance/data/.tmpA1b2C3',
  'slices.lance/_versions/.tmpA1b2C3',
  'slices.lance/_versions/18446744073709551613.manifest#1',
  'slices.lance/_transactions/.tmpA1b2C3',
  'slices.lance/_deletions/.tmpA1b2C3',
  'volumes.lance/data/.tmpZ9',
  '.voxseek.json.ee955826-c0fe-4305-a26f-78b7b8a28bb0',
];
const finished = [
  'voxseek.json',
  'slices.lance/data/000101.lance',
  'slices.lance/_versions/18446744073709551613.manifest',
  'slices.lance/_versions/latest_version_hint.json',
  'slices.lance/_transactions/1-dfcd.txn',
  'volumes.lance/data/tmp.lance',
  'writers/w.json',
  'notes/.tmpMine',
];

function folderWith(paths: readonly string[], ageMs: number): string {
  const folder = temporaryFolder();
  const time = new Date(Date.now() - ageMs);
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), 'x');
    utimesSync(join(folder, path), time, time);
  }
  return folder;
}

describe('files that a killed writer did not finish', () => {
  const old = folderWith([...unfinished, ...finished], 5 * minuteMs);
  const young = folderWith(unfinished, 0.5 * minuteMs);
  const ofLiving = folderWith(unfinished, 5 * minuteMs);
  const beforeLiving = folderWith(unfinished, 5 * minuteMs);

  it('go when they are older than a minute and no writer lives; finished ones stay', async () => {
    expect(await removeUnfinishedFiles(old, [])).toBe(unfinished.length);
    expect(filesBelow(old)).toEqual([...finished].sort());
  });

  it('stay for a minute', async () => {
    expect(await removeUnfinishedFiles(young, [])).toBe(0);
    expect(filesBelow(young)).toHaveLength(unfinished.length);
  });

  it('stay while a writer lives that may be writing them', async () => {
    expect(await removeUnfinishedFiles(ofLiving, [Date.now(), Date.now() - 6 * minuteMs])).toBe(0);
    expect(filesBelow(ofLiving)).toHaveLength(unfinished.length);
  });

  it('go when all living writers came later', async () => {
    expect(await removeUnfinishedFiles(beforeLiving, [Date.now(), Date.now() - 4 * minuteMs])).toBe(
      unfinished.length,
    );
  });

  it('are none in a folder that is not there', async () => {
    expect(await removeUnfinishedFiles(join(old, 'missing'), [])).toBe(0);
  });
});
