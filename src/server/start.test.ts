import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/error-of.js';
import { makeSmallArchive, type SmallArchive, startTestServer } from '../../tests/server.js';
import { startServer } from './start.js';

let small: SmallArchive;
beforeAll(async () => {
  small = await makeSmallArchive();
});

const start = (options: { host?: string; port?: number; archive?: string }) =>
  startServer(options.archive ?? small.archive, {
    cache: join(small.folder, 'cache'),
    log: () => {},
    ...options,
  });

describe('startServer', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.org'])(
    'refuses to be reached by other machines (%s) without a token',
    async (host) => {
      const error = await errorOf(start({ host, port: 0 }));
      expect([error.code, error.subject]).toEqual(['USAGE', `--host ${host}`]);
      expect(error.advice).toContain('--token');
    },
  );

  it('says that an address is taken', async () => {
    const other = createServer();
    const port = await new Promise<number>((accept) => {
      other.listen(0, '127.0.0.1', () => accept((other.address() as { port: number }).port));
    });
    const error = await errorOf(start({ port }));
    expect([error.code, error.subject]).toEqual(['ADDRESS_IN_USE', `127.0.0.1:${port}`]);
    await new Promise((closed) => other.close(closed));
  });

  it('says that this machine has no such address', async () => {
    const error = await errorOf(
      start({ host: '127.0.0.1', port: 0, archive: join(small.folder, 'nothing') }),
    );
    expect(error.code).toBe('ARCHIVE_NOT_FOUND');
  });

  it('listens at IPv6 too', async () => {
    const server = await start({ host: '::1', port: 0 });
    try {
      expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+\/$/);
      expect((await fetch(`${server.url}v1/health`)).status).toBe(200);
    } finally {
      await server.close();
    }
  });

  it('finishes what is in work when it is told to stop, and takes nothing new', async () => {
    const server = await startTestServer(small);
    const inWork = Array.from({ length: 6 }, (_, index) =>
      server.get(`/v1/volumes/chest/slices/${index}.png?size=800`),
    );
    // All of them have arrived when a later one is answered.
    await server.get('/v1/health');
    const closed = server.close();
    const answers = await Promise.all(inWork);
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
    const answered = performance.now();
    await closed;
    // Clients keep their connections open for a next request: the server does not wait for it.
    expect(performance.now() - answered).toBeLessThan(5000);
    await expect(server.get('/v1/health')).rejects.toThrow();
  });
});
