import { readFileSync, renameSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  makeSmallArchive,
  type SmallArchive,
  startTestServer,
  type TestServer,
} from '../../../tests/server.js';
import { problemIn, upload } from '../../../tests/upload-form.js';
import type { Location } from '../schemas.js';

let small: SmallArchive;
let server: TestServer;

beforeAll(async () => {
  small = await makeSmallArchive();
  server = await startTestServer(small);
});

function post(body: unknown): Promise<Response> {
  return server.get('/v1/location', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function locate(body: unknown): Promise<Location['box']> {
  const response = await post(body);
  if (response.status !== 200) throw new Error(await response.text());
  return ((await response.json()) as Location).box;
}

function expectBox(box: Location['box'], expected: number[]): void {
  box.flat().forEach((side, i) => void expect(side).toBeCloseTo(expected[i]!, 3));
}

/**
 * The outer faces of the heart: voxels 9 to 14, 8 to 11 and 3 to 6, whose centres lie at 30 - 2 i, 40 - 3 j and
 * -100 + 4 k. The bodies of `chest` and `chest-again` are the same, so it is in both.
 */
const heart = [1, 13, 5.5, 17.5, -90, -74];

describe('POST /v1/location', () => {
  it('finds the place of a label and of a box in a hit', async () => {
    expectBox(await locate({ volume: 'chest', label: 'heart', hit: 'chest-again' }), heart);
    const box = [
      [2, 12],
      [7, 17],
      [-89, -75],
    ];
    expectBox(await locate({ volume: 'chest', box, hit: 'chest-again' }), heart);
  });

  it('takes any volume as the hit, the query itself too', async () => {
    expectBox(await locate({ volume: 'chest', label: 'heart', hit: 'chest' }), heart);
    const inHead = await locate({ volume: 'chest', label: 'heart', hit: 'head' });
    for (const [low, high] of inHead) expect(high).toBeGreaterThan(low);
  });

  it('takes an uploaded image', async () => {
    const { id, images } = await upload(server, {
      'mine.nii.gz': readFileSync(small.volumes.chest.entry.image),
    });
    const image = { id, image: images[0]!.id };
    expectBox(await locate({ upload: image, label: 'heart', hit: 'chest-again' }), heart);
  });

  it.each([
    [{ volume: 'chest', hit: 'head' }, 400, 'USAGE'],
    [{ volume: 'chest', slices: [2, 4], hit: 'head' }, 400, 'USAGE'],
    [{ volume: 'chest', label: 'heart' }, 400, 'USAGE'],
    [{ volume: 'chest', label: 'wing', hit: 'head' }, 404, 'LABEL_UNKNOWN'],
    [{ volume: 'chest', label: 'heart', hit: 'nobody' }, 404, 'VOLUME_UNKNOWN'],
    [{ volume: 'nobody', label: 'heart', hit: 'chest' }, 404, 'VOLUME_UNKNOWN'],
    [{ upload: { id: 'a', image: '1' }, label: 'heart', hit: 'chest' }, 404, 'UPLOAD_UNKNOWN'],
  ])('refuses %j', async (body, status, code) => {
    const response = await post(body);
    expect([response.status, (await problemIn(response)).code]).toEqual([status, code]);
  });

  it('names the volume whose file is gone, not where it was', async () => {
    const { image } = small.volumes.head.entry;
    const fresh = await startTestServer(small);
    renameSync(image, `${image}.away`);
    const response = await fresh.get('/v1/location', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ volume: 'chest', label: 'heart', hit: 'head' }),
    });
    renameSync(`${image}.away`, image);
    const problem = await problemIn(response);
    expect([response.status, problem.code]).toEqual([404, 'FILE_NOT_FOUND']);
    expect(JSON.stringify(problem)).not.toContain(small.folder);
  });
});
