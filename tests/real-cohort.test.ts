import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Archive,
  findVolumes,
  ingest,
  openForIngest,
  SearchEngine,
  type SearchRequest,
  type VolumeEntry,
} from '../src/index.js';
import { startVoxseek, voxseek } from './command.js';
import { describeWithData, describeWithDataAndModels, sharedData, sharedModels } from './shared.js';

const folder = mkdtempSync(join(tmpdir(), 'voxseek-cohort-'));
afterAll(() => rmSync(folder, { recursive: true }));
const cohort = join(sharedData, 'cohort.csv');

/** What a volume of the cohort shows, coarsely: what a person would call the same. */
const kinds: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/head and neck/, 'head and neck CT'],
  [/sarcoma/, 'extremity'],
  [/^head /, 'brain MR'],
  [/^chest/, 'chest CT'],
];
const kindOf = (region: string | null | undefined) =>
  kinds.find(([pattern]) => pattern.test(region ?? ''))?.[1];

describeWithData('the real cohort with the built-in encoder', () => {
  const path = join(folder, 'archive');
  let archive: Archive;
  let engine: SearchEngine;

  beforeAll(async () => {
    const first = startVoxseek('ingest', path, cohort);
    await first.printed(/Ingesting \d+\/186/);
    first.kill('SIGKILL');
    expect((await first.result).code).toBeNull();
    const second = await voxseek('ingest', path, cohort, '--json');
    expect(second.code, second.stderr).toBe(0);
    archive = await Archive.open(path);
    engine = new SearchEngine(archive);
  }, 300_000);
  afterAll(async () => {
    await engine.close();
    await archive.close();
  });

  it('is all in after a kill in the middle and a second run; a third run adds nothing', async () => {
    const volumes = await archive.volumes();
    expect(volumes).toHaveLength(186);
    const stored = await archive.loadSlices(volumes);
    expect(stored.sliceIndex.length).toBe(volumes.reduce((sum, volume) => sum + volume.sliceCount, 0));
    const third = JSON.parse((await voxseek('ingest', path, cohort, '--json')).stdout) as {
      outcomes: Record<string, number>;
      seconds: number;
    };
    expect(third.outcomes).toMatchObject({ unchanged: 186, added: 0, failed: 0 });
  });

  it('finds volumes of the same kind first', async () => {
    const volumes = (await archive.volumes()).filter((volume) => kindOf(volume.region) !== undefined);
    const wrong = new Map<string, string[]>();
    for (const volume of volumes) {
      const { hits } = await engine.search({ query: volume.id, k: 1, exclude: 'same-patient' });
      if (kindOf(hits[0]!.volume.region) === kindOf(volume.region)) continue;
      const kind = `${kindOf(volume.region)}, ${volume.modality}`;
      wrong.set(kind, [...(wrong.get(kind) ?? []), `${volume.id} -> ${hits[0]!.volume.id}`]);
    }
    expect(volumes.length).toBeGreaterThan(170);
    // Small MR crops around a tumour are the hard case: a few of 34 look more like a neck or a head.
    expect(wrong.get('extremity, MR')?.length ?? 0).toBeLessThanOrEqual(3);
    wrong.delete('extremity, MR');
    expect([...wrong]).toEqual([]);
  });

  it.each(['larynx', 'parotid_left', 'parotid_right', 'mandible'])(
    'finds the %s where it is in the volumes that have it',
    async (label) => {
      const queries = await archive.volumes(`split = 'query' AND array_has(labels, '${label}')`);
      let overlapping = 0;
      let hitCount = 0;
      for (const query of queries) {
        const { hits } = await engine.search({
          query: query.id,
          label,
          k: 3,
          exclude: 'same-patient',
          filter: `array_has(labels, '${label}')`,
        });
        for (const { volume, range } of hits) {
          const slices = (await archive.sliceRecords(volume)).filter((slice) => slice.labelVoxels.has(label));
          hitCount++;
          if (slices.some(({ index }) => index >= range.from && index <= range.to)) overlapping++;
        }
      }
      expect(hitCount).toBeGreaterThan(40);
      expect(overlapping / hitCount).toBeGreaterThan(0.9);
    },
  );

  it('finds a scan that it has first, with mean similarity 1, from its file', async () => {
    for (const name of ['openkbp_train_004_ct', 'ibsi_STS_010_mr_mr', 'nsclcrg_R01-001_ct']) {
      const request: SearchRequest = { query: join(sharedData, `${name}.nii.gz`), k: 2 };
      const { hits } = await engine.search(request);
      expect(hits[0]!.volume.imagePath).toBe(request.query);
      expect(hits[0]!.meanSimilarity).toBeCloseTo(1, 5);
      expect(hits[1]!.meanSimilarity).toBeLessThan(0.999);
    }
  });
});

const half = [0.5, 0.5, 0.5];
const models = [
  { name: 'mobilenetv2_imagenet', inputSize: 224, mean: half, std: half },
  { name: 'mobilenetv1_imagenet', inputSize: 224, mean: half, std: half },
  { name: 'mobilenetv1_025_128_imagenet', inputSize: 128, mean: half, std: half },
  { name: 'squeezenet11_imagenet', inputSize: 224, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
];

describeWithDataAndModels('real volumes with ONNX encoders', () => {
  let entries: VolumeEntry[];
  beforeAll(async () => {
    const all = await findVolumes(cohort);
    const some = (pattern: RegExp, count: number) => all.filter(({ id }) => pattern.test(id)).slice(0, count);
    entries = [
      ...some(/^openkbp/, 6),
      ...some(/^ibsi.*_ct$/, 6),
      ...some(/^openms/, 6),
      ...some(/^lung4d|^nsclcrg/, 2),
    ];
  });

  describe.each(models)('$name', ({ name, ...config }) => {
    it('finds volumes of the same kind first', async () => {
      const configFile = join(folder, `${name}.json`);
      writeFileSync(configFile, JSON.stringify(config));
      const { archive, encoder } = await openForIngest(join(folder, name), {
        encoder: join(sharedModels, `${name}.onnx`),
        configFile,
        everyMm: 10,
      });
      const { failures } = await ingest(archive, encoder, entries);
      expect(failures).toEqual([]);
      const engine = new SearchEngine(archive, encoder);
      for (const { id, region } of entries) {
        const { hits } = await engine.search({ query: id, k: 1, exclude: 'same-patient' });
        expect(kindOf(hits[0]!.volume.region), `${name}: ${id} -> ${hits[0]!.volume.id}`).toBe(
          kindOf(region),
        );
      }
      await engine.close();
      await archive.close();
    });
  });
});
