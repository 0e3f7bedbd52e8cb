/**
 * The whole benchmark on digital phantoms, for everybody to repeat: makes a cohort in the layout of
 * TotalSegmentator (where there is none yet), runs `voxseek bench` on it with the built-in encoder and with the
 * ONNX encoders that are given, and leaves the report in the folder.
 *
 *     npm run benchmark:phantom -- [--out DIR] [--volumes 60] [MODEL.onnx ...]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultEncoder } from '../src/index.js';

const seed = 2024;
const { values, positionals } = parseArgs({
  options: {
    out: { type: 'string', default: 'voxseek-benchmark' },
    volumes: { type: 'string', default: '60' },
  },
  allowPositionals: true,
});
const out = resolve(values.out);
const phantoms = join(out, 'phantoms');
const started = performance.now();

function voxseek(...args: readonly string[]): void {
  execFileSync(process.execPath, [resolve('dist/cli/main.js'), ...args], { stdio: 'inherit' });
}

if (!existsSync(join(phantoms, 'meta.csv'))) {
  rmSync(phantoms, { recursive: true, force: true });
  voxseek('phantom', phantoms, '--volumes', values.volumes, '--seed', String(seed));
}
voxseek(
  ...['bench', phantoms, '--out', join(out, 'results'), '--name', `${values.volumes} phantoms, seed ${seed}`],
  ...['--encoders', [defaultEncoder, ...positionals].join(','), '--classes', 'detailed,coarse'],
);
console.log(`${((performance.now() - started) / 60_000).toFixed(1)} minutes in all.`);
