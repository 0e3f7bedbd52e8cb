import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defaultEncoder } from './catalog.js';
import { readModelConfig } from './model-config.js';
import { defaultWindows, parseWindows, windowTable } from './window.js';

const documentation = await readFile(new URL('../../docs/encoders.md', import.meta.url), 'utf8');

it('docs/encoders.md has every window as the table has it', () => {
  const rows = Object.entries(windowTable).map(
    ([name, { low, high }]) => `| \`${name}\` | ${low} | ${high} | ${(low + high) / 2} | ${high - low} |`,
  );
  const documented = documentation.split('\n').filter((line) => /^\| `.*` \| -?\d+ \| \d+ \|/.test(line));
  expect(documented.sort()).toEqual(rows.sort());
});

it('docs/encoders.md names the default encoder and the default windows', () => {
  expect(documentation).toContain(`\`${defaultEncoder}\` is the default`);
  const named = /The default is `([^`]+)`/.exec(documentation)?.[1];
  expect(parseWindows(named ?? '')).toEqual(defaultWindows);
});

it('docs/encoders.md shows a configuration that can be read and has every field of its table', async () => {
  const example = /```json\n([\s\S]*?)```/.exec(documentation)?.[1] ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'voxseek-docs-'));
  const file = join(folder, 'model.json');
  await writeFile(file, example);
  const config = await readModelConfig(file);
  await rm(folder, { recursive: true });
  const section = documentation.slice(0, documentation.indexOf('What `pooling` does'));
  const fields = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, field]) => field);
  expect(Object.keys(config).sort()).toEqual(fields.sort());
});
