import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tinyIdentity, tinyManifest } from '../../tests/archive-fixtures.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { VoxseekError } from '../errors.js';
import { assertSameEncoding, createManifest, readManifest } from './manifest.js';

const folder = temporaryFolder();
let folders = 0;

async function archiveFolder(): Promise<string> {
  const path = join(folder, `archive-${folders++}`);
  await createManifest(path, tinyManifest());
  return path;
}

async function errorOf(work: Promise<unknown>): Promise<VoxseekError> {
  const error = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(VoxseekError);
  return error as VoxseekError;
}

describe('the manifest of an archive', () => {
  it('is a JSON file that says its format, and reads back as it was written', async () => {
    const path = await archiveFolder();
    expect(readdirSync(path)).toEqual(['voxseek.json']);
    expect(JSON.parse(readFileSync(join(path, 'voxseek.json'), 'utf8'))).toEqual({
      format: 'voxseek-archive',
      formatVersion: 2,
      encoder: tinyIdentity,
      encoderSource: { name: 'tiny', options: {} },
      slicing: { plane: 'axial', everyMm: null },
      createdWith: '0.0.0-test',
    });
    expect(await readManifest(path)).toEqual(tinyManifest());
  });

  it('stays when another one is to be made; the one that is there holds', async () => {
    const path = await archiveFolder();
    const other = tinyManifest({ createdWith: 'later' });
    expect(await createManifest(path, other)).toEqual(tinyManifest());
    expect(readdirSync(path)).toEqual(['voxseek.json']);
  });

  it('is one, whole, when many are made at the same time', async () => {
    const path = join(folder, 'race');
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, i) => createManifest(path, tinyManifest({ createdWith: String(i) }))),
    );
    expect(new Set(made.map((manifest) => manifest.createdWith)).size).toBe(1);
    expect(readdirSync(path)).toEqual(['voxseek.json']);
  });

  const broken: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    ['empty', (path) => truncateSync(path, 0), /not JSON/],
    ['cut off', (path) => truncateSync(path, 100), /not JSON/],
    ['no JSON', (path) => writeFileSync(path, 'encoder: tiny'), /not JSON/],
    ['null', (path) => writeFileSync(path, 'null'), /object/],
    ['a list', (path) => writeFileSync(path, '[]'), /object/],
    ['of another program', (path) => writeFileSync(path, '{"format": "other"}'), /format/],
    ['without encoder', (path) => change(path, { encoder: undefined }), /encoder/],
    [
      'with a dimension of 0',
      (path) => change(path, { encoder: { ...tinyIdentity, dimension: 0 } }),
      /dimension/,
    ],
    [
      'with an unknown plane',
      (path) => change(path, { slicing: { plane: 'oblique', everyMm: null } }),
      /plane/,
    ],
    ['with a distance of 0', (path) => change(path, { slicing: { plane: 'axial', everyMm: 0 } }), /everyMm/],
  ];

  function change(path: string, fields: Record<string, unknown>): void {
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...fields }));
  }

  it.each(broken)('that is %s is ARCHIVE_CORRUPT, which names the file', async (_, damage, reason) => {
    const path = await archiveFolder();
    damage(join(path, 'voxseek.json'));
    const error = await errorOf(readManifest(path));
    expect(error).toMatchObject({ code: 'ARCHIVE_CORRUPT', subject: join(path, 'voxseek.json') });
    expect(error.reason).toMatch(reason);
  });

  it.each([0, 3, 99])('of format %i is ARCHIVE_VERSION, whatever else it says', async (formatVersion) => {
    const path = await archiveFolder();
    writeFileSync(join(path, 'voxseek.json'), JSON.stringify({ format: 'voxseek-archive', formatVersion }));
    const error = await errorOf(readManifest(path));
    expect(error.code).toBe('ARCHIVE_VERSION');
    expect(error.reason).toContain(`format ${formatVersion}`);
    expect(error.reason).toContain('formats 1 to 2');
  });

  it('is a file, and a folder of that name is named as what it is', async () => {
    const path = join(folder, 'folder-for-manifest');
    mkdirSync(join(path, 'voxseek.json'), { recursive: true });
    const error = await errorOf(readManifest(path));
    expect(error).toMatchObject({ subject: join(path, 'voxseek.json'), reason: 'is a folder, not a file' });
  });
});

describe('assertSameEncoding', () => {
  it('compares preprocessing as it is stored, in any order of its fields', () => {
    const given = {
      ...tinyManifest(),
      encoder: { ...tinyIdentity, preprocessing: { scale: 1, window: [-1000, 1000], note: undefined } },
    };
    expect(() => assertSameEncoding('a', tinyManifest(), given)).not.toThrow();
  });

  it('sees a difference deep in it', () => {
    const given = {
      ...tinyManifest(),
      encoder: { ...tinyIdentity, preprocessing: { scale: 1, window: [-1000, 1001] } },
    };
    expect(() => assertSameEncoding('a', tinyManifest(), given)).toThrow(
      /preprocessing \{.*1000\].*\{.*1001\]/,
    );
  });
});
