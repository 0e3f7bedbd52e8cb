import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyEncoder, tinyManifest, writeTinyVolumes } from '../../tests/archive-fixtures.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { VoxseekError } from '../errors.js';
import { Archive } from './archive.js';
import { isOneOf, quoted } from './condition.js';
import { ingest } from './ingest.js';

describe('conditions made of texts', () => {
  it('double quotes, and leave everything else', () => {
    expect(quoted("O'Brien")).toBe("'O''Brien'");
    expect(quoted("'")).toBe("''''");
    expect(quoted('a\\b"c')).toBe("'a\\b\"c'");
    expect(isOneOf('id', ["a'b", 'c'])).toBe("id IN ('a''b', 'c')");
    expect(isOneOf('id', [])).toBe('false');
  });
});

describe('a filter of the user', () => {
  const folder = temporaryFolder();
  let archive: Archive;

  beforeAll(async () => {
    archive = await Archive.openOrCreate(join(folder, 'archive'), tinyManifest());
    const [a, b, c] = await writeTinyVolumes(folder, 'v', 3);
    await ingest(archive, tinyEncoder(), [
      { ...a!, region: 'head-neck', split: 'train' },
      { ...b!, region: 'chest', modality: 'MR' },
      c!,
    ]);
  });
  afterAll(() => archive.close());

  const idsOf = async (filter: string) => (await archive.volumes(filter)).map((volume) => volume.id);

  it.each([
    ["modality = 'CT'", ['v00', 'v02']],
    ["MODALITY = 'CT'", ['v00', 'v02']],
    ["region LIKE '%neck%'", ['v00']],
    ["region IS NULL OR split = 'train'", ['v00', 'v02']],
    ["NOT (modality = 'MR')", ['v00', 'v02']],
    ["id IN ('v01', 'v02')", ['v01', 'v02']],
    ['slice_count >= 4 AND spacing[3] <= 3', ['v00', 'v01', 'v02']],
    ['slice_count < 4', []],
    ["modality = 'nothing like this'", []],
  ])('%s', async (filter, ids) => {
    expect(await idsOf(filter)).toEqual(ids);
  });

  it.each([
    ["modalty = 'CT'", /no field modalty.*modality/],
    ['modality =', /Expected/],
    ["modality = 'CT", /Unterminated/],
    ['', /Expected/],
    ['modality', /boolean/],
    ["slice_count = 'many'", /many.*Int32/],
    ["nothing(id) = 'a'", /nothing/],
    ['1 / 0 = 1', /[Dd]ivide by zero/],
    ['CAST(id AS int) = 3', /cast.*v00|v00/],
    ["id ~ 'v'", /not supported/],
  ])('%s is FILTER_INVALID, and says why', async (filter, reason) => {
    const error = await archive.volumes(filter).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VoxseekError);
    expect(error).toMatchObject({ code: 'FILTER_INVALID', subject: filter });
    const { message, reason: found } = error as VoxseekError;
    expect(found).toMatch(reason);
    expect(message).toContain('docs/archive.md');
    expect(message).not.toMatch(/\.rs|lance error/);
  });

  it('cannot change anything', async () => {
    for (const filter of ["id = 'v00'; DROP TABLE volumes", "id = 'v00'; DELETE FROM volumes", 'true -- x']) {
      await archive.volumes(filter).catch(() => {});
    }
    expect(await idsOf('true')).toEqual(['v00', 'v01', 'v02']);
  });
});
