import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decode } from 'fast-png';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  chestMask,
  makeSmallArchive,
  type SmallArchive,
  startTestServer,
  type TestServer,
} from '../../../tests/server.js';
import { readVolume } from '../../volume/read.js';
import type { Volume } from '../../volume/volume.js';
import type { Problem, VolumeSummary } from '../schemas.js';

let small: SmallArchive;
let server: TestServer;

beforeAll(async () => {
  small = await makeSmallArchive();
  server = await startTestServer(small);
});

async function png(path: string) {
  const response = await server.get(path);
  expect(response.headers.get('content-type'), path).toBe('image/png');
  return decode(new Uint8Array(await response.arrayBuffer()));
}

/** Reads what the server sent with the reader that the rest of Voxseek uses. */
async function volumeAt(path: string): Promise<Volume> {
  const response = await server.get(path);
  expect(response.status, path).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(Number(response.headers.get('content-length'))).toBe(bytes.length);
  const file = join(small.folder, 'received.nii.gz');
  writeFileSync(file, bytes);
  return readVolume(file);
}

async function problemAt(path: string): Promise<[number, Problem]> {
  const response = await server.get(path);
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  return [response.status, (await response.json()) as Problem];
}

describe('slices as pictures', () => {
  it('shows a slice as radiologists look at it, with square pixels', async () => {
    const { volume } = small.volumes.chest;
    // 24 x 2 mm by 20 x 3 mm: 60 mm are the longer side, and 2 mm the finer spacing.
    const picture = await png('/v1/volumes/chest/slices/5.png?window=-1000:1000');
    expect([picture.width, picture.height, picture.channels, picture.depth]).toEqual([24, 30, 1, 8]);
    // Axes of the file run to the left and to the back, as the picture does: no flip. Rows are 3 mm, so the
    // middle of row 10 of the file is that of row 15.25 of the picture; columns are as they are.
    const hu = volume.data[12 + 24 * (10 + 20 * 5)]!;
    const grey = picture.data[12 + 24 * 15]!;
    expect(Math.abs(grey - (255 * (hu + 1000)) / 2000)).toBeLessThan(3);
    expect(picture.data[0]).toBeLessThan(3);
  });

  it('takes slices along the axis that is the plane of the archive', async () => {
    // Of the head 5 mm along i are superior, 2.5 mm along j anterior, 2 mm along k right: 22 x 2 by 18 x 2.5 mm.
    const picture = await png('/v1/volumes/head/slices/9.png?size=180');
    expect([picture.width, picture.height]).toEqual([176, 180]);
  });

  it('has windows by name and in numbers', async () => {
    const grey = async (window: string) => {
      const { data } = await png(`/v1/volumes/chest/slices/5.png?window=${window}`);
      return data[12 + 24 * 15]!;
    };
    // About 165 HU there: black in none, white where the window ends below.
    expect(await grey('brain')).toBe(255);
    expect(await grey('lung')).toBe(255);
    const softTissue = await grey('soft-tissue');
    const bone = await grey('bone');
    expect(softTissue).toBeGreaterThan(180);
    expect(softTissue).toBeLessThan(255);
    expect(bone).toBeGreaterThan(80);
    expect(bone).toBeLessThan(110);
    expect(await grey('-160:240')).toBe(softTissue);
  });

  it('draws a picture once: the second time it comes from the disk, also without the scan', async () => {
    const file = small.volumes.head.entry.image;
    const address = '/v1/volumes/head/slices/3.png?size=64';
    const first = await png(address);
    const another = await startTestServer(small, { cache: join(small.folder, 'cache') });
    renameSync(file, `${file}.away`);
    try {
      const response = await another.get(address);
      expect(decode(new Uint8Array(await response.arrayBuffer())).data).toEqual(first.data);
      const missing = await another.get('/v1/volumes/head/slices/4.png?size=65');
      expect([missing.status, await missing.json()]).toMatchObject([
        404,
        {
          code: 'FILE_NOT_FOUND',
          subject: 'head',
          detail: 'its file is not where it was when it was ingested.',
        },
      ]);
    } finally {
      renameSync(`${file}.away`, file);
    }
  });

  it.each([
    ['slices/12.png', 'there is no slice 12: its axial slices are 0 to 11.'],
    ['slices/-1.png', 'index: expected a whole number.'],
    ['slices/x.png', 'index: expected a whole number.'],
    ['slices/.png', 'index: expected a whole number.'],
    ['slices/%20.png', 'index: expected a whole number.'],
    ['slices/0x5.png', 'index: expected a whole number.'],
    ['slices/1e0.png', 'index: expected a whole number.'],
    ['slices/1.png?window=red', '"red" is neither the name of a window nor LOW:HIGH.'],
    ['slices/1.png?window=lung,bone,brain', 'a picture has one window.'],
    ['slices/1.png?size=9', 'size: Too small: expected number to be >=16.'],
    ['thumbnail.png?size=1000', 'size: Too big: expected number to be <=512.'],
    ['thumbnail.png?slice=12', 'there is no slice 12: its axial slices are 0 to 11.'],
  ])('refuses %s', async (path, detail) => {
    expect(await problemAt(`/v1/volumes/chest/${path}`)).toMatchObject([400, { code: 'USAGE', detail }]);
  });

  it.each(['thumbnail.png', 'slices/1.png', 'image.nii.gz', 'mask.nii.gz', 'mask.json'])(
    'knows no volume of another id: %s',
    async (path) => {
      expect(await problemAt(`/v1/volumes/nobody/${path}`)).toMatchObject([404, { code: 'VOLUME_UNKNOWN' }]);
    },
  );
});

describe('thumbnails', () => {
  it('show the middle slice, cut to the body, in the size that is asked for', async () => {
    const picture = await png('/v1/volumes/chest/thumbnail.png');
    expect(Math.max(picture.width, picture.height)).toBe(96);
    const whole = await png('/v1/volumes/chest/slices/6.png?size=96');
    const share = ({ data }: { data: ArrayLike<number> }) =>
      Array.from(data).filter((grey) => grey > 40).length / data.length;
    expect(share(picture)).toBeGreaterThan(share(whole));
    expect((await png('/v1/volumes/chest/thumbnail.png?slice=2&size=48')).height).toBeLessThanOrEqual(48);
  });
});

describe('caching', () => {
  it('answers 304 to a client that has the picture, and makes none for it', async () => {
    const address = '/v1/volumes/chest/slices/7.png?size=100';
    const first = await server.get(address);
    const etag = first.headers.get('etag')!;
    expect(etag).toMatch(/^"[\w-]+"$/);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await server.get(address, { headers: { 'if-none-match': header } });
      expect([again.status, await again.text()]).toEqual([304, '']);
    }
    expect((await server.get(address, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    const unseen = '/v1/volumes/chest/slices/8.png?size=101';
    const count = () => readdirSync(join(small.folder, 'cache', 'pictures')).length;
    const before = count();
    await server.get(unseen, { headers: { 'if-none-match': '*' } });
    expect(count()).toBe(before);
  });

  it('lets a client keep for ever what it names by its revision', async () => {
    const { volumes } = (await (await server.get('/v1/volumes?text=chest')).json()) as {
      volumes: VolumeSummary[];
    };
    const { id, revision } = volumes[0]!;
    for (const file of ['thumbnail.png', 'slices/1.png', 'image.nii.gz', 'mask.nii.gz']) {
      const response = await server.get(`/v1/volumes/${id}/${file}?revision=${revision}`);
      expect(response.headers.get('cache-control'), file).toBe('private, max-age=31536000, immutable');
      const old = await server.get(`/v1/volumes/${id}/${file}?revision=0123456789abcdef`);
      expect(old.headers.get('cache-control'), file).toBe('private, no-cache');
    }
  });

  it('answers HEAD with the headers alone', async () => {
    const address = '/v1/volumes/chest/image.nii.gz?maxVoxels=100';
    const [head, get] = [await server.get(address, { method: 'HEAD' }), await server.get(address)];
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const name of ['etag', 'content-length', 'content-type']) {
      expect(head.headers.get(name), name).toBe(get.headers.get(name));
    }
  });
});

describe('volumes as NIfTI', () => {
  it('sends the very file where all of one is asked for', async () => {
    const response = await server.get('/v1/volumes/chest/image.nii.gz');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.equals(readFileSync(small.volumes.chest.entry.image))).toBe(true);
    expect(response.headers.get('content-type')).toBe('application/gzip');
    expect(response.headers.get('content-encoding')).toBeNull();
  });

  it('compresses a file that is not', async () => {
    const received = await volumeAt('/v1/volumes/chest-again/image.nii.gz');
    const { volume } = small.volumes['chest-again'];
    expect(received.data).toEqual(volume.data);
    expect(received.affine).toEqual(volume.affine);
  });

  it('cuts out slices of the plane, both ends inclusive', async () => {
    const received = await volumeAt('/v1/volumes/head/image.nii.gz?slices=2:4');
    expect(received.size).toEqual([3, 18, 22]);
    expect(received.data).toBeInstanceOf(Int16Array);
    const { data } = small.volumes.head.volume;
    expect(received.data[1 + 3 * (9 + 18 * 11)]).toBe(data[3 + 10 * (9 + 18 * 11)]);
    // Slice 2 lies 10 mm above the first.
    expect(received.affine[11]).toBe(70);
  });

  it('cuts out a box of voxels', async () => {
    const received = await volumeAt('/v1/volumes/chest/image.nii.gz?box=3:10,2:3,0:11');
    expect(received.size).toEqual([8, 2, 12]);
    expect(received.affine.filter((_, entry) => entry % 4 === 3)).toEqual([24, 34, -100, 1]);
  });

  it('joins voxels until there are few enough', async () => {
    const received = await volumeAt('/v1/volumes/chest/image.nii.gz?maxVoxels=800');
    const voxels = received.size[0] * received.size[1] * received.size[2];
    expect(voxels).toBeLessThanOrEqual(800);
    expect(voxels).toBeGreaterThan(300);
    const mean = (data: ArrayLike<number>) =>
      Array.from(data).reduce((sum, value) => sum + value, 0) / data.length;
    expect(Math.abs(mean(received.data) - mean(small.volumes.chest.volume.data))).toBeLessThan(20);
  });

  it.each([
    ['slices=4:2', '4:2 is no range of the indices 0 to 11 along axis 2.'],
    ['slices=0:12', '0:12 is no range of the indices 0 to 11 along axis 2.'],
    ['box=0:1,0:1,5:4', '5:4 is no range of the indices 0 to 11 along axis 2.'],
    ['box=0:24,0:1,0:1', '0:24 is no range of the indices 0 to 23 along axis 0.'],
    ['slices=0:1&box=0:1,0:1,0:1', 'both slices and a box are named.'],
  ])('refuses %s', async (query, detail) => {
    expect(await problemAt(`/v1/volumes/chest/image.nii.gz?${query}`)).toMatchObject([
      400,
      { code: 'USAGE', detail, subject: 'chest' },
    ]);
  });

  it.each(['slices=all', 'box=1:2', 'maxVoxels=0', 'maxVoxels=-5', 'slices=1:2:3'])(
    'refuses %s before it looks at the volume',
    async (query) => {
      expect(await problemAt(`/v1/volumes/chest/image.nii.gz?${query}`)).toMatchObject([
        400,
        { code: 'USAGE', subject: 'querystring' },
      ]);
    },
  );

  it('notices that the file is another one by now', async () => {
    const { entry } = small.volumes['chest-again'];
    const original = readFileSync(entry.image);
    writeFileSync(entry.image, gunzipSync(readFileSync(small.volumes.head.entry.image)));
    const fresh = await startTestServer(small, { cache: join(small.folder, 'another-cache') });
    try {
      const response = await fresh.get('/v1/volumes/chest-again/slices/1.png');
      expect([response.status, await response.json()]).toMatchObject([
        422,
        { code: 'VOLUME_CORRUPT', detail: 'the file has changed: its size is 10 x 18 x 22 now.' },
      ]);
      writeFileSync(entry.image, original.subarray(0, 2000));
      const broken = await fresh.get('/v1/volumes/chest-again/image.nii.gz');
      expect([broken.status, await broken.json()]).toMatchObject([
        422,
        { code: 'VOLUME_CORRUPT', subject: 'chest-again' },
      ]);
      expect(existsSync(join(small.folder, 'another-cache', 'pictures'))).toBe(true);
      expect(readdirSync(join(small.folder, 'another-cache', 'pictures'))).toEqual([]);
    } finally {
      writeFileSync(entry.image, original);
    }
  });
});

describe('masks', () => {
  it('come on the grid of their image, with label numbers and their names', async () => {
    const received = await volumeAt('/v1/volumes/chest/mask.nii.gz');
    expect(received.data).toEqual(chestMask());
    expect(received.affine).toEqual(small.volumes.chest.volume.affine);
    const names = await (await server.get('/v1/volumes/chest/mask.json')).json();
    // The table lists a liver too, but nobody has drawn one.
    expect(names).toEqual({ 1: 'heart', 2: 'spine' });
  });

  it('are cut and reduced onto the grid that the image is', async () => {
    const query = 'slices=2:9&maxVoxels=2000';
    const [image, mask] = [
      await volumeAt(`/v1/volumes/chest/image.nii.gz?${query}`),
      await volumeAt(`/v1/volumes/chest/mask.nii.gz?${query}`),
    ];
    expect([mask.size, mask.affine]).toEqual([image.size, image.affine]);
    expect(new Set(mask.data)).toEqual(new Set([0, 1, 2]));
  });

  it.each(['mask.nii.gz', 'mask.json'])('of a volume that has none are not found: %s', async (file) => {
    expect(await problemAt(`/v1/volumes/head/${file}`)).toMatchObject([
      404,
      { code: 'MASK_UNKNOWN', subject: 'head' },
    ]);
  });
});

describe('uploads that are not there', () => {
  it.each(['thumbnail.png', 'slices/1.png', 'image.nii.gz'])('%s', async (file) => {
    expect(await problemAt(`/v1/uploads/none/images/0/${file}`)).toMatchObject([
      404,
      { code: 'UPLOAD_UNKNOWN' },
    ]);
  });
});
