import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const repository = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'voxseek-package-'));
const installed = join(folder, 'package');
afterAll(() => rmSync(folder, { recursive: true }));

interface Manifest {
  version: string;
  dependencies: Record<string, string>;
}
const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as Manifest;

beforeAll(() => {
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: repository,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // The build that npm runs before it packs prints to the same stream.
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[\n'))) as [{ filename: string }];
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', folder]);
  symlinkSync(join(repository, 'node_modules'), join(installed, 'node_modules'));
});

describe('the packed package', () => {
  it('holds what is needed to run it, and no sources, tests or data', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter(
      (name) => !name.startsWith('node_modules'),
    );
    for (const needed of [
      'LICENSE',
      'README.md',
      'docs/errors.md',
      'dist/index.d.ts',
      'dist/cli/main.js',
      'dist/web/index.html',
    ]) {
      expect(files).toContain(needed);
    }
    expect(files.filter((name) => /\.test\.|^src|^tests|^benchmarks|\.nii|\.onnx$/.test(name))).toEqual([]);
  });

  it('depends on every package that it imports, and on no other', () => {
    const texts = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' })
      // The viewer comes with all that it imports in it.
      .filter((name) => name.endsWith('.js') && !name.startsWith('web'))
      .map((name) => readFileSync(join(installed, 'dist', name), 'utf8'));
    const imported = texts.flatMap((text) =>
      [...text.matchAll(/(?<![.\w])(?:from|import)\s*\(?\s*['"](@?\w[^'"]*)['"]/g)].map(([, specifier]) => {
        const parts = specifier!.split('/');
        return specifier!.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!;
      }),
    );
    const packages = imported.filter((name) => !name.startsWith('node:') && !builtinModules.includes(name));
    const dependencies = Object.keys(manifest.dependencies);
    expect(packages.length).toBeGreaterThan(10);
    expect(packages.filter((name) => !dependencies.includes(name))).toEqual([]);
    // Some are not imported but resolved, such as a font.
    expect(dependencies.filter((name) => !texts.some((text) => text.includes(name)))).toEqual([]);
  });

  it('runs as a command', () => {
    const main = join(installed, 'dist/cli/main.js');
    expect(execFileSync(main, ['--version'], { encoding: 'utf8' }).trim()).toBe(manifest.version);
    expect(execFileSync(main, ['encoders'], { encoding: 'utf8' })).toContain('(default)');
  });

  it('is imported as a library, with types', () => {
    const script = join(installed, 'use.mjs');
    writeFileSync(
      script,
      "import { errorTable, listEncoders, openArchive } from './dist/index.js';\n" +
        "const refused = await openArchive('/nowhere').catch((error) => error.code);\n" +
        'console.log(JSON.stringify([refused, refused in errorTable, listEncoders().length > 0]));\n',
    );
    const printed = execFileSync(process.execPath, [script], { encoding: 'utf8' });
    expect(JSON.parse(printed)).toEqual(['ARCHIVE_NOT_FOUND', true, true]);
  });
});

describe('the preinstall script', () => {
  const fakeScript = (...chain: string[]) => {
    const folder = join(folderOfFakes, ...chain.flatMap((name) => ['node_modules', name]));
    mkdirSync(join(folder, 'script'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{}');
    writeFileSync(join(folder, 'script/install.js'), 'download();');
    return join(folder, 'script/install.js');
  };
  const folderOfFakes = join(folder, 'fakes');
  let scripts: string[];
  const run = (env: Record<string, string>) => {
    fakeScript('@huggingface/transformers');
    scripts = [
      fakeScript('onnxruntime-node'),
      fakeScript('@huggingface/transformers', 'onnxruntime-node'),
      fakeScript('@lancedb/lancedb'),
    ];
    const target = join(folderOfFakes, 'node_modules/voxseek/install');
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, '../package.json'), '{}');
    writeFileSync(join(target, 'keep-to-npm.cjs'), readFileSync(join(installed, 'install/keep-to-npm.cjs')));
    const { PATH = '' } = process.env;
    execFileSync(process.execPath, [join(target, 'keep-to-npm.cjs')], { env: { PATH, ...env } });
    return scripts.map((script) => readFileSync(script, 'utf8').includes('download()'));
  };

  it('keeps onnxruntime-node, wherever it is, from downloading, and touches nothing else', () => {
    expect(run({})).toEqual([false, false, true]);
  });

  it('does nothing where the GPU libraries are asked for', () => {
    expect(run({ ONNXRUNTIME_NODE_INSTALL: 'cuda12' })).toEqual([true, true, true]);
    expect(run({ npm_config_onnxruntime_node_install: 'skip' })).toEqual([true, true, true]);
  });

  it('does nothing where onnxruntime-node is not there', () => {
    const lonely = join(folder, 'lonely');
    mkdirSync(lonely);
    writeFileSync(join(lonely, 'keep-to-npm.cjs'), readFileSync(join(installed, 'install/keep-to-npm.cjs')));
    execFileSync(process.execPath, [join(lonely, 'keep-to-npm.cjs')]);
  });
});
