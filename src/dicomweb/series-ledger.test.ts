import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SeriesLedger } from './series-ledger.js';

const server = 'http://host/dicom-web';
let path: string;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'voxseek-ledger-')), 'dicomweb.jsonl');
});
afterEach(() => rm(join(path, '..'), { recursive: true, force: true }));

describe('a ledger of series', () => {
  it('remembers what was taken, by server', async () => {
    const ledger = await SeriesLedger.open(path, server);
    expect(ledger.noteOf('1.2')).toBeUndefined();
    await ledger.add({ series: '1.2', instances: 3, volumes: ['1.2#a', '1.2#b'] });
    await ledger.add({ series: '1.3', instances: 1, volumes: [], refersTo: ['1.2'] });
    await ledger.add({ series: '1.2', instances: 4, volumes: ['1.2'] });
    for (const seen of [ledger, await SeriesLedger.open(path, server)]) {
      expect(seen.noteOf('1.2')).toMatchObject({ instances: 4, volumes: ['1.2'] });
      expect(seen.noteOf('1.3')).toMatchObject({ instances: 1, volumes: [], refersTo: ['1.2'] });
    }
    expect((await SeriesLedger.open(path, 'http://other/dicom-web')).noteOf('1.2')).toBeUndefined();
  });

  it('survives a line that was cut off, and keeps what comes after it', async () => {
    const ledger = await SeriesLedger.open(path, server);
    await ledger.add({ series: '1.2', instances: 3, volumes: ['1.2'] });
    const whole = await readFile(path, 'utf8');
    await appendFile(path, whole.slice(0, 30));
    const next = await SeriesLedger.open(path, server);
    await next.add({ series: '1.4', instances: 5, volumes: ['1.4'] });
    const last = await SeriesLedger.open(path, server);
    expect(last.noteOf('1.2')?.instances).toBe(3);
    expect(last.noteOf('1.4')?.instances).toBe(5);
  });

  it('keeps the notes of two writers', async () => {
    const [one, other] = [await SeriesLedger.open(path, server), await SeriesLedger.open(path, server)];
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        (i % 2 ? one : other).add({ series: `1.${i}`, instances: i, volumes: [`1.${i}`] }),
      ),
    );
    const both = await SeriesLedger.open(path, server);
    for (let i = 0; i < 40; i++) expect(both.noteOf(`1.${i}`)?.instances).toBe(i);
  });

  it('forgets what another version left out, for this one may read it', async () => {
    const note = { server, instances: 1, voxseekVersion: '0.0.1' };
    await writeFile(
      path,
      [
        { ...note, series: '1.1', volumes: [] },
        { ...note, series: '1.2', volumes: ['1.2'] },
      ]
        .map((line) => JSON.stringify(line))
        .join('\n'),
    );
    const ledger = await SeriesLedger.open(path, server);
    expect(ledger.noteOf('1.1')).toBeUndefined();
    expect(ledger.noteOf('1.2')?.volumes).toEqual(['1.2']);
  });
});
