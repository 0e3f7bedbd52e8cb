import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutRootRights } from '../../../tests/archive-fixtures.js';
import {
  makeSmallArchive,
  type SmallArchive,
  startTestServer,
  type TestServer,
} from '../../../tests/server.js';
import { describeWithSmallDisk } from '../../../tests/small-disk.js';
import { writeNifti } from '../../volume/write-nifti.js';
import { createApp } from '../app.js';
import { closeContext, createContext } from '../create-context.js';
import { builtViewer } from './static-viewer.js';

/** Errors that are nobody's fault who asks: of files, the archive, the disk and Voxseek itself. */
let small: SmallArchive;
let server: TestServer;
let caches = 0;

beforeAll(async () => {
  small = await makeSmallArchive();
  server = await startTestServer(small);
});

/** A server with nothing in memory or on disk yet. */
const freshServer = () => startTestServer(small, { cache: join(small.folder, `cache-${caches++}`) });

/** Where the tests run as root, they ask as somebody else, who may use all but what a test is about. */
function letOthersIn(): void {
  execFileSync('chmod', ['-R', 'a+rwX', small.folder]);
}

async function problemOf(response: Response) {
  const body = (await response.json()) as { code: string; subject: string | null };
  expect(JSON.stringify(body)).not.toContain(small.folder);
  return [response.status, body.code, body.subject];
}

/** Runs a test with other content in a file. */
async function withContent(path: string, content: Uint8Array | string, test: () => Promise<void>) {
  const before = readFileSync(path);
  writeFileSync(path, content);
  try {
    await test();
  } finally {
    writeFileSync(path, before);
  }
}

describe('errors of files', () => {
  it('FILE_NOT_READABLE: the operating system does not let the server read the scan', async () => {
    const { image } = small.volumes.head.entry;
    const fresh = await freshServer();
    letOthersIn();
    chmodSync(image, 0);
    try {
      const response = await withoutRootRights(() => fresh.get('/v1/volumes/head/slices/1.png'));
      expect(await problemOf(response)).toEqual([403, 'FILE_NOT_READABLE', 'head']);
    } finally {
      chmodSync(image, 0o644);
    }
  });

  it('VOLUME_CORRUPT: the scan is truncated', async () => {
    const { image } = small.volumes.head.entry;
    const fresh = await freshServer();
    await withContent(image, readFileSync(image).subarray(0, 900), async () => {
      expect(await problemOf(await fresh.get('/v1/volumes/head/slices/1.png'))).toEqual([
        422,
        'VOLUME_CORRUPT',
        'head',
      ]);
    });
    // What went wrong is not kept.
    expect((await fresh.get('/v1/volumes/head/slices/1.png')).status).toBe(200);
  });

  it('MASK_GRID_MISMATCH: the mask was drawn on another scan', async () => {
    const { mask } = small.volumes.chest.entry;
    const other = join(small.folder, 'other.nii.gz');
    await writeNifti(other, small.volumes.head.volume);
    const fresh = await freshServer();
    await withContent(mask!, readFileSync(other), async () => {
      expect(await problemOf(await fresh.get('/v1/volumes/chest/mask.nii.gz'))).toEqual([
        422,
        'MASK_GRID_MISMATCH',
        'chest',
      ]);
    });
  });

  it('MASK_INVALID: the table of names is broken', async () => {
    await withContent(small.volumes.chest.entry.labels!, 'no JSON', async () => {
      for (const file of ['mask.json', 'mask.nii.gz']) {
        const response = await server.get(`/v1/volumes/chest/${file}`);
        expect((await problemOf(response)).slice(0, 2), file).toEqual([422, 'MASK_INVALID']);
      }
    });
  });
});

describe('errors of the disk', () => {
  it('STORAGE_NOT_WRITABLE: the cache cannot be written any more', async () => {
    const fresh = await freshServer();
    const pictures = join(small.folder, `cache-${caches - 1}`, 'pictures');
    rmSync(pictures, { recursive: true });
    mkdirSync(pictures);
    letOthersIn();
    chmodSync(pictures, 0o555);
    const response = await withoutRootRights(() => fresh.get('/v1/volumes/chest/slices/2.png'));
    expect((await problemOf(response)).slice(0, 2)).toEqual([500, 'STORAGE_NOT_WRITABLE']);
  });
});

describeWithSmallDisk('errors of a full disk', 2 * 2 ** 20, (disk) => {
  it('STORAGE_FULL: no picture is left half written, and the next one works again', async () => {
    const fresh = await startTestServer(small, { cache: disk.folder });
    disk.fill(0);
    const response = await fresh.get('/v1/volumes/chest/slices/3.png?size=600');
    expect((await problemOf(response)).slice(0, 2)).toEqual([507, 'STORAGE_FULL']);
    disk.empty();
    expect(readdirSync(join(disk.folder, 'pictures'))).toEqual([]);
    expect((await fresh.get('/v1/volumes/chest/slices/3.png?size=600')).status).toBe(200);
  });
});

describe('errors of the archive', () => {
  it('ARCHIVE_CORRUPT: its slices are gone', async () => {
    const other = await makeSmallArchive();
    const broken = await startTestServer(other);
    rmSync(join(other.archive, 'slices.lance'), { recursive: true });
    const response = await broken.get('/v1/volumes/chest');
    expect((await problemOf(response)).slice(0, 2)).toEqual([500, 'ARCHIVE_CORRUPT']);
  });
});

describe('errors of Voxseek', () => {
  it('INTERNAL: a defect is told to the log, and to the client only its number', async () => {
    const context = await createContext(small.archive, { cache: join(small.folder, 'cache-of-defect') });
    const log: string[] = [];
    const broken = {
      map: () => Promise.reject(new TypeError(`cannot read ${small.folder}/doe^john`)),
    } as unknown as typeof context.map;
    const app = await createApp(
      { ...context, map: broken },
      { token: undefined, viewer: builtViewer, log: (line) => log.push(line) },
    );
    afterAll(async () => {
      await app.close();
      await closeContext(context);
    });
    const response = await app.inject({ url: '/v1/map', headers: { host: 'localhost' } });
    expect([response.statusCode, response.json()]).toEqual([
      500,
      {
        type: '/v1/errors/INTERNAL',
        title: 'A defect of Voxseek.',
        status: 500,
        detail: `an unexpected error in request ${response.headers['x-request-id']}.`,
        code: 'INTERNAL',
        subject: null,
        advice: 'The server has written what happened to its log, under the same id; please report it.',
      },
    ]);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(
      new RegExp(`^${response.headers['x-request-id']} GET /v1/map: TypeError: .*\n\\s+at `),
    );
  });
});
