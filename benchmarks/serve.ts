/**
 * What the HTTP API costs beside what it calls: an archive of 1,000 volumes with 100 slices each (synthetic
 * embeddings of the built-in encoder's size, all with one synthetic CT of 512 x 512 x 300 as their image), served
 * on loopback in this process; every request beside the same work done directly, in turns. Run from the
 * repository:
 *
 *     node --import tsx benchmarks/serve.ts
 *
 * Prints a table and writes benchmarks/results/serve.json.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SearchEngine } from '../src/answer/search-engine.js';
import { Archive } from '../src/archive/archive.js';
import { makeArchiveMap } from '../src/server/map/archive-map.js';
import { slicePicture } from '../src/server/pictures/picture.js';
import { reduceVolume, reductionFactors } from '../src/server/pictures/reduce-volume.js';
import { startServer } from '../src/server/start.js';
import { readVolume } from '../src/volume/read.js';
import { writeNifti } from '../src/volume/write-nifti.js';
import { machine } from './machine.js';
import { size, writeCt } from './synthetic-ct.js';
import { idOf, makeThousandVolumes, slicesPerVolume, volumes } from './thousand-volumes.js';

const repetitions = 7;
const maxVoxels = 4_000_000;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

interface Row {
  readonly request: string;
  readonly apiMs: number;
  readonly bare: string;
  readonly bareMs: number | null;
}

const rows: Row[] = [];

/** Medians of a request and of the same work without the server, in turns. */
async function measure(
  request: string,
  api: (run: number) => Promise<unknown>,
  bare: string,
  direct: ((run: number) => Promise<unknown>) | undefined,
  runs = repetitions,
): Promise<void> {
  const [apiMs, bareMs]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await api(run);
    const between = performance.now();
    await direct?.(run);
    apiMs.push(between - start);
    bareMs.push(performance.now() - between);
  }
  const rounded = (values: number[]) => Number(median(values).toFixed(1));
  rows.push({ request, apiMs: rounded(apiMs), bare, bareMs: direct ? rounded(bareMs) : null });
  console.log(`${request}: ${rows.at(-1)!.apiMs} ms; ${bare}: ${rows.at(-1)!.bareMs} ms`);
}

const folder = mkdtempSync(join(tmpdir(), 'voxseek-benchmark-'));
try {
  const ct = join(folder, 'ct.nii.gz');
  await writeCt(ct);
  const path = join(folder, 'archive');
  await makeThousandVolumes(path, ct);
  const archive = await Archive.open(path);
  const engine = new SearchEngine(archive);
  const server = await startServer(path, { port: 0, cache: join(folder, 'cache'), log: console.error });

  const get = async (address: string, init?: RequestInit) => {
    const response = await fetch(`${server.url}v1/${address}`, init);
    const body = await response.arrayBuffer();
    if (!response.ok) throw new Error(`${address}: ${response.status} ${Buffer.from(body).toString()}`);
    return body;
  };
  const post = (address: string, body: object) =>
    get(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  // Both have their embeddings in memory before anything is measured.
  await post('search', { volume: idOf(0) });
  await engine.slices();

  await measure(
    'GET /v1/volumes?limit=100',
    (run) => get(`volumes?limit=100&offset=${100 * run}`),
    'Archive.volumes()',
    () => archive.volumes(),
  );
  await measure(
    'GET /v1/volumes/{id}',
    (run) => get(`volumes/${idOf(500 + run)}`),
    'Archive.volume(), Archive.sliceRecords()',
    async (run) => archive.sliceRecords(await archive.volume(idOf(500 + run))),
  );
  await measure(
    'POST /v1/search, whole volume, k = 10',
    (run) => post('search', { volume: idOf(10 * run) }),
    'SearchEngine.search()',
    (run) => engine.search({ query: { archived: idOf(10 * run) } }),
  );
  await measure(
    'POST /v1/search, one slice, k = 10',
    (run) => post('search', { volume: idOf(10 * run), slice: 30 }),
    'SearchEngine.search()',
    (run) => engine.search({ query: { archived: idOf(10 * run) }, slice: 30 }),
  );
  await measure(
    'POST /v1/alignment',
    (run) => post('alignment', { volume: idOf(10 * run), hit: idOf(900) }),
    'SearchEngine.align()',
    async (run) => engine.align(await engine.prepare({ query: { archived: idOf(10 * run) } }), idOf(900)),
  );

  const window = { low: -160, high: 240 };
  const image = { modality: 'CT', percentiles: [-1000, 600] } as const;
  await measure(
    'GET slice PNG, volume not in memory',
    (run) => get(`volumes/${idOf(run)}/slices/150.png?window=soft-tissue`),
    'readVolume(), slicePicture()',
    async () => slicePicture(await readVolume(ct), image, 'axial', 150, window, undefined),
    3,
  );
  const volume = await readVolume(ct);
  await get(`volumes/${idOf(20)}/slices/1.png`);
  await measure(
    'GET slice PNG, volume in memory',
    (run) => get(`volumes/${idOf(20)}/slices/${100 + run}.png?window=soft-tissue`),
    'slicePicture()',
    async (run) => slicePicture(volume, image, 'axial', 100 + run, window, undefined),
  );
  await measure(
    'GET slice PNG, made before',
    (run) => get(`volumes/${idOf(20)}/slices/${100 + run}.png?window=soft-tissue`),
    '',
    undefined,
  );
  const blockSize = [size[0], size[1], 290] as const;
  const factors = reductionFactors(blockSize, [0.8, 0.8, 1], maxVoxels);
  await measure(
    `GET image.nii.gz?maxVoxels=${maxVoxels}, volume in memory`,
    // Another part each time, of the same size.
    (run) => get(`volumes/${idOf(20)}/image.nii.gz?slices=${run}:${run + 289}&maxVoxels=${maxVoxels}`),
    'reduceVolume(), writeNifti()',
    async (run) => {
      const reduced = await reduceVolume(volume, { first: [0, 0, run], size: blockSize }, factors, 'mean');
      await writeNifti(join(folder, `reduced-${run}.nii.gz`), reduced, { gzipLevel: 1 });
    },
    3,
  );
  await measure(
    `GET image.nii.gz?maxVoxels=${maxVoxels}, made before`,
    () => get(`volumes/${idOf(20)}/image.nii.gz?slices=0:289&maxVoxels=${maxVoxels}`),
    '',
    undefined,
  );
  const ids = new Set(Array.from({ length: volumes }, (_, number) => idOf(number)));
  await measure(
    'GET /v1/map, first time',
    () => get('map'),
    'makeArchiveMap()',
    async () => makeArchiveMap(await engine.slices(), ids, 'revision'),
    1,
  );
  await measure('GET /v1/map, made before', () => get('map'), '', undefined);

  await server.close();
  await engine.close();
  await archive.close();
  const report = {
    benchmark: 'the HTTP API beside what it calls',
    command: 'node --import tsx benchmarks/serve.ts',
    date: new Date().toISOString(),
    machine: machine(),
    // Above the number of cores, others were at work too: compare the two columns then, not with other days.
    loadAverage: Number(loadavg()[0]!.toFixed(1)),
    volumes,
    slicesPerVolume,
    image: size,
    rows,
  };
  const target = join(dirname(fileURLToPath(import.meta.url)), 'results', 'serve.json');
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${JSON.stringify(report, null, 2)}\n`);
  console.table(rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
