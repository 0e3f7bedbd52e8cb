import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = resolve(dirname(fileURLToPath(import.meta.url)), '../src');

/** The way of the data; a station may import itself and those before it. See docs/architecture.md. */
const stations = [
  'volume',
  'dicomweb',
  'encoder',
  'archive',
  'index',
  'retrieval',
  'rerank',
  'answer',
  'benchmark',
];
/** Stand beside the way: they make volumes, so they may import `volume` alone. */
const sidings: Readonly<Record<string, readonly string[]>> = { phantom: ['volume'] };
/** Import everything and are imported by nobody, but that the command starts the server. */
const ends = ['server', 'cli'];

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => join(source, name));

const folderOf = (file: string) => relative(source, file).split(/[\\/]/).slice(0, -1)[0];

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import)\s+'(\.[^']+)'/g)].map(([, path]) =>
    resolve(dirname(file), path!),
  );
}

function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  if (ends.includes(from)) return ends.indexOf(to) < ends.indexOf(from);
  if (sidings[from]) return sidings[from].includes(to);
  return stations.includes(to) && stations.indexOf(to) < stations.indexOf(from);
}

describe('the architecture', () => {
  it('has a folder for each station and nothing else', () => {
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== undefined));
    expect([...folders].sort()).toEqual([...stations, ...Object.keys(sidings), ...ends].sort());
  });

  it('lets a station import only itself and those before it', () => {
    const wrong = files.flatMap((file) => {
      const from = folderOf(file);
      if (from === undefined) return [];
      return importsOf(file)
        .filter((target) => {
          const to = folderOf(target);
          return to !== undefined && !mayImport(from, to);
        })
        .map((target) => `${relative(source, file)} imports ${relative(source, target)}`);
    });
    expect(wrong).toEqual([]);
  });

  it('reads imports at all', () => {
    expect(importsOf(join(source, 'index.ts')).length).toBeGreaterThan(20);
  });
});
