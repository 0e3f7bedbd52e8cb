import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Archive } from '../archive/archive.js';
import { ingest } from '../archive/ingest.js';
import type { Encoder } from '../encoder/encoder.js';
import { type ErrorCode, VoxseekError } from '../errors.js';
import type { Plane } from '../volume/volume.js';
import type { VolumeEntry } from '../volume/volume-entry.js';
import { writeNifti } from '../volume/write-nifti.js';
import type { Answer } from './answer.js';
import { SearchEngine, type SearchRequest } from './search-engine.js';

/**
 * Encodes a slice as a direction in the plane: its mean value in HU, taken as degrees. Similarities are then
 * cosines of differences of values, which a test can work out by hand.
 */
const degreesEncoder: Encoder = {
  identity: { name: 'degrees', weightsHash: 'd'.repeat(64), dimension: 2, preprocessing: {} },
  embed: async (slices) =>
    Float32Array.from(
      slices.flatMap(({ pixels }) => {
        const angle = ((pixels.reduce((sum, value) => sum + value, 0) / pixels.length) * Math.PI) / 180;
        return [Math.cos(angle), Math.sin(angle)];
      }),
    ),
  close: async () => {},
};
const cosine = (degrees: number) => Math.cos((degrees * Math.PI) / 180);

const folder = mkdtempSync(join(tmpdir(), 'voxseek-search-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [width, height] = [4, 6];

/** A volume of which axial slice i has the value degrees[i] everywhere; 3 mm apart, the first at 10 mm. */
async function writeTower(id: string, degrees: readonly number[], entry: Partial<VolumeEntry> = {}) {
  const image = join(folder, `${id}.nii.gz`);
  const data = Int16Array.from({ length: width * height * degrees.length }, (_, i) => {
    return degrees[Math.floor(i / (width * height))]!;
  });
  await writeNifti(image, {
    data,
    size: [width, height, degrees.length],
    spacing: [1, 2, 3],
    affine: [-1, 0, 0, 50, 0, -2, 0, 60, 0, 0, 3, 10, 0, 0, 0, 1],
  });
  return { id, image, modality: 'CT' as const, ...entry };
}

/** A mask on the tower's grid: label 1 in every voxel of the given slices. */
async function writeTowerMask(id: string, slices: number, labelled: readonly number[]) {
  const mask = join(folder, `${id}_mask.nii.gz`);
  const data = new Uint8Array(width * height * slices);
  for (const slice of labelled) data.fill(1, slice * width * height, (slice + 1) * width * height);
  await writeNifti(mask, {
    data,
    size: [width, height, slices],
    spacing: [1, 2, 3],
    affine: [-1, 0, 0, 50, 0, -2, 0, 60, 0, 0, 3, 10, 0, 0, 0, 1],
  });
  const labels = join(folder, 'labels.json');
  writeFileSync(labels, '{"1": "liver", "2": "spleen"}');
  return { mask, labels };
}

async function makeArchive(
  name: string,
  entries: readonly VolumeEntry[],
  plane: Plane = 'axial',
  everyMm = 0,
) {
  const archive = await Archive.openOrCreate(join(folder, name), {
    encoder: degreesEncoder.identity,
    encoderSource: { name: 'degrees', options: {} },
    slicing: { plane, everyMm: everyMm || null },
    createdWith: 'test',
  });
  const { failures } = await ingest(archive, degreesEncoder, entries);
  expect(failures).toEqual([]);
  return archive;
}

const ids = (answer: Answer) => answer.hits.map((hit) => hit.volume.id);

async function codeOf(run: Promise<unknown>): Promise<ErrorCode | undefined> {
  return run.then(
    () => undefined,
    (error: unknown) => (error instanceof VoxseekError ? error.code : Promise.reject(error)),
  );
}

let archive: Archive;
let engine: SearchEngine;
let towers: Record<'low' | 'middle' | 'high' | 'same' | 'mr', VolumeEntry>;

beforeAll(async () => {
  const mask = await writeTowerMask('middle', 5, [2, 3]);
  towers = {
    low: await writeTower('low', [0, 10, 20], { patient: 'p1', split: 'train' }),
    middle: await writeTower('middle', [30, 35, 40, 45, 50], { patient: 'p2', split: 'train', ...mask }),
    high: await writeTower('high', [70, 80, 90, 100], { patient: 'p3', split: 'test' }),
    same: await writeTower('same', [31, 36, 41], { patient: 'p2', split: 'test' }),
    mr: await writeTower('mr', [120, 130], { patient: 'p4', modality: 'MR' }),
  };
  archive = await makeArchive('towers', Object.values(towers));
  engine = new SearchEngine(archive, degreesEncoder);
});
afterAll(() => archive.close());

/** Towers hold no air, from which a CT would be known. */
const search = (request: SearchRequest) => engine.search({ modality: 'CT', ...request });

describe('a search by volume', () => {
  it('leaves the query out where it is an id, and finds it first with mean similarity 1 where asked to', async () => {
    expect(ids(await search({ query: 'middle' }))).toEqual(['same', 'low', 'high', 'mr']);
    const answer = await search({ query: 'middle', exclude: 'none' });
    expect(answer.hits[0]!.volume.id).toBe('middle');
    expect(answer.hits[0]!.meanSimilarity).toBeCloseTo(1, 6);
    expect(answer.hits[0]!.matches.map(({ querySlice, slice }) => [querySlice, slice])).toEqual(
      [0, 1, 2, 3, 4].map((i) => [i, i]),
    );
  });

  it('takes a file for something new, finds the same scan first, and says so', async () => {
    const answer = await search({ query: towers.middle.image });
    expect(answer.hits[0]!.volume.id).toBe('middle');
    expect(answer.hits[0]!.meanSimilarity).toBeCloseTo(1, 6);
    expect(answer.query.id).toBeUndefined();
    expect(answer.warnings.join()).toContain('in the archive already, as middle');
    expect(ids(await search({ query: towers.middle.image, exclude: 'self' }))[0]).toBe('same');
  });

  it('leaves out the same patient, whether given by id or by a file that is known', async () => {
    for (const query of ['middle', towers.middle.image]) {
      expect(ids(await search({ query, exclude: 'same-patient' }))).toEqual(['low', 'high', 'mr']);
    }
  });

  it('warns that a patient is not known', async () => {
    const unknown = await writeTower('stranger', [33, 34]);
    const answer = await search({ query: unknown.image, exclude: 'same-patient' });
    expect(answer.hits).toHaveLength(5);
    expect(answer.warnings.join()).toContain('patient of the query is not known');
  });

  it('sums the best similarities: late interaction by hand', async () => {
    const answer = await search({ query: 'low', k: 2 });
    // 0, 10, 20 against 31 36 41: all nearest to 31. Against 30 35 ...: all nearest to 30.
    expect(ids(answer)).toEqual(['middle', 'same']);
    expect(answer.hits[0]!.score).toBeCloseTo(cosine(30) + cosine(20) + cosine(10), 5);
    expect(answer.hits[1]!.score).toBeCloseTo(cosine(31) + cosine(21) + cosine(11), 5);
    expect(answer.hits[0]!.meanSimilarity).toBeCloseTo((cosine(30) + cosine(20) + cosine(10)) / 3, 5);
    expect(answer.hits[0]!.matches[2]).toEqual({
      querySlice: 2,
      slice: 0,
      positionMm: 10,
      similarity: expect.closeTo(cosine(10), 5),
      dicomImage: null,
    });
  });

  it('counts nearest slices, and tells that not every volume owns one', async () => {
    const query = await writeTower('mixed', [8, 12, 37, 88]);
    const answer = await search({ query: query.image, ranking: 'count' });
    // 8 and 12 -> 10 of low; 37 -> 36 of same; 88 -> 90 of high.
    expect(answer.hits.map((hit) => [hit.volume.id, hit.score])).toEqual([
      ['low', 2],
      ['same', 1],
      ['high', 1],
    ]);
    expect(answer.warnings.join()).toContain('Only 3 of 5 volumes');
    const bySum = await search({ query: query.image, ranking: 'sum' });
    expect(bySum.hits[0]!.score).toBeCloseTo(2 * cosine(2), 5);
    const byMax = await search({ query: query.image, ranking: 'max' });
    expect(byMax.hits[0]!.volume.id).toBe('same');
    expect(byMax.hits[0]!.score).toBeCloseTo(cosine(1), 5);
  });

  it('scores only the candidates, where their number is given', async () => {
    const all = await search({ query: 'middle', candidates: 0 });
    const some = await search({ query: 'middle', candidates: 2 });
    expect(ids(some)).toEqual(ids(all).slice(0, 2));
    expect(some.hits.map((hit) => hit.score)).toEqual(all.hits.slice(0, 2).map((hit) => hit.score));
  });

  it('searches another modality with a warning', async () => {
    const answer = await search({ query: 'mr', filter: "modality = 'CT'" });
    expect(answer.hits[0]!.volume.id).toBe('high');
    expect(answer.warnings).toEqual(['The query is MR, but all volumes searched are CT.']);
  });

  it('keeps to a filter', async () => {
    expect(ids(await search({ query: 'middle', filter: "split = 'train'" }))).toEqual(['low']);
    expect(ids(await search({ query: 'low', filter: "array_has(labels, 'liver')" }))).toEqual(['middle']);
    expect(await codeOf(search({ query: 'low', filter: 'colour = 3' }))).toBe('FILTER_INVALID');
    expect(await codeOf(search({ query: 'low', filter: "split = 'nothing'" }))).toBe('ARCHIVE_EMPTY');
  });

  it('sees what was added and removed since the last search', async () => {
    const late = await writeTower('late', [32, 37, 42]);
    await ingest(archive, degreesEncoder, [late]);
    expect(ids(await search({ query: 'middle', k: 2 }))).toEqual(['late', 'same']);
    await archive.remove(['late']);
    expect(ids(await search({ query: 'middle', k: 2 }))).toEqual(['same', 'low']);
  });
});

describe('a search by slice', () => {
  it('gives the nearest slices with their index and position', async () => {
    const answer = await search({ query: 'middle', slice: 2, k: 3 });
    expect(answer.query.slices).toEqual([2]);
    const found = answer.hits.map(({ volume, range, score }) => [volume.id, range.from, range.fromMm, score]);
    expect(found).toEqual([
      ['same', 2, 16, expect.closeTo(cosine(1), 5)],
      ['same', 1, 13, expect.closeTo(cosine(4), 5)],
      ['same', 0, 10, expect.closeTo(cosine(9), 5)],
    ]);
  });

  it('refuses a slice that the volume does not have', async () => {
    expect(await codeOf(search({ query: 'middle', slice: 5 }))).toBe('REGION_EMPTY');
    expect(await codeOf(search({ query: towers.middle.image, slice: 99 }))).toBe('REGION_EMPTY');
  });
});

describe('a search by region', () => {
  it('looks for the slices with the label, from the archive, from a mask, by range and by box alike', async () => {
    const { mask, labels } = towers.middle as Required<VolumeEntry>;
    const requests: SearchRequest[] = [
      { query: 'middle', label: 'liver' },
      { query: 'middle', label: 'liver', mask, labels },
      { query: towers.middle.image, label: 'liver', mask, labels, exclude: 'self' },
      { query: 'middle', slices: [2, 3] },
      { query: 'middle', box: { x: [40, 60], y: [40, 70], z: [15, 20] } },
    ];
    for (const request of requests) {
      const answer = await search(request);
      expect(answer.query.slices, JSON.stringify(request)).toEqual([2, 3]);
      expect(answer.query.mode).toBe('region');
      expect(answer.hits[0]!.volume.id).toBe('same');
      expect(answer.hits[0]!.score).toBeCloseTo(cosine(1) + cosine(4), 5);
    }
  });

  it('knows the mask and the names of a scan that it has, from its file alone', async () => {
    const { mask } = towers.middle as Required<VolumeEntry>;
    for (const request of [{ label: 'liver' }, { label: 'liver', mask }]) {
      const answer = await search({ query: towers.middle.image, exclude: 'self', ...request });
      expect(answer.query.slices).toEqual([2, 3]);
      expect(answer.warnings).toEqual([]);
    }
  });

  it('finds the names of a new mask beside it, or in the tables of the archive, and then says so', async () => {
    const query = await writeTower('fresh', [33, 34, 35, 36, 37]);
    const { mask } = await writeTowerMask('fresh', 5, [1]);
    const guessed = await search({ query: query.image, mask, label: 'liver' });
    expect(guessed.query.slices).toEqual([1]);
    expect(guessed.warnings.join()).toMatch(/"liver" is taken for 1, as in .*labels\.json; --labels/);

    writeFileSync(join(folder, 'fresh_mask.json'), '{"1": "kidney"}');
    expect((await search({ query: query.image, mask, label: 'kidney' })).warnings).toEqual([]);
    expect(await codeOf(search({ query: query.image, mask, label: 'liver' }))).toBe('LABEL_UNKNOWN');
  });

  it('does not guess a number where tables of the archive contradict each other', async () => {
    const other = join(folder, 'other-labels.json');
    writeFileSync(other, '{"1": "spleen", "2": "liver"}');
    const { mask } = await writeTowerMask('odd', 3, [0]);
    const odd = await writeTower('odd', [200, 210, 220], { mask, labels: other });
    await ingest(archive, degreesEncoder, [odd]);
    const query = await writeTower('asking', [33, 34, 35]);
    const { mask: unnamed } = await writeTowerMask('asking', 3, [1]);
    expect(await codeOf(search({ query: query.image, mask: unnamed, label: 'liver' }))).toBe('USAGE');
    await archive.remove(['odd']);
  });

  it('finds where the region is: as long as the query, and at the best place', async () => {
    const query = await writeTower('part', [79, 89]);
    const [hit] = (await search({ query: query.image, k: 1 })).hits;
    expect(hit!.volume.id).toBe('high');
    expect(hit!.range).toEqual({
      from: 1,
      to: 2,
      fromMm: 13,
      toMm: 16,
      similarity: expect.closeTo(cosine(1), 5),
    });
  });

  it('looks only at the region in plane, where asked to', async () => {
    // Left half of the picture 40 degrees, right half 100: as a whole 70, cropped to either half 40 or 100.
    const image = join(folder, 'halves.nii.gz');
    const data = Int16Array.from({ length: width * height * 2 }, (_, i) => (i % width < 2 ? 40 : 100));
    const geometry = {
      size: [width, height, 2],
      spacing: [1, 2, 3],
      affine: [-1, 0, 0, 50, 0, -2, 0, 60, 0, 0, 3, 10, 0, 0, 0, 1],
    } as const;
    await writeNifti(image, { data, ...geometry });
    const box = { x: [48.6, 51], y: [0, 100], z: [0, 100] } as const;
    const best = async (request: Partial<SearchRequest>) =>
      (await search({ query: image, box, ...request, k: 1 })).hits[0]!;
    expect((await best({})).matches[0]!.similarity).toBeCloseTo(1, 5);
    expect((await best({})).volume.id).toBe('high');
    const cropped = await best({ cropMarginMm: 0 });
    expect(cropped.volume.id).toBe('middle');
    expect(cropped.matches[0]!.similarity).toBeCloseTo(1, 5);
  });

  it('refuses what is empty, unknown or contradictory', async () => {
    const { mask, labels } = towers.middle as Required<VolumeEntry>;
    const cases: [SearchRequest, ErrorCode][] = [
      [{ query: 'middle', label: 'kidney' }, 'LABEL_UNKNOWN'],
      [{ query: 'low', label: 'liver' }, 'LABEL_UNKNOWN'],
      [{ query: 'middle', label: 'spleen', mask, labels }, 'REGION_EMPTY'],
      [{ query: 'middle', label: 'liver', minVoxels: 25 }, 'REGION_EMPTY'],
      [{ query: 'middle', box: { x: [0, 1], y: [0, 1], z: [0, 1] } }, 'REGION_EMPTY'],
      [{ query: 'middle', slices: [7, 9] }, 'REGION_EMPTY'],
      [{ query: towers.low.image, label: 'liver', mask, labels }, 'MASK_GRID_MISMATCH'],
      [{ query: towers.low.image, label: 'liver' }, 'USAGE'],
      [{ query: 'middle', mask }, 'USAGE'],
      [{ query: 'middle', slice: 1, label: 'liver' }, 'USAGE'],
      [{ query: 'middle', by: 'region' }, 'USAGE'],
      [{ query: 'middle', by: 'volume', slice: 1 }, 'USAGE'],
      [{ query: 'middle', cropMarginMm: 3 }, 'USAGE'],
      [{ query: 'middle', k: 0 }, 'USAGE'],
      [{ query: 'middle', candidates: -1 }, 'USAGE'],
      [{ query: 'nobody' }, 'VOLUME_UNKNOWN'],
      [{ query: 'nothing.nii.gz' }, 'FILE_NOT_FOUND'],
    ];
    for (const [request, code] of cases)
      expect(await codeOf(search(request)), JSON.stringify(request)).toBe(code);
  });
});

describe('slicing', () => {
  it('cuts queries as the archive was cut: other planes', async () => {
    const coronal = await makeArchive('coronal', [towers.low, towers.high], 'coronal');
    const answer = await new SearchEngine(coronal, degreesEncoder).search({ query: towers.low.image, k: 1 });
    // Every coronal slice of low has the mean 10, of high 85.
    expect(answer.query.slices).toEqual([0, 1, 2, 3, 4, 5]);
    expect(answer.hits[0]!.volume.id).toBe('low');
    expect(answer.hits[0]!.meanSimilarity).toBeCloseTo(1, 6);
    expect(answer.hits[0]!.matches[0]!.positionMm).toBe(60);
    await coronal.close();
  });

  it('cuts queries as the archive was cut: one slice every so many mm', async () => {
    const sparse = await makeArchive('sparse', [towers.middle, towers.high], 'axial', 6);
    const answer = await new SearchEngine(sparse, degreesEncoder).search({
      query: towers.middle.image,
      modality: 'CT',
      k: 1,
    });
    expect(answer.query.slices).toEqual([0, 2, 4]);
    expect(answer.hits[0]!.meanSimilarity).toBeCloseTo(1, 6);
    await sparse.close();
  });
});
