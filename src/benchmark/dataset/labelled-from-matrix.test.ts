import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { npyMatrix } from '../../../tests/npy-fixture.js';
import { niftiBytes, temporaryFolder, writeFixture } from '../../../tests/volume-fixtures.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import { classMap } from '../class-maps/class-map.js';
import { openEmbeddingMatrix } from './embedding-matrix.js';
import { LabelCounts } from './label-counts.js';
import { labelledFromMatrix } from './labelled-from-matrix.js';

const folder = temporaryFolder();
const cache = join(folder, 'cache');
const table = writeFixture(
  folder,
  'labels.json',
  JSON.stringify({ 1: 'liver', 2: 'kidney_left', 3: 'kidney_right', 4: 'cyst' }),
);
const map = classMap('test', 'made up', {
  kidney: ['kidney_left', 'kidney_right'],
  liver: ['liver'],
  brain: ['brain'],
});

/** A mask of 2 x 2 voxels a slice. @param slices the four numbers of each. */
function entry(id: string, slices: readonly (readonly number[])[], patient?: string): VolumeEntry {
  const mask = writeFixture(
    folder,
    `${id}.nii`,
    niftiBytes({ size: [2, 2, slices.length], datatype: 'uint8', values: slices.flat() }),
  );
  return { id, image: join(folder, 'not-there.nii'), mask, labels: table, ...(patient && { patient }) };
}

const a = entry('a', [
  [0, 0, 0, 0],
  [1, 1, 2, 3],
  [2, 3, 3, 4],
]);
const b = entry(
  'b',
  [
    [1, 0, 0, 0],
    [0, 0, 0, 0],
  ],
  'p1',
);
const empty = entry('empty', [
  [0, 0, 0, 0],
  [0, 0, 0, 0],
]);

function matrixFiles(name: string, lines: readonly string[], rows: readonly (readonly number[])[]) {
  return {
    matrix: writeFixture(folder, `${name}.npy`, npyMatrix(rows)),
    slices: writeFixture(folder, `${name}.csv`, `volume,slice\n${lines.join('\n')}\n`),
  };
}

/** Out of order; slice 0 of "a" has no row; "z" is no volume of this side. */
const lines = ['b,1', 'a,2', 'z,0', 'b,0', 'a,1'];
const rows = [
  [3, 4],
  [0, -5],
  [0, 0],
  [1e-20, 0],
  [8, 15],
];

describe('labelledFromMatrix', () => {
  it('orders volumes and slices, brings rows to norm 1, and sums the voxels of merged labels', async () => {
    const source = await openEmbeddingMatrix(matrixFiles('good', lines, rows));
    const labelled = await labelledFromMatrix(source, [b, empty, a], map, new LabelCounts(cache));
    expect(labelled.dimension).toBe(2);
    expect(labelled.volumes).toEqual([
      { id: 'a', patient: 'a', firstRow: 0, rowCount: 2, spacingMm: 1 },
      { id: 'b', patient: 'p1', firstRow: 2, rowCount: 2, spacingMm: 1 },
    ]);
    expect([...labelled.sliceIndex]).toEqual([1, 2, 0, 1]);
    expect([...labelled.embeddings]).toEqual([8 / 17, 15 / 17, 0, -1, 1, 0, 3 / 5, 4 / 5].map(Math.fround));
    expect(labelled.classes).toEqual(['kidney', 'liver', 'brain']);
    expect([...labelled.voxels]).toEqual([...[2, 2, 0], ...[3, 0, 0], ...[0, 1, 0], ...[0, 0, 0]]);
    expect(labelled.leftOut).toEqual([{ id: 'empty', reason: 'empty mask' }]);
    expect(labelled.labelsWithoutClass).toEqual(['cyst']);
    expect(labelled.missingSlices).toEqual({ all: 1, labelled: 0 });
    expect(labelled.otherVolumes).toEqual(['z']);
  });

  it('counts slices with a label that have no row', async () => {
    const source = await openEmbeddingMatrix(matrixFiles('few', ['a,0'], [[1, 0]]));
    const labelled = await labelledFromMatrix(source, [a], map, new LabelCounts(cache));
    expect(labelled.missingSlices).toEqual({ all: 2, labelled: 2 });
  });

  it.each([
    ['NaN', [Number.NaN, 1], 'holds NaN or infinity'],
    ['NaN before a number', [1, Number.NaN], 'holds NaN or infinity'],
    ['infinity', [1, Number.NEGATIVE_INFINITY], 'holds NaN or infinity'],
    ['zeros', [0, -0], 'is all zeros'],
  ])('refuses a row of %s, naming the slice', async (name, row, what) => {
    const files = matrixFiles(`bad ${name}`, ['b,1', 'b,0'], [[1, 0], row]);
    const source = await openEmbeddingMatrix(files);
    await expect(labelledFromMatrix(source, [b], map, new LabelCounts(cache))).rejects.toMatchObject({
      code: 'ENCODER_OUTPUT_INVALID',
      subject: files.matrix,
      reason: `row 1 (volume "b", slice 0) ${what}`,
    });
  });

  it('refuses a volume without a row, a slice beyond the last, and volumes without a label', async () => {
    const counts = new LabelCounts(cache);
    const none = await openEmbeddingMatrix(matrixFiles('none', ['a,0'], [[1, 0]]));
    await expect(labelledFromMatrix(none, [a, b], map, counts)).rejects.toMatchObject({
      code: 'COHORT_INVALID',
      reason: 'there is no slice of the volume "b" of the data set',
    });
    const beyond = await openEmbeddingMatrix(matrixFiles('beyond', ['a,3'], [[1, 0]]));
    await expect(labelledFromMatrix(beyond, [a], map, counts)).rejects.toMatchObject({
      code: 'COHORT_INVALID',
      reason: 'slice 3 of volume "a" is beyond its last: its mask has 3 axial slices',
    });
    await expect(labelledFromMatrix(none, [empty], map, counts)).rejects.toMatchObject({
      code: 'INPUT_EMPTY',
    });
  });
});

describe('openEmbeddingMatrix', () => {
  it.each([
    ['a slice twice', ['a,0', 'b,0', 'a,0'], /line 4: slice 0 of volume "a" stands on line 2 already/],
    ['too few lines', ['a,0', 'a,1'], /names 2 slices, but .* has 3 rows/],
    ['too many lines', ['a,0', 'a,1', 'a,2', 'a,3'], /names 4 slices, but .* has 3 rows/],
    ['a slice that is no index', ['a,0', 'a,-1', 'a,2'], /line 3: the slice "-1" is no index/],
    ['no slice', ['a,0', 'a,', 'a,2'], /line 3: the slice "" is no index/],
    ['no volume', ['a,0', ',1', 'a,2'], /line 3: the field volume is empty/],
  ])('refuses a CSV with %s', async (name, csv, reason) => {
    const three = [0, 1, 2].map((row) => [1, row]);
    const files = matrixFiles(`csv ${name}`, csv, three);
    await expect(openEmbeddingMatrix(files)).rejects.toMatchObject({
      code: 'COHORT_INVALID',
      subject: files.slices,
      reason: expect.stringMatching(reason),
    });
  });
});

describe('LabelCounts', () => {
  /** Marks what is kept, so that it shows whether it is read. */
  function fake(path: string, voxels: readonly number[]): void {
    const labels = { liver: { first: 0, voxels } };
    const file = {
      format: 'voxseek-label-counts',
      formatVersion: 2,
      plane: 'axial',
      sliceCount: 2,
      spacingMm: 1,
      labels,
    };
    writeFileSync(path, JSON.stringify(file));
  }

  it('reads a mask once, also under another name of its volume', async () => {
    const own = join(folder, 'own-cache');
    const counts = new LabelCounts(own);
    expect([...(await counts.of(b)).counts.get('liver')!]).toEqual([1, 0]);
    const [name, ...more] = readdirSync(own);
    expect(more).toEqual([]);
    fake(join(own, name!), [77]);
    expect([...(await counts.of({ ...b, id: 'renamed' })).counts.get('liver')!]).toEqual([77, 0]);
  });

  it('counts again where the mask or its names change, and where what is kept is broken', async () => {
    const own = join(folder, 'broken-cache');
    const counts = new LabelCounts(own);
    await counts.of(b);
    const path = join(own, readdirSync(own)[0]!);
    for (const text of ['{"format', '{}', 'voxels beyond the last slice']) {
      if (text.startsWith('{')) writeFileSync(path, text);
      else fake(path, [1, 2, 3]);
      expect([...(await counts.of(b)).counts.get('liver')!]).toEqual([1, 0]);
    }
    const names = writeFixture(folder, 'other.json', '{"1": "spleen"}');
    expect([...(await counts.of({ ...b, labels: names })).counts.keys()]).toEqual(['spleen']);
    const changed = entry('changed', [
      [0, 0, 0, 0],
      [1, 1, 1, 0],
    ]);
    expect([...(await counts.of(changed)).counts.get('liver')!]).toEqual([0, 3]);
    entry('changed', [
      [0, 0, 0, 0],
      [1, 1, 0, 0],
    ]);
    expect([...(await counts.of(changed)).counts.get('liver')!]).toEqual([0, 2]);
  });

  it('gives the same from a folder of structures, read and kept', async () => {
    const mask = join(folder, 'segmentations');
    mkdirSync(mask);
    const size = [2, 2, 4] as const;
    const inSlice = (slice: number) =>
      Array.from({ length: 16 }, (_, i) => (Math.floor(i / 4) === slice ? 1 : 0));
    writeFixture(mask, 'liver.nii', niftiBytes({ size, datatype: 'uint8', values: inSlice(2) }));
    writeFixture(mask, 'brain.nii', niftiBytes({ size, datatype: 'uint8' }));
    const volume: VolumeEntry = { id: 's0001', image: 'none', mask };
    const own = join(folder, 'structures-cache');
    for (let run = 0; run < 2; run++) {
      const { sliceCount, counts } = await new LabelCounts(own).of(volume);
      expect(sliceCount).toBe(4);
      expect([...counts].map(([name, perSlice]) => [name, [...perSlice]])).toEqual([['liver', [0, 0, 4, 0]]]);
    }
    expect(readdirSync(own)).toHaveLength(1);
  });

  it('names the labels that occur', async () => {
    const own = join(folder, 'labels-cache');
    expect(await new LabelCounts(own).labels([b, a, empty])).toEqual([
      'cyst',
      'kidney_left',
      'kidney_right',
      'liver',
    ]);
  });
});
