import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startVoxseek, voxseek } from '../../../tests/command.js';
import { makeSmallArchive, type SmallArchive } from '../../../tests/server.js';
import { errorTable } from '../../errors.js';

let small: SmallArchive;
beforeAll(async () => {
  small = await makeSmallArchive();
});

const serve = (...options: string[]) =>
  startVoxseek('serve', small.archive, '--port', '0', '--cache', join(small.folder, 'cache'), ...options);

/** The address that the command prints. */
async function addressOf(command: ReturnType<typeof serve>): Promise<string> {
  const [, address] = await command.printed(/Viewer +(http:\/\/\S+)/);
  return address!;
}

describe('voxseek serve', () => {
  it('has a help text with an example', async () => {
    const { code, stdout } = await voxseek('serve', '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Example:\n\s+voxseek serve/);
    for (const option of ['--port', '--host', '--token', '--open', '--cache', '--reports', '--verbose']) {
      expect(stdout).toContain(option);
    }
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('serves until %s, and ends well', async (signal) => {
    const command = serve();
    const address = await addressOf(command);
    const response = await fetch(`${address}v1/archive`);
    expect(await response.json()).toMatchObject({ volumes: 3 });
    command.kill(signal);
    const { code, stderr } = await command.result;
    expect(code, stderr).toBe(0);
    expect(stderr).not.toMatch(/error/i);
    await expect(fetch(`${address}v1/health`)).rejects.toThrow();
  });

  it('writes a line for every request with --verbose, and says nothing of who was looked at', async () => {
    const command = serve('--verbose');
    const address = await addressOf(command);
    await fetch(`${address}v1/volumes/chest`);
    await command.printed(/GET \/v1\/volumes\/:id 200 \d+ ms/);
    command.kill('SIGTERM');
    const { stderr } = await command.result;
    expect(stderr).not.toContain('chest');
  });

  it('wants a token beyond this machine', async () => {
    const { code, stderr } = await voxseek('serve', small.archive, '--host', '0.0.0.0', '--port', '0');
    expect(code).toBe(errorTable.USAGE.exitCode);
    expect(stderr).toMatch(/USAGE.*--host 0\.0\.0\.0/);
  });

  it('takes a token from a file', async () => {
    const file = join(small.folder, 'token');
    writeFileSync(file, 'a-token-of-24-characters\n');
    chmodSync(file, 0o600);
    const command = serve('--token', file);
    const address = await addressOf(command);
    expect((await fetch(`${address}v1/archive`)).status).toBe(401);
    const headers = { authorization: 'Bearer a-token-of-24-characters' };
    expect((await fetch(`${address}v1/archive`, { headers })).status).toBe(200);
    command.kill('SIGTERM');
    const { stdout, stderr } = await command.result;
    expect(stdout + stderr).not.toContain('a-token-of');
  });

  it('says that the port is taken', async () => {
    const command = serve();
    const { port } = new URL(await addressOf(command));
    const second = await voxseek('serve', small.archive, '--port', port);
    expect(second.code).toBe(errorTable.ADDRESS_IN_USE.exitCode);
    expect(second.stderr).toMatch(/ADDRESS_IN_USE/);
    command.kill('SIGTERM');
    await command.result;
  });

  it.each([
    ['--port', '70000'],
    ['--port', 'x'],
    ['--open', 'maybe'],
  ])('refuses %s %s', async (...options) => {
    expect((await voxseek('serve', small.archive, ...options)).code).toBe(errorTable.USAGE.exitCode);
  });

  it('names an archive that is not there', async () => {
    const { code } = await voxseek('serve', join(small.folder, 'nothing'));
    expect(code).toBe(errorTable.ARCHIVE_NOT_FOUND.exitCode);
  });
});
