import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DicomInstance } from '../src/volume/dicom/instance.js';
import { memoryBytes } from '../src/volume/dicom/instance-bytes.js';
import { readInstance } from '../src/volume/dicom/read-instance.js';
import type { Vector3 } from '../src/volume/volume.js';
import { dicomFile, newUid } from './dicom-masks.js';

/**
 * Series of DICOM images with simple pixels, as data sets by keyword: a test changes what it is about and leaves
 * the rest.
 */
export type Dataset = Record<string, unknown>;

export const ctImage = '1.2.840.10008.5.1.4.1.1.2';
export const mrImage = '1.2.840.10008.5.1.4.1.1.4';
export const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';
const enhancedMr = '1.2.840.10008.5.1.4.1.1.4.1';

export const axial = [1, 0, 0, 0, 1, 0] as const;
export const coronal = [1, 0, 0, 0, 0, -1] as const;

export interface SeriesFixture {
  readonly modality?: 'CT' | 'MR';
  /** SeriesInstanceUID; missing: a new one. */
  readonly series?: string;
  readonly study?: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly spacing?: readonly [betweenRows: number, betweenColumns: number];
  /** Direction of a row and of a column, LPS. */
  readonly orientation?: readonly number[];
  /** Centres of the first pixels, LPS mm, one for each slice. */
  readonly positions: readonly Vector3[];
  /** Stored value of column i and row j of slice k; missing: 100 k + 10 j + i. */
  readonly value?: (i: number, j: number, k: number) => number;
  /** Added to, or instead of, the attributes of every slice. */
  readonly attributes?: Dataset;
}

/** Positions along z, `spacing` mm apart. */
export function along(count: number, spacing = 2, start = 0): Vector3[] {
  return Array.from({ length: count }, (_, k) => [-10, -20, start + k * spacing]);
}

/** One data set for each position; instance numbers count downwards, for they say nothing about the order. */
export function seriesDatasets(fixture: SeriesFixture): Dataset[] {
  const { modality = 'CT', series = newUid(), study = '2.25.21', columns = 4, rows = 3 } = fixture;
  const { spacing = [0.5, 0.75], orientation = axial, positions, attributes } = fixture;
  const value = fixture.value ?? ((i, j, k) => 100 * k + 10 * j + i);
  return positions.map((position, k) => ({
    SpecificCharacterSet: 'ISO_IR 192',
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    SOPClassUID: modality === 'CT' ? ctImage : mrImage,
    SOPInstanceUID: newUid(),
    StudyInstanceUID: study,
    SeriesInstanceUID: series,
    FrameOfReferenceUID: '2.25.22',
    Modality: modality,
    PatientName: 'Secret^Patient',
    PatientID: 'SECRET-1',
    BodyPartExamined: 'CHEST',
    InstanceNumber: String(positions.length - k),
    ImagePositionPatient: position.map(decimal),
    ImageOrientationPatient: orientation.map(decimal),
    PixelSpacing: spacing.map(decimal),
    ...pixels(columns, rows, (i, j) => value(i, j, k)),
    ...(modality === 'CT' && { RescaleSlope: '1', RescaleIntercept: '0' }),
    ...attributes,
  }));
}

/** The attributes of pixels, 16 bits signed. */
export function pixels(columns: number, rows: number, value: (i: number, j: number) => number): Dataset {
  const values = Array.from({ length: rows * columns }, (_, p) =>
    value(p % columns, Math.floor(p / columns)),
  );
  return {
    Rows: rows,
    Columns: columns,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 1,
    PixelData: [Int16Array.from(values).buffer],
    _vrMap: { PixelData: 'OW' },
  };
}

export interface EnhancedFrame {
  readonly position: Vector3;
  readonly echoTime: number;
  readonly value: number;
}

/** One enhanced MR object; all pixels of a frame have its value. */
export function enhancedDataset(frames: readonly EnhancedFrame[], attributes: Dataset = {}): Dataset {
  const [columns, rows] = [4, 3];
  const values = Int16Array.from(
    frames.flatMap(({ value }) => Array.from({ length: rows * columns }, () => value)),
  );
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    ImageType: ['ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE'],
    SOPClassUID: enhancedMr,
    SOPInstanceUID: newUid(),
    StudyInstanceUID: '2.25.21',
    SeriesInstanceUID: newUid(),
    FrameOfReferenceUID: '2.25.22',
    Modality: 'MR',
    PatientName: 'Secret^Patient',
    PatientID: 'SECRET-1',
    InstanceNumber: '1',
    ...pixels(columns, rows, () => 0),
    PixelData: [values.buffer],
    NumberOfFrames: String(frames.length),
    SharedFunctionalGroupsSequence: [
      {
        PlaneOrientationSequence: [{ ImageOrientationPatient: axial.map(decimal) }],
        PixelMeasuresSequence: [{ PixelSpacing: ['0.5', '0.75'], SliceThickness: '2' }],
      },
    ],
    PerFrameFunctionalGroupsSequence: frames.map(({ position, echoTime }) => ({
      PlanePositionSequence: [{ ImagePositionPatient: position.map(decimal) }],
      MREchoSequence: [{ EffectiveEchoTime: echoTime }],
    })),
    ...attributes,
  };
}

/** A DS value: at most 16 characters. */
function decimal(value: number): string {
  return String(Number(value.toPrecision(10)));
}

/** The instances that the files of these data sets would be. */
export function instancesOf(datasets: readonly Dataset[]): Promise<DicomInstance[]> {
  return Promise.all(
    datasets.map((dataset) => readInstance(memoryBytes(String(dataset.SOPInstanceUID), dicomFile(dataset)))),
  );
}

/** @returns the paths of the files, which are named by `nameOf` within the folder. */
export function writeSeries(
  folder: string,
  datasets: readonly Dataset[],
  nameOf: (index: number) => string = (index) => `${index}.dcm`,
): string[] {
  return datasets.map((dataset, index) => {
    const path = join(folder, nameOf(index));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, dicomFile(dataset));
    return path;
  });
}
