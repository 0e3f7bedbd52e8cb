import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/error-of.js';
import { readCredentials } from './credentials.js';

let folder: string;
let passwordFile: string;
let tokenFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxseek-credentials-'));
  passwordFile = join(folder, 'password');
  tokenFile = join(folder, 'token');
  await writeFile(passwordFile, 'from file\r\nsecond line\n');
  await writeFile(tokenFile, 'token-of-file\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('credentials', () => {
  it('are none where nothing is said', async () => {
    expect(await readCredentials({}, {})).toEqual({ kind: 'none' });
    expect(await readCredentials({}, { VOXSEEK_DICOMWEB_PASSWORD: 'x' })).toEqual({ kind: 'none' });
    expect(await readCredentials({}, { VOXSEEK_DICOMWEB_TOKEN: '' })).toEqual({ kind: 'none' });
  });

  it('come from the environment', async () => {
    const basic = { VOXSEEK_DICOMWEB_USER: 'me', VOXSEEK_DICOMWEB_PASSWORD: 'p' };
    expect(await readCredentials({}, basic)).toEqual({ kind: 'basic', user: 'me', password: 'p' });
    expect(await readCredentials({}, { ...basic, VOXSEEK_DICOMWEB_TOKEN: 't' })).toEqual({
      kind: 'bearer',
      token: 't',
    });
  });

  it('that are named go before the environment', async () => {
    const environment = { VOXSEEK_DICOMWEB_TOKEN: 't', VOXSEEK_DICOMWEB_PASSWORD: 'p' };
    expect(await readCredentials({ user: 'me' }, environment)).toEqual({
      kind: 'basic',
      user: 'me',
      password: 'p',
    });
    expect(await readCredentials({ user: 'me', passwordFile }, environment)).toEqual({
      kind: 'basic',
      user: 'me',
      password: 'from file',
    });
    expect(await readCredentials({ tokenFile }, environment)).toEqual({
      kind: 'bearer',
      token: 'token-of-file',
    });
  });

  it('that are not whole are refused, and never repeated', async () => {
    const empty = join(folder, 'empty');
    await writeFile(empty, '\nsecret');
    for (const [sources, environment] of [
      [{ user: 'me' }, {}],
      [{ passwordFile }, {}],
      [{ user: 'me', tokenFile }, {}],
      [{ tokenFile: empty }, {}],
      [{ user: 'a:b' }, { VOXSEEK_DICOMWEB_PASSWORD: 'secret' }],
    ] as const) {
      const error = await errorOf(readCredentials(sources, environment));
      expect(error.code).toBe('USAGE');
      expect(error.message).not.toMatch(/secret|from file|token-of-file/);
    }
    const missing = await errorOf(readCredentials({ tokenFile: join(folder, 'nothing') }, {}));
    expect(missing.code).toBe('FILE_NOT_FOUND');
  });
});
