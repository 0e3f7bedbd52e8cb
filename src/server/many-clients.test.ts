import { beforeAll, describe, expect, it } from 'vitest';
import { makeSmallArchive, startTestServer, type TestServer } from '../../tests/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(await makeSmallArchive());
});

const clients = 64;

/** What a client may ask for; the same at every round, so that the answers can be compared. */
const requests: readonly { readonly path: string; readonly body?: object }[] = [
  { path: '/v1/archive' },
  { path: '/v1/volumes?limit=2' },
  { path: '/v1/volumes/chest' },
  { path: '/v1/volumes/chest/thumbnail.png' },
  { path: '/v1/volumes/head/slices/4.png?size=300' },
  { path: '/v1/volumes/chest/slices/2.png?window=lung&size=200' },
  { path: '/v1/volumes/chest-again/image.nii.gz?maxVoxels=500' },
  { path: '/v1/volumes/chest/mask.nii.gz' },
  { path: '/v1/map' },
  { path: '/v1/search', body: { volume: 'chest' } },
  { path: '/v1/search', body: { volume: 'head', slice: 3 } },
  { path: '/v1/location', body: { volume: 'chest', label: 'heart', hit: 'chest-again' } },
  { path: '/v1/alignment', body: { volume: 'chest', hit: 'head' } },
  { path: '/v1/volumes/nobody' },
  { path: '/v1/nothing' },
];

async function answerTo({ path, body }: (typeof requests)[number]): Promise<string> {
  const response = await server.get(path, {
    ...(body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  // Times differ from answer to answer.
  const content = /json/.test(response.headers.get('content-type') ?? '')
    ? JSON.stringify({ ...JSON.parse(bytes.toString()), timings: undefined })
    : bytes.toString('base64');
  return `${response.status} ${content}`;
}

describe(`${clients} clients at once`, () => {
  it('get the answers that one client gets', async () => {
    const atOnce = await Promise.all(
      Array.from({ length: clients }, (_, client) => {
        const first = client % requests.length;
        const order = [...requests.slice(first), ...requests.slice(0, first)];
        return Promise.all(order.map(async (asked) => [asked, await answerTo(asked)] as const));
      }),
    );
    for (const asked of requests) {
      const alone = await answerTo(asked);
      const answers = atOnce
        .flat()
        .filter(([request]) => request === asked)
        .map(([, answer]) => answer);
      expect(answers).toHaveLength(clients);
      for (const answer of answers) {
        if (['/v1/search', '/v1/location', '/v1/alignment'].includes(asked.path)) {
          // There is a queue, and it may be full.
          expect([alone, '429'], asked.path).toContain(answer.startsWith('429 ') ? '429' : answer);
        } else expect(answer === alone, `${asked.path}: ${answer.slice(0, 200)}`).toBe(true);
      }
    }
    expect(server.log).toEqual([]);
  });
});
