import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type DataType,
  type Field,
  FixedSizeList,
  Float32,
  Float64,
  Int32,
  List,
  Uint32,
  Utf8,
} from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyManifest } from '../../tests/archive-fixtures.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { Archive } from './archive.js';
import type { SliceRecord, VolumeRecord } from './records.js';
import { sliceSchema, volumeSchema } from './schema.js';

const documentation = readFileSync(fileURLToPath(new URL('../../docs/archive.md', import.meta.url)), 'utf8');

function section(title: string): string {
  const after = documentation.split(`\n### ${title}\n`)[1];
  if (after === undefined) throw new Error(`docs/archive.md has no section "${title}"`);
  return after.split(/\n##/)[0]!;
}

/** Name and type of each column in a table of the documentation. */
function documentedColumns(title: string): (readonly [string, string])[] {
  return section(title)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name, type]) => [name!.replaceAll('`', ''), type!] as const);
}

const words: readonly (readonly [new () => DataType, string])[] = [
  [Utf8, 'text'],
  [Int32, 'int32'],
  [Uint32, 'uint32'],
  [Float32, 'float32'],
  [Float64, 'float64'],
];

function inWords({ type, nullable }: Field, lengthOfEmbedding?: number): string {
  const scalar = (one: DataType) => words.find(([kind]) => one instanceof kind)?.[1] ?? String(one);
  const length = (n: number) => (n === lengthOfEmbedding ? 'n' : String(n));
  const word =
    type instanceof FixedSizeList
      ? `${length(type.listSize)} x ${scalar(type.children[0]!.type)}`
      : type instanceof List
        ? `list of ${scalar(type.children[0]!.type)}`
        : scalar(type);
  return nullable ? `${word} or null` : word;
}

describe('docs/archive.md', () => {
  it('lists the columns of both tables with their types', () => {
    expect(documentedColumns('Table of volumes')).toEqual(
      volumeSchema.fields.map((field) => [field.name, inWords(field)]),
    );
    expect(documentedColumns('Table of slices')).toEqual(
      sliceSchema(749).fields.map((field) => [field.name, inWords(field, 749)]),
    );
  });
});

describe('rows', () => {
  const folder = temporaryFolder();
  let archive: Archive;

  const full: Omit<VolumeRecord, 'revision' | 'sliceCount'> = {
    id: 's001',
    patient: "O'Brien",
    split: 'train',
    modality: 'CT',
    region: 'head-neck',
    labels: ['kidney_left', 'liver', 'spleen'],
    annotated: ['aorta', 'liver'],
    imagePath: '/scans/s001/ct.nii',
    maskPath: '/scans/s001/segmentations',
    labelTablePath: '/scans/labels.json',
    imageHash: '1'.repeat(64),
    contentHash: '2'.repeat(64),
    size: [6, 512, 300],
    spacing: [0.1, 0.976562, 2.5],
    affine: [-0.1, 0, 1e-9, 125.5, 0, 0.976562, 0, -250.25, 0, 0, 2.5, -1e6, 0, 0, 0, 1],
    percentiles: [-1023.5, 1234.5678],
    airSlices: 12,
    voxseekVersion: '0.1.0',
    ingestedAt: '2026-01-02T03:04:05.678Z',
    dicom: {
      studyUid: '1.2.3',
      seriesUid: '1.2.3.4',
      frameOfReferenceUid: '1.2.3.5',
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      bodyPart: 'ABDOMEN',
      geometry: '3 missing slices interpolated',
      instanceCount: 4,
      sourceFiles: ['IM1', 'deeper/IM 2', 'ä.dcm'],
      maskFiles: ['../SEG/1'],
    },
  };
  const bare: typeof full = {
    ...full,
    id: 'm 2',
    patient: null,
    split: null,
    modality: 'MR',
    region: null,
    labels: [],
    annotated: null,
    maskPath: null,
    labelTablePath: null,
    contentHash: '3'.repeat(64),
    spacing: [1, 1, 5],
    percentiles: [0, 180],
    airSlices: 0,
    dicom: null,
  };
  const slices: SliceRecord[] = [
    {
      plane: 'sagittal',
      index: 3,
      positionMm: -12.345678901234,
      center: [-12.345678901234, 1e-7, 1e7],
      labelVoxels: new Map([
        ['spleen', 4294967295],
        ['liver', 1],
      ]),
      dicomImage: { sopInstanceUid: '1.2.3.4.1', frameNumber: null },
    },
    {
      plane: 'sagittal',
      index: 9,
      positionMm: 0.1,
      center: [0.1, 0, 0],
      labelVoxels: new Map(),
      dicomImage: { sopInstanceUid: '1.2.3.4.2', frameNumber: 7 },
    },
    {
      plane: 'sagittal',
      index: 10,
      positionMm: 1.1,
      center: [1.1, 0, 0],
      labelVoxels: new Map(),
      dicomImage: null,
    },
    {
      plane: 'sagittal',
      index: 11,
      positionMm: 2.1,
      center: [2.1, 0, 0],
      labelVoxels: new Map([['ä', 2]]),
      dicomImage: null,
    },
  ];
  const embeddings = Float32Array.from({ length: 4 * 8 }, (_, i) => Math.fround(Math.sin(i + 1)));

  beforeAll(async () => {
    archive = await Archive.openOrCreate(join(folder, 'archive'), tinyManifest());
    expect(await archive.store(full, slices, embeddings, undefined)).toBe(true);
    expect(await archive.store(bare, slices.slice(0, 1), embeddings.slice(0, 8), undefined)).toBe(true);
  });
  afterAll(() => archive.close());

  it('come back as they were stored, every field of a volume', async () => {
    const volumes = await archive.volumes();
    expect(volumes).toEqual([
      { ...bare, revision: expect.any(String), sliceCount: 1 },
      { ...full, revision: expect.any(String), sliceCount: 4 },
    ]);
    expect(volumes[0]!.revision).not.toBe(volumes[1]!.revision);
  });

  it('come back as they were stored, every field of a slice', async () => {
    expect(await archive.sliceRecords(await archive.volume('s001'))).toEqual(slices);
    const stored = await archive.loadSlices([await archive.volume('s001')]);
    expect(stored.embeddings).toEqual(embeddings);
    expect([...stored.sliceIndex]).toEqual([3, 9, 10, 11]);
    expect([...stored.positionMm]).toEqual([-12.345678901234, 0.1, 1.1, 2.1]);
  });

  it('are not stored twice under one id', async () => {
    expect(await archive.store(full, slices, embeddings, undefined)).toBe(false);
    const before = await archive.volume('s001');
    expect(await archive.store({ ...full, region: 'new' }, slices, embeddings, before)).toBe(true);
    // The one that was to be replaced is not there any more.
    expect(await archive.store({ ...full, region: 'late' }, slices, embeddings, before)).toBe(false);
    expect((await archive.volume('s001')).region).toBe('new');
    expect(await archive.updateRecord({ ...before, region: 'late' })).toBe(false);
    expect(await archive.updateRecord({ ...(await archive.volume('s001')), region: 'head-neck' })).toBe(true);
    expect((await archive.loadSlices(await archive.volumes())).sliceIndex).toHaveLength(5);
  });

  const examples = documentation.split('```sql\n')[1]!.split('```')[0]!.trim().split('\n');
  /** Which of the two volumes each documented example is true of, read by a person. */
  const answers: Readonly<Record<string, readonly string[]>> = {
    "modality = 'CT'": ['s001'],
    "modality = 'CT' AND region LIKE '%neck%'": ['s001'],
    "array_has(labels, 'liver')": ['s001'],
    "array_has_any(labels, ['kidney_left', 'kidney_right'])": ['s001'],
    "array_has_all(labels, ['liver', 'spleen']) AND NOT array_has(labels, 'pancreas')": ['s001'],
    "split = 'train' AND patient <> 'P017'": ['s001'],
    "patient IN ('P001', 'P002') OR patient IS NULL": ['m 2'],
    "regexp_like(id, '^s0[0-9]+$')": ['s001'],
    'slice_count BETWEEN 4 AND 400': ['s001'],
    'spacing[3] <= 3.0 AND size[1] = 6': ['s001'],
    "annotated IS NULL OR array_has(annotated, 'aorta')": ['m 2', 's001'],
    "ingested_at >= '2020-01-01'": ['m 2', 's001'],
    "image_path LIKE '%.nii'": ['m 2', 's001'],
    'percentiles[2] > 200': ['s001'],
    "series_uid = '1.2.3.4'": ['s001'],
    'geometry IS NOT NULL': ['s001'],
    "body_part = 'ABDOMEN'": ['s001'],
  };

  it.each(examples)('are found with the documented filter %s', async (filter) => {
    expect(answers, 'an example that nobody has answered by hand').toHaveProperty([filter]);
    expect((await archive.volumes(filter)).map((volume) => volume.id)).toEqual(answers[filter]);
  });

  it('are found with the doubled quote of the documentation', async () => {
    expect(documentation).toContain("'O''Brien'");
    expect((await archive.volumes("patient = 'O''Brien'")).map((volume) => volume.id)).toEqual(['s001']);
  });
});
