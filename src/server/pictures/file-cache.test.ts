import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withoutRootRights } from '../../../tests/archive-fixtures.js';
import { errorOf } from '../../../tests/error-of.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { FileCache } from './file-cache.js';

const root = temporaryFolder();
let folders = 0;
const newFolder = () => join(root, String(folders++));
const of = (bytes: number) => (path: string) => writeFile(path, 'x'.repeat(bytes));

describe('FileCache', () => {
  it('makes a file once, however many ask, and finds it again after a restart', async () => {
    const folder = newFolder();
    const cache = await FileCache.open(folder, 1000);
    let made = 0;
    const write = async (path: string) => {
      made++;
      await of(10)(path);
    };
    const paths = await Promise.all(Array.from({ length: 20 }, () => cache.file(['a', 1], '.png', write)));
    expect(new Set(paths).size).toBe(1);
    expect(readFileSync(paths[0]!, 'utf8')).toBe('xxxxxxxxxx');
    expect(await (await FileCache.open(folder, 1000)).file(['a', 1], '.png', write)).toBe(paths[0]);
    expect(made).toBe(1);
    expect(await cache.file(['a', 2], '.png', write)).not.toBe(paths[0]);
  });

  it('is for its owner only: the files show patients', async () => {
    const folder = newFolder();
    mkdirSync(folder, { mode: 0o755 });
    await FileCache.open(folder, 1000);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('removes the files used longest ago, also of the server before', async () => {
    const folder = newFolder();
    const before = await FileCache.open(folder, 1000);
    const [old, newer] = [
      await before.file(['old'], '.png', of(40)),
      await before.file(['new'], '.png', of(40)),
    ];
    utimesSync(old, 1000, 1000);
    const cache = await FileCache.open(folder, 100);
    const third = await cache.file(['third'], '.png', of(40));
    expect([existsSync(old), existsSync(newer), existsSync(third)]).toEqual([false, true, true]);
    await cache.file(['new'], '.png', of(40));
    const fourth = await cache.file(['fourth'], '.png', of(40));
    expect([existsSync(newer), existsSync(third), existsSync(fourth)]).toEqual([true, false, true]);
  });

  it('keeps nothing of a file that could not be made', async () => {
    const folder = newFolder();
    const cache = await FileCache.open(folder, 1000);
    const fail = () => Promise.reject(new Error('no'));
    await expect(cache.file(['a'], '.png', fail)).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(await cache.file(['a'], '.png', of(1)))).toBe(true);
  });

  it('makes a file again that somebody has removed', async () => {
    const cache = await FileCache.open(newFolder(), 1000);
    const path = await cache.file(['a'], '.png', of(1));
    rmSync(path);
    expect(existsSync(await cache.file(['a'], '.png', of(1)))).toBe(true);
  });

  it('clears away what a killed server left half written, but not what another may be writing', async () => {
    const folder = newFolder();
    mkdirSync(folder);
    const [dead, alive, foreign] = ['.a.png.0a.tmp', '.b.png.0b.tmp', 'notes.txt'].map((name) => {
      const path = join(folder, name);
      writeFileSync(path, 'x');
      return path;
    }) as [string, string, string];
    utimesSync(dead, 1000, 1000);
    await FileCache.open(folder, 1000);
    expect([existsSync(dead), existsSync(alive), existsSync(foreign)]).toEqual([false, true, true]);
  });

  it('says at once where it cannot be written, and names the option', async () => {
    const parent = newFolder();
    mkdirSync(parent, { mode: 0o555 });
    const error = await withoutRootRights(() => errorOf(FileCache.open(join(parent, 'cache'), 1000)));
    expect([error.code, error.advice]).toEqual([
      'STORAGE_NOT_WRITABLE',
      'Name another folder for pictures with --cache.',
    ]);
  });
});
