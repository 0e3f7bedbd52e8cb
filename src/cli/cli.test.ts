import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { voxseek } from '../../tests/command.js';
import { documentedFields, jsonFields } from '../../tests/json-fields.js';
import { errorTable } from '../errors.js';

const folder = mkdtempSync(join(tmpdir(), 'voxseek-cli-'));
const phantoms = join(folder, 'phantoms');
const archive = join(folder, 'archive');
const scan = (id: string) => join(phantoms, id, 'ct.nii.gz');
afterAll(() => rmSync(folder, { recursive: true }));

interface Info {
  volumeCount: number;
  sliceCount: number;
  volumes: { id: string; labels: string[]; split: string; region: string }[];
}
const info = async () => JSON.parse((await voxseek('info', archive, '--json')).stdout) as Info;

beforeAll(async () => {
  const made = await voxseek('phantom', phantoms, '--volumes', '6', '--seed', '3', '--json');
  expect(made.code, made.stderr).toBe(0);
  expect((JSON.parse(made.stdout) as { volumes: unknown[] }).volumes).toHaveLength(6);
  const ingested = await voxseek('ingest', archive, phantoms, '--json');
  expect(ingested.code, ingested.stderr).toBe(0);
  expect(JSON.parse(ingested.stdout)).toMatchObject({ volumes: 6, outcomes: { added: 6, failed: 0 } });
});

describe('every command', () => {
  it.each(['demo', 'phantom', 'ingest', 'search', 'info', 'remove', 'encoders'])(
    '%s has a help text with an example',
    async (name) => {
      const { code, stdout } = await voxseek(name, '--help');
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`Examples?:\n\\s+voxseek ${name}`));
    },
  );

  it('ends with the exit code for wrong usage where an argument is missing or an option unknown', async () => {
    const usage = errorTable.USAGE.exitCode;
    expect((await voxseek('search', archive)).code).toBe(usage);
    expect((await voxseek('ingest', archive, phantoms, '--colour', 'red')).code).toBe(usage);
    expect((await voxseek('search', archive, 's0001', '--box', '1,2,3')).code).toBe(usage);
    expect((await voxseek('search', archive, 's0001', '--slices', '9:3')).code).toBe(usage);
    expect((await voxseek('search', archive, 's0001', '--rank', 'best')).code).toBe(usage);
  });
});

describe('ingest', () => {
  it('adds nothing the second time', async () => {
    const { stdout } = await voxseek('ingest', archive, phantoms, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ slices: 0, outcomes: { added: 0, unchanged: 6 } });
  });

  it('takes only the split that is asked for', async () => {
    const other = join(folder, 'test-split');
    const { stdout } = await voxseek('ingest', other, phantoms, '--split', 'test', '--json');
    const expected = (await info()).volumes.filter((volume) => volume.split === 'test').length;
    expect(expected).toBeGreaterThan(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcomes: { added: expected } });
  });

  it('goes on past bad volumes, lists them, and says so by its exit code', async () => {
    const mixed = join(folder, 'mixed.csv');
    const truncated = join(folder, 'truncated.nii.gz');
    copyFileSync(scan('s0001'), truncated);
    truncateSync(truncated, 20_000);
    writeFileSync(join(folder, 'text.nii.gz'), 'These are not voxels.');
    writeFileSync(
      mixed,
      `id,image\ncut,${truncated}\nprose,text.nii.gz\nmissing,nowhere.nii\ngood,${scan('s0002')}\n`,
    );
    const { code, stdout, stderr } = await voxseek('ingest', join(folder, 'mixed'), mixed);
    expect(code).toBe(errorTable.INGEST_INCOMPLETE.exitCode);
    expect(stdout).toContain('1 added, 3 failed');
    for (const [id, error, file] of [
      ['cut', 'VOLUME_CORRUPT', truncated],
      ['prose', 'VOLUME_CORRUPT', 'text.nii.gz'],
      ['missing', 'FILE_NOT_FOUND', 'nowhere.nii'],
    ]) {
      expect(stdout).toMatch(new RegExp(`${id}\\s+${error}\\s+\\S*${file}`));
    }
    expect(stderr).toContain('INGEST_INCOMPLETE');
  });

  it('refuses another slicing, naming both', async () => {
    const { code, stderr } = await voxseek('ingest', archive, phantoms, '--plane', 'coronal', '--json');
    expect(code).toBe(errorTable.ENCODER_MISMATCH.exitCode);
    const { error } = JSON.parse(stderr) as { error: { code: string; reason: string } };
    expect(error.code).toBe('ENCODER_MISMATCH');
    expect(error.reason).toMatch(/axial.*coronal/);
  });
});

describe('search', () => {
  it('prints one JSON object with the fields that docs/search-json.md lists, and nothing else', async () => {
    const { code, stdout } = await voxseek(
      'search',
      archive,
      scan('s0001'),
      '--json',
      '-k',
      '2',
      '--box',
      '-1000,1000,-1000,1000,-1000,1000',
    );
    expect(code).toBe(0);
    const answer = JSON.parse(stdout) as Record<string, unknown>;
    const page = readFileSync(new URL('../../docs/search-json.md', import.meta.url), 'utf8');
    expect(jsonFields(answer).sort()).toEqual(documentedFields(page).sort());
  });

  it('finds a volume that is in the archive first, with mean similarity 1', async () => {
    const { stdout, stderr } = await voxseek('search', archive, scan('s0003'), '--json');
    const { hits } = JSON.parse(stdout) as {
      hits: { volume: string; meanSimilarity: number; range: unknown }[];
    };
    expect([hits[0]!.volume, hits[0]!.meanSimilarity]).toEqual(['s0003', 1]);
    expect(stderr).toContain('in the archive already, as s0003');
    const byId = JSON.parse(
      (await voxseek('search', archive, 's0003', '--json')).stdout,
    ) as typeof hits extends infer T ? { hits: T } : never;
    expect(byId.hits.map((hit) => hit.volume)).not.toContain('s0003');
    expect(byId.hits).toHaveLength(5);
  });

  it('gives the same hits for a label of the archive and for the mask it came from', async () => {
    const { volumes } = await info();
    const { id } = volumes.find((volume) => volume.labels.includes('liver'))!;
    const masks = join(phantoms, id, 'segmentations');
    const stored = await voxseek('search', archive, id, '--label', 'liver', '--json');
    const masked = await voxseek(
      'search',
      archive,
      scan(id),
      '--mask',
      masks,
      '--label',
      'liver',
      '--exclude',
      'self',
      '--json',
    );
    const hits = (stdout: string) =>
      (
        JSON.parse(stdout) as { hits: { volume: string; meanSimilarity: number; range: { from: number } }[] }
      ).hits.map(({ volume, meanSimilarity, range }) => [volume, meanSimilarity.toFixed(4), range.from]);
    expect(hits(masked.stdout)).toEqual(hits(stored.stdout));
    expect(hits(masked.stdout).length).toBeGreaterThan(1);
  });

  it('draws a figure', async () => {
    const figure = join(folder, 'answer.png');
    const { code, stdout } = await voxseek('search', archive, 's0001', '--figure', figure);
    expect(code).toBe(0);
    expect(stdout).toContain('MEAN SIM.');
    const { width, height } = decode(readFileSync(figure));
    expect(width).toBeGreaterThan(1000);
    expect(height).toBeGreaterThan(500);
  });

  it('names what is wrong: no archive, a foreign folder, an unknown id or label, a bad filter', async () => {
    const cases: [string[], keyof typeof errorTable, RegExp][] = [
      [[join(folder, 'nowhere'), 's0001'], 'ARCHIVE_NOT_FOUND', /nowhere/],
      [[phantoms, 's0001'], 'ARCHIVE_FOREIGN', /phantoms/],
      [[archive, 'nobody'], 'VOLUME_UNKNOWN', /nobody/],
      [[archive, 's0001', '--label', 'wing'], 'LABEL_UNKNOWN', /wing/],
      [[archive, 's0001', '--filter', 'wings = 2'], 'FILTER_INVALID', /wings/],
      [[archive, 's0001', '--filter', "split = 'none'"], 'ARCHIVE_EMPTY', /archive/],
    ];
    for (const [args, code, text] of cases) {
      const result = await voxseek('search', ...args, '--json');
      expect(result.code, code).toBe(errorTable[code].exitCode);
      expect(result.stdout).toBe('');
      const { error } = JSON.parse(result.stderr) as {
        error: { code: string; subject: string; reason: string };
      };
      expect(error.code).toBe(code);
      expect(`${error.subject} ${error.reason}`).toMatch(text);
    }
  });
});

describe('remove and info', () => {
  it('removes, says what is left, and lets the volume be ingested again', async () => {
    const before = await info();
    expect((await voxseek('remove', archive, 's0002', '--json')).stdout).toBe('{"removed":1}\n');
    const after = await info();
    expect(after.volumes.map((volume) => volume.id)).not.toContain('s0002');
    expect(after.volumeCount).toBe(5);
    expect((await voxseek('remove', archive, 's0002')).code).toBe(errorTable.VOLUME_UNKNOWN.exitCode);
    await voxseek('ingest', archive, phantoms);
    const again = await info();
    expect([again.volumeCount, again.sliceCount]).toEqual([before.volumeCount, before.sliceCount]);
  });

  it('tells people what an archive holds', async () => {
    const { stdout } = await voxseek('info', archive);
    expect(stdout).toMatch(/volumes\s+6 of 6 patients/);
    expect(stdout).toContain('descriptor-v1');
  });
});

describe('encoders', () => {
  it('lists the built-in ones, the default marked', async () => {
    const { encoders } = JSON.parse((await voxseek('encoders', '--json')).stdout) as {
      encoders: { name: string; isDefault: boolean }[];
    };
    expect(encoders.filter((encoder) => encoder.isDefault)).toHaveLength(1);
    expect((await voxseek('encoders')).stdout).toContain(`${encoders[0]!.name} (default)`);
  });
});
