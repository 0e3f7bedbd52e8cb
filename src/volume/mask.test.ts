import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  fillVoxels,
  niftiBytes,
  niftiGzipBytes,
  nrrdBytes,
  temporaryFolder,
  writeFixture,
} from '../../tests/volume-fixtures.js';
import {
  countLabels,
  countLabelsOfMask,
  type MaskSource,
  maskFiles,
  openMask,
  readStructure,
} from './mask.js';
import type { Affine, Plane } from './volume.js';

const folder = temporaryFolder();
const size = [5, 6, 7] as const;
// i towards the head, j towards the left, k towards the front: "SLA".
const sform = [0, -2, 0, 40, 0, 0, 3, -50, 4, 0, 0, 600];
const affine: Affine = [...sform, 0, 0, 0, 1];
const grid = { size, affine };
/** The file's axis that each plane is stacked on. */
const stackedOn: Readonly<Record<Plane, 0 | 1 | 2>> = { axial: 0, sagittal: 1, coronal: 2 };
const planes = ['axial', 'coronal', 'sagittal'] as const;

/** Labels 0 to 3 in short runs, as real masks have them; label 3 is rare. */
const numbers = fillVoxels(size, (i, j, k) => {
  const hash = (Math.floor(i / 2) * 13 + j * 7 + k * 29) % 11;
  return hash < 4 ? 0 : hash < 7 ? 1 : hash < 10 ? 2 : k === 3 ? 3 : 0;
});

/** Counts voxel by voxel, with nothing but the definition. */
function bruteForce(inside: (value: number) => boolean, plane: Plane): number[] {
  const axis = stackedOn[plane];
  return Array.from({ length: size[axis] }, (_, slice) =>
    fillVoxels(size, (i, j, k) => {
      const value = numbers[i + size[0] * (j + size[1] * k)]!;
      return [i, j, k][axis] === slice && inside(value) ? 1 : 0;
    }).reduce((sum, one) => sum + one, 0),
  );
}

function asArrays(counts: ReadonlyMap<string, Uint32Array>): Record<string, number[]> {
  return Object.fromEntries([...counts].map(([name, perSlice]) => [name, [...perSlice]]));
}

describe('a file of label numbers', () => {
  let mask: MaskSource;
  beforeAll(async () => {
    const path = writeFixture(
      folder,
      'labels.nii.gz',
      niftiGzipBytes({ size, sform, datatype: 'uint8', values: numbers }),
    );
    const table = writeFixture(folder, 'labels.json', '{"1": "liver", "2": "spleen", "9": "brain"}');
    mask = await openMask(path, table);
  });

  it('is one file', () => {
    expect(maskFiles(mask)).toEqual([join(folder, 'labels.nii.gz')]);
  });

  it.each(planes)('counts the voxels of each label in %s slices', async (plane) => {
    expect(asArrays(await countLabels(mask, grid, plane))).toEqual({
      liver: bruteForce((value) => value === 1, plane),
      spleen: bruteForce((value) => value === 2, plane),
      label_3: bruteForce((value) => value === 3, plane),
    });
  });

  it.each([
    ['liver', 1],
    ['spleen', 2],
    ['label_3', 3],
  ])('gives the voxels of %s', async (name, number) => {
    expect([...(await readStructure(mask, name, grid))]).toEqual(
      numbers.map((value) => (value === number ? 1 : 0)),
    );
  });

  it('refuses a name that is not in the table, with those that are', async () => {
    await expect(readStructure(mask, 'livr', grid)).rejects.toMatchObject({
      code: 'LABEL_UNKNOWN',
      reason: 'there is no label "livr"',
      advice: 'The labels are: brain, liver, spleen.',
    });
  });

  it.each(['label_0', 'label_1', 'background'])('refuses %s', async (name) => {
    await expect(readStructure(mask, name, grid)).rejects.toMatchObject({ code: 'LABEL_UNKNOWN' });
  });

  it.each(['brain', 'label_7'])('refuses %s, which no voxel has', async (name) => {
    await expect(readStructure(mask, name, grid)).rejects.toMatchObject({
      code: 'REGION_EMPTY',
      reason: `no voxel is labelled ${name}`,
    });
  });

  it('may have no table', async () => {
    const unnamed = await openMask(join(folder, 'labels.nii.gz'));
    expect([...(await countLabels(unnamed, grid, 'axial')).keys()]).toEqual([
      'label_1',
      'label_2',
      'label_3',
    ]);
    await expect(readStructure(unnamed, 'liver', grid)).rejects.toMatchObject({
      code: 'LABEL_UNKNOWN',
      advice: expect.stringContaining('label_1, label_2'),
    });
  });

  it('may have several numbers of one name: they are one structure', async () => {
    const table = writeFixture(folder, 'joined.json', '{"1": "organ", "2": "organ"}');
    const joined = await openMask(join(folder, 'labels.nii.gz'), table);
    const inside = (value: number) => value === 1 || value === 2;
    expect(asArrays(await countLabels(joined, grid, 'coronal'))).toEqual({
      organ: bruteForce(inside, 'coronal'),
      label_3: bruteForce((value) => value === 3, 'coronal'),
    });
    expect([...(await readStructure(joined, 'organ', grid))]).toEqual(
      numbers.map((value) => (inside(value) ? 1 : 0)),
    );
  });

  it.each([
    ['int16', 'nii'],
    ['int64', 'nii'],
    ['float64', 'nii'],
    ['int64', 'nrrd'],
  ] as const)('may hold them as %s (%s)', async (datatype, format) => {
    const bytes =
      format === 'nii'
        ? niftiBytes({ size, sform, datatype, values: numbers })
        : nrrdBytes({
            size,
            type: datatype,
            values: numbers,
            space: 'right-anterior-superior',
            directions: [
              [0, 0, 4],
              [-2, 0, 0],
              [0, 3, 0],
            ],
            origin: [40, -50, 600],
          });
    const other = await openMask(writeFixture(folder, `${datatype}.${format}`, bytes));
    expect([...(await countLabels(other, grid, 'axial')).get('label_1')!]).toEqual(
      bruteForce((value) => value === 1, 'axial'),
    );
  });
});

describe('a folder of structures', () => {
  const structures = join(folder, 'segmentations');
  let mask: MaskSource;
  beforeAll(async () => {
    mkdirSync(structures);
    mkdirSync(join(structures, 'old.nii.gz'));
    const write = (name: string, values: number[]) =>
      writeFixture(structures, name, niftiGzipBytes({ size, sform, datatype: 'uint8', values }));
    write(
      'liver.nii.gz',
      numbers.map((value) => (value === 1 ? 1 : 0)),
    );
    // Overlaps the liver, and is written with 255 for inside.
    write(
      'abdomen.nii.gz',
      numbers.map((value) => (value === 1 || value === 2 ? 255 : 0)),
    );
    write(
      'empty.nii.gz',
      numbers.map(() => 0),
    );
    writeFixture(structures, '._liver.nii.gz', 'what macOS leaves behind');
    writeFixture(structures, 'readme.txt', 'not a mask');
    mask = await openMask(structures);
  });

  it('names each by its file, in a fixed order, and passes over hidden files, folders and texts', () => {
    expect(mask.kind).toBe('structures');
    expect(maskFiles(mask)).toEqual(
      ['abdomen', 'empty', 'liver'].map((name) => join(structures, `${name}.nii.gz`)),
    );
  });

  it.each(planes)('counts the voxels of each in %s slices', async (plane) => {
    expect(asArrays(await countLabels(mask, grid, plane))).toEqual({
      liver: bruteForce((value) => value === 1, plane),
      abdomen: bruteForce((value) => value === 1 || value === 2, plane),
    });
  });

  it.each(planes)('counts the voxels in %s slices without the image', async (plane) => {
    const { sliceCount, counts } = await countLabelsOfMask(mask, plane);
    expect(sliceCount).toBe(bruteForce(() => true, plane).length);
    expect(asArrays(counts)).toEqual({
      liver: bruteForce((value) => value === 1, plane),
      abdomen: bruteForce((value) => value === 1 || value === 2, plane),
    });
  });

  it('counts no voxels where one file lies on another grid than the first', async () => {
    const mixed = join(folder, 'mixed');
    mkdirSync(mixed);
    writeFixture(mixed, 'liver.nii', niftiBytes({ size, sform, values: numbers }));
    const other = writeFixture(mixed, 'spleen.nii', niftiBytes({ size: [5, 6, 8], sform }));
    await expect(countLabelsOfMask(await openMask(mixed), 'axial')).rejects.toMatchObject({
      code: 'MASK_GRID_MISMATCH',
      subject: other,
    });
  });

  it('gives the voxels of one', async () => {
    expect([...(await readStructure(mask, 'abdomen', grid))]).toEqual(
      numbers.map((value) => (value === 1 || value === 2 ? 1 : 0)),
    );
  });

  it('refuses a structure that is not there and one without a voxel', async () => {
    await expect(readStructure(mask, 'spleen', grid)).rejects.toMatchObject({
      code: 'LABEL_UNKNOWN',
      advice: 'The labels are: abdomen, empty, liver.',
    });
    await expect(readStructure(mask, 'empty', grid)).rejects.toMatchObject({ code: 'REGION_EMPTY' });
  });

  it('refuses two files of one structure', async () => {
    const doubled = join(folder, 'doubled');
    mkdirSync(doubled);
    writeFixture(doubled, 'liver.nii.gz', niftiGzipBytes({ size, sform }));
    writeFixture(doubled, 'liver.nrrd', nrrdBytes({ size, values: numbers }));
    await expect(openMask(doubled)).rejects.toMatchObject({
      code: 'MASK_INVALID',
      subject: doubled,
      reason: 'two files hold the structure liver',
    });
  });

  it('refuses a folder without masks', async () => {
    const none = join(folder, 'no-masks');
    mkdirSync(none);
    writeFixture(none, '._liver.nii.gz', 'what macOS leaves behind');
    await expect(openMask(none)).rejects.toMatchObject({ code: 'MASK_INVALID', subject: none });
  });
});

describe('a mask that cannot be used', () => {
  it('is one that is not there', async () => {
    const path = join(folder, 'missing.nii.gz');
    await expect(openMask(path)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', subject: path });
  });

  it.each([
    ['another size', [5, 6, 8] as const, sform, /5 x 6 x 8.*but the image 5 x 6 x 7/],
    ['another spacing', size, [0, -2, 0, 40, 0, 0, 3, -50, 4.5, 0, 0, 600], /4\.5 x 2 x 3 mm.*4 x 2 x 3 mm/],
    [
      'another origin',
      size,
      [0, -2, 0, 41, 0, 0, 3, -50, 4, 0, 0, 600],
      /\(41, -50, 600\).*\(40, -50, 600\)/,
    ],
    ['another axis order', size, [-4, 0, 0, 0, 0, -2, 0, 0, 0, 0, 3, 0], /LPS.*SLA/],
    // Both grids read the same when written down: only the distance of their corners tells them apart.
    [
      'a small turn',
      size,
      [
        0,
        -2 * Math.cos(0.02),
        3 * Math.sin(0.02),
        40,
        0,
        2 * Math.sin(0.02),
        3 * Math.cos(0.02),
        -50,
        4,
        0,
        0,
        600,
      ],
      // The far corner lies 10 and 18 mm from the first: sqrt(10^2 + 18^2) * 0.02.
      /corners lie up to 0\.412 mm apart/,
    ],
  ])('has %s', async (name, otherSize, rows, reason) => {
    const values = fillVoxels(otherSize, () => 1);
    const path = writeFixture(folder, `${name}.nii`, niftiBytes({ size: otherSize, sform: rows, values }));
    const mask = await openMask(path);
    for (const work of [() => countLabels(mask, grid, 'axial'), () => readStructure(mask, 'label_1', grid)]) {
      await expect(work()).rejects.toMatchObject({
        code: 'MASK_GRID_MISMATCH',
        subject: path,
        reason: expect.stringMatching(reason),
      });
    }
  });

  it.each([
    ['fraction', 0.5, 'float32'],
    ['negative', -1, 'int16'],
    ['NaN', Number.NaN, 'float32'],
    ['infinite', Number.POSITIVE_INFINITY, 'float64'],
  ] as const)('holds a %s number', async (name, value, datatype) => {
    const values = [...numbers];
    values[100] = value;
    const path = writeFixture(folder, `${name}.nii`, niftiBytes({ size, sform, datatype, values }));
    const alone = join(folder, `${name}-structures`);
    mkdirSync(alone);
    const file = writeFixture(alone, 'label_1.nii', niftiBytes({ size, sform, datatype, values }));
    for (const [source, subject] of [
      [path, path],
      [alone, file],
    ] as const) {
      const mask = await openMask(source);
      for (const work of [
        () => countLabels(mask, grid, 'axial'),
        () => readStructure(mask, 'label_1', grid),
      ]) {
        await expect(work()).rejects.toMatchObject({
          code: 'MASK_INVALID',
          subject,
          reason: `a voxel holds ${value}, which is no label number`,
        });
      }
    }
  });
});
