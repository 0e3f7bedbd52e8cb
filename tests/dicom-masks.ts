import { randomUUID } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { data } from 'dcmjs';
import type { DicomInstance } from '../src/volume/dicom/instance.js';
import { memoryBytes } from '../src/volume/dicom/instance-bytes.js';
import { readInstance } from '../src/volume/dicom/read-instance.js';
import type { Vector3 } from '../src/volume/volume.js';

/**
 * DICOM segmentations and structure sets, written with dcmjs from attributes that are named here one by one, so
 * that the readers are checked against the standard and not against a writer of our own.
 */

type Dataset = Record<string, unknown>;

const explicitLittleEndian = '1.2.840.10008.1.2.1';
export const deflatedLittleEndian = '1.2.840.10008.1.2.1.99';
export const deflatedImageFrame = '1.2.840.10008.1.2.8.1';

/** A UID of its own for each call (PS3.5 B.2). */
export function newUid(): string {
  return `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;
}

/** A PS3.10 file of a data set by keywords. */
export function dicomFile(dataset: Dataset, transferSyntax = explicitLittleEndian): Uint8Array {
  const meta = {
    FileMetaInformationVersion: Uint8Array.from([0, 1]).buffer,
    MediaStorageSOPClassUID: dataset.SOPClassUID,
    MediaStorageSOPInstanceUID: dataset.SOPInstanceUID,
    TransferSyntaxUID: transferSyntax,
    ImplementationClassUID: '2.25.1',
  };
  const file = new data.DicomDict(data.DicomMetaDictionary.denaturalizeDataset(meta));
  file.dict = data.DicomMetaDictionary.denaturalizeDataset(dataset);
  const bytes = new Uint8Array(file.write());
  if (transferSyntax !== deflatedLittleEndian) return bytes;
  // Preamble, "DICM", and File Meta Information Group Length with the length of what follows it.
  const metaEnd = 144 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(140, true);
  return Buffer.concat([bytes.subarray(0, metaEnd), deflateRawSync(bytes.subarray(metaEnd))]);
}

export function instanceInMemory(bytes: Uint8Array, name = 'object'): Promise<DicomInstance> {
  return readInstance(memoryBytes(name, bytes));
}

/** What every one of these objects says about its patient, study and series. */
function identity(sopClassUid: string, modality: string): Dataset {
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    SOPClassUID: sopClassUid,
    SOPInstanceUID: newUid(),
    Modality: modality,
    PatientName: 'Secret^Patient',
    PatientID: 'SECRET-1',
    StudyInstanceUID: '2.25.11',
    SeriesInstanceUID: newUid(),
  };
}

export interface SegmentationPlane {
  /** Centre of the first pixel, LPS mm. */
  readonly position: Vector3;
  /** Missing: a label map. */
  readonly segment?: number;
  /** Row-major [rows, columns]: 0 or 1, a fraction as it is stored, or a segment number. */
  readonly pixels: readonly number[];
}

export interface SegmentationFixture {
  readonly type?: 'BINARY' | 'FRACTIONAL' | 'LABELMAP';
  readonly labels: readonly string[];
  readonly rows: number;
  readonly columns: number;
  /** Direction of a row and of a column, LPS. */
  readonly orientation?: readonly number[];
  readonly spacing?: readonly [betweenRows: number, betweenColumns: number];
  readonly planes: readonly SegmentationPlane[];
  readonly series?: string;
  readonly transferSyntax?: string;
  /** Overrides or adds attributes of the object. */
  readonly attributes?: Dataset;
}

const segmentationStorage = '1.2.840.10008.5.1.4.1.1.66.4';
const labelMapStorage = '1.2.840.10008.5.1.4.1.1.66.7';

export function segmentationBytes(fixture: SegmentationFixture): Uint8Array {
  const { type = 'BINARY', labels, rows, columns, planes, orientation = [1, 0, 0, 0, 1, 0] } = fixture;
  const { spacing = [1, 1], series = '2.25.12', transferSyntax, attributes } = fixture;
  const bits = type === 'BINARY' ? 1 : 8;
  return dicomFile(
    {
      ...identity(type === 'LABELMAP' ? labelMapStorage : segmentationStorage, 'SEG'),
      ImageType: ['DERIVED', 'PRIMARY'],
      SegmentationType: type,
      ...(type === 'FRACTIONAL' && {
        SegmentationFractionalType: 'PROBABILITY',
        MaximumFractionalValue: 200,
      }),
      SamplesPerPixel: 1,
      PhotometricInterpretation: 'MONOCHROME2',
      NumberOfFrames: String(planes.length),
      Rows: rows,
      Columns: columns,
      BitsAllocated: bits,
      BitsStored: bits,
      HighBit: bits - 1,
      PixelRepresentation: 0,
      FrameOfReferenceUID: '2.25.13',
      ReferencedSeriesSequence: [{ SeriesInstanceUID: series }],
      SegmentSequence: labels.map((SegmentLabel, index) => ({
        SegmentNumber: index + 1,
        SegmentLabel,
        SegmentAlgorithmType: 'MANUAL',
      })),
      SharedFunctionalGroupsSequence: [
        {
          PlaneOrientationSequence: [{ ImageOrientationPatient: orientation.map(String) }],
          PixelMeasuresSequence: [{ PixelSpacing: spacing.map(String), SliceThickness: '1' }],
        },
      ],
      PerFrameFunctionalGroupsSequence: planes.map(({ position, segment }) => ({
        PlanePositionSequence: [{ ImagePositionPatient: position.map(String) }],
        ...(segment !== undefined && {
          SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }],
        }),
      })),
      PixelData:
        transferSyntax === deflatedImageFrame
          ? planes.map((plane) => arrayBuffer(evenly(deflateRawSync(packed(plane.pixels)))))
          : [arrayBuffer(evenly(bits === 1 ? packed(planes.flatMap((p) => p.pixels)) : bytesOf(planes)))],
      _vrMap: { PixelData: 'OB' },
      ...attributes,
    },
    transferSyntax,
  );
}

function bytesOf(planes: readonly SegmentationPlane[]): Uint8Array {
  return Uint8Array.from(planes.flatMap((plane) => plane.pixels));
}

/** One bit a pixel, the first in the lowest bit, no padding between frames (PS3.5 8.1.1). */
function packed(pixels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(pixels.length / 8));
  for (const [index, pixel] of pixels.entries()) bytes[index >> 3]! |= pixel << (index & 7);
  return bytes;
}

function evenly(bytes: Uint8Array): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : Uint8Array.from([...bytes, 0]);
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

export interface ContourFixture {
  readonly type?: string;
  /** LPS mm. */
  readonly points: readonly Vector3[];
}

export interface StructureSetFixture {
  readonly rois: readonly { readonly name: string; readonly contours: readonly ContourFixture[] }[];
  readonly series?: string;
  readonly attributes?: Dataset;
}

const structureSetStorage = '1.2.840.10008.5.1.4.1.1.481.3';

export function structureSetBytes({ rois, series = '2.25.12', attributes }: StructureSetFixture): Uint8Array {
  return dicomFile({
    ...identity(structureSetStorage, 'RTSTRUCT'),
    StructureSetLabel: 'plan',
    ReferencedFrameOfReferenceSequence: [
      {
        FrameOfReferenceUID: '2.25.13',
        RTReferencedStudySequence: [
          {
            ReferencedSOPClassUID: '1.2.840.10008.3.1.2.3.1',
            ReferencedSOPInstanceUID: '2.25.11',
            RTReferencedSeriesSequence: [{ SeriesInstanceUID: series }],
          },
        ],
      },
    ],
    StructureSetROISequence: rois.map(({ name }, index) => ({
      // Numbers in another order than the contours: they are joined by number.
      ROINumber: String(rois.length - index),
      ReferencedFrameOfReferenceUID: '2.25.13',
      ROIName: name,
    })),
    ROIContourSequence: rois
      .map(({ contours }, index) => ({
        ReferencedROINumber: String(rois.length - index),
        ContourSequence: contours.map(({ type = 'CLOSED_PLANAR', points }) => ({
          ContourGeometricType: type,
          NumberOfContourPoints: String(points.length),
          ContourData: points.flat().map((number) => Number(number.toFixed(6)).toString()),
        })),
      }))
      .reverse(),
    ...attributes,
  });
}
