import {
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Uint32,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import type { Modality, Plane, Size3, Vector3 } from '../volume/volume.js';
import type { DicomImage, DicomOrigin, SliceRecord, VolumeRecord } from './records.js';

const text = (name: string, nullable = false) => new Field(name, new Utf8(), nullable);
const item = <T extends Utf8 | Float32 | Float64 | Int32 | Uint32>(type: T) => new Field('item', type, true);
const textList = (name: string, nullable = false) => new Field(name, new List(item(new Utf8())), nullable);
const numbers = (name: string, length: number) =>
  new Field(name, new FixedSizeList(length, item(new Float64())), false);

/** Last in their tables and null without a value, so that they can be added to an archive of format 1. */
export const volumeColumnsOfFormat2: readonly Field[] = [
  text('study_uid', true),
  text('series_uid', true),
  text('frame_of_reference_uid', true),
  text('sop_class_uid', true),
  text('body_part', true),
  text('geometry', true),
  new Field('instance_count', new Int32(), true),
  textList('source_files', true),
  textList('mask_files', true),
];
export const sliceColumnsOfFormat2: readonly Field[] = [
  text('sop_uid', true),
  new Field('frame_number', new Int32(), true),
];

/** One row a volume. Names are lower case with underscores, so that SQL conditions need no quotes. */
export const volumeSchema = new Schema([
  // Declared as the key: without it, two writers that insert the same new id at the same time both succeed.
  new Field('id', new Utf8(), false, new Map([['lance-schema:unenforced-primary-key', 'true']])),
  text('revision'),
  text('patient', true),
  text('split', true),
  text('modality'),
  text('region', true),
  textList('labels'),
  textList('annotated', true),
  text('image_path'),
  text('mask_path', true),
  text('label_table_path', true),
  text('image_hash'),
  text('content_hash'),
  numbers('size', 3),
  numbers('spacing', 3),
  numbers('affine', 16),
  numbers('percentiles', 2),
  new Field('slice_count', new Int32(), false),
  new Field('air_slices', new Int32(), false),
  text('voxseek_version'),
  text('ingested_at'),
  ...volumeColumnsOfFormat2,
]);

/** One row a slice; `ordinal` counts the stored slices of a volume from 0 in the order of their index. */
export function sliceSchema(dimension: number): Schema {
  return new Schema([
    text('volume'),
    text('revision'),
    text('plane'),
    new Field('ordinal', new Int32(), false),
    new Field('slice_index', new Int32(), false),
    new Field('position_mm', new Float64(), false),
    numbers('center', 3),
    textList('labels'),
    new Field('label_voxels', new List(item(new Uint32())), false),
    new Field('embedding', new FixedSizeList(dimension, item(new Float32())), false),
    ...sliceColumnsOfFormat2,
  ]);
}

export function volumeTable(records: readonly VolumeRecord[]): Table {
  const rows = records.map((record) => ({
    id: record.id,
    revision: record.revision,
    patient: record.patient,
    split: record.split,
    modality: record.modality,
    region: record.region,
    labels: record.labels,
    annotated: record.annotated,
    image_path: record.imagePath,
    mask_path: record.maskPath,
    label_table_path: record.labelTablePath,
    image_hash: record.imageHash,
    content_hash: record.contentHash,
    size: record.size,
    spacing: record.spacing,
    affine: record.affine,
    percentiles: record.percentiles,
    slice_count: record.sliceCount,
    air_slices: record.airSlices,
    voxseek_version: record.voxseekVersion,
    ingested_at: record.ingestedAt,
    study_uid: record.dicom?.studyUid ?? null,
    series_uid: record.dicom?.seriesUid ?? null,
    frame_of_reference_uid: record.dicom?.frameOfReferenceUid ?? null,
    sop_class_uid: record.dicom?.sopClassUid ?? null,
    body_part: record.dicom?.bodyPart ?? null,
    geometry: record.dicom?.geometry ?? null,
    instance_count: record.dicom?.instanceCount ?? null,
    source_files: record.dicom?.sourceFiles ?? null,
    mask_files: record.dicom?.maskFiles ?? null,
  }));
  return tableOf(
    volumeSchema,
    volumeSchema.fields.map((field) =>
      vectorFromArray(
        rows.map((row) => row[field.name as keyof (typeof rows)[number]]),
        field.type,
      ),
    ),
  );
}

/**
 * @param slices in ascending order of their index.
 * @param embeddings row-major [slices.length, dimension].
 */
export function sliceTable(
  volume: string,
  revision: string,
  slices: readonly SliceRecord[],
  embeddings: Float32Array,
): Table {
  const schema = sliceSchema(embeddings.length / slices.length);
  const typeOf = (name: string) => schema.fields.find((field) => field.name === name)!.type;
  const column = (name: string, values: readonly unknown[]) => vectorFromArray(values, typeOf(name));
  return tableOf(schema, [
    column('volume', Array(slices.length).fill(volume)),
    column('revision', Array(slices.length).fill(revision)),
    column(
      'plane',
      slices.map((slice) => slice.plane),
    ),
    column(
      'ordinal',
      slices.map((_, ordinal) => ordinal),
    ),
    column(
      'slice_index',
      slices.map((slice) => slice.index),
    ),
    column(
      'position_mm',
      slices.map((slice) => slice.positionMm),
    ),
    column(
      'center',
      slices.map((slice) => slice.center),
    ),
    column(
      'labels',
      slices.map((slice) => [...slice.labelVoxels.keys()]),
    ),
    column(
      'label_voxels',
      slices.map((slice) => [...slice.labelVoxels.values()]),
    ),
    embeddings,
    column(
      'sop_uid',
      slices.map((slice) => slice.dicomImage?.sopInstanceUid ?? null),
    ),
    column(
      'frame_number',
      slices.map((slice) => slice.dicomImage?.frameNumber ?? null),
    ),
  ]);
}

/** Columns as one batch; a Float32Array is taken as the rows of a list column, without a copy. */
function tableOf(schema: Schema, columns: readonly (Vector | Float32Array)[]): Table {
  const length = columns.map((column) => (column instanceof Float32Array ? 0 : column.length))[0]!;
  const children = columns.map((column, index) =>
    column instanceof Float32Array
      ? makeData({
          type: schema.fields[index]!.type as FixedSizeList,
          length,
          nullCount: 0,
          child: makeData({ type: new Float32(), length: column.length, nullCount: 0, data: column }),
        })
      : column.data[0]!,
  );
  const data = makeData({ type: new Struct(schema.fields), length, nullCount: 0, children });
  return new Table(schema, [new RecordBatch(schema, data)]);
}

/** A row as LanceDB gives it: lists are Arrow vectors. */
export type Row = Record<string, unknown>;

const list = <T>(value: unknown): T[] => [...(value as Iterable<T>)];

export function volumeRecord(row: Row): VolumeRecord {
  return {
    id: row.id as string,
    revision: row.revision as string,
    patient: row.patient as string | null,
    split: row.split as string | null,
    modality: row.modality as Modality,
    region: row.region as string | null,
    labels: list<string>(row.labels),
    annotated: row.annotated === null ? null : list<string>(row.annotated),
    imagePath: row.image_path as string,
    maskPath: row.mask_path as string | null,
    labelTablePath: row.label_table_path as string | null,
    imageHash: row.image_hash as string,
    contentHash: row.content_hash as string,
    size: list<number>(row.size) as unknown as Size3,
    spacing: list<number>(row.spacing) as unknown as Vector3,
    affine: list<number>(row.affine),
    percentiles: list<number>(row.percentiles) as unknown as [number, number],
    sliceCount: row.slice_count as number,
    airSlices: row.air_slices as number,
    voxseekVersion: row.voxseek_version as string,
    ingestedAt: row.ingested_at as string,
    dicom: dicomOrigin(row),
  };
}

/** In an archive of format 1 the columns are missing. */
function dicomOrigin(row: Row): DicomOrigin | null {
  if ((row.series_uid ?? null) === null) return null;
  let sourceFiles: readonly string[] | null | undefined;
  return {
    studyUid: row.study_uid as string,
    seriesUid: row.series_uid as string,
    frameOfReferenceUid: row.frame_of_reference_uid as string | null,
    sopClassUid: row.sop_class_uid as string,
    bodyPart: row.body_part as string | null,
    geometry: row.geometry as string | null,
    instanceCount: row.instance_count as number,
    // Hundreds of names for each of thousands of volumes, which few ask for: taken out of the row when they are.
    get sourceFiles() {
      sourceFiles ??= row.source_files === null ? null : list<string>(row.source_files);
      return sourceFiles;
    },
    maskFiles: row.mask_files === null ? null : list<string>(row.mask_files),
  };
}

export function sliceRecord(row: Row): SliceRecord {
  const voxels = list<number>(row.label_voxels);
  return {
    plane: row.plane as Plane,
    index: row.slice_index as number,
    positionMm: row.position_mm as number,
    center: list<number>(row.center) as unknown as Vector3,
    labelVoxels: new Map(list<string>(row.labels).map((name, i) => [name, voxels[i]!])),
    dicomImage: dicomImage(row),
  };
}

/** In an archive of format 1 the columns are missing. */
export function dicomImage(row: Row): DicomImage | null {
  const sopInstanceUid = (row.sop_uid ?? null) as string | null;
  return sopInstanceUid === null ? null : { sopInstanceUid, frameNumber: row.frame_number as number | null };
}
