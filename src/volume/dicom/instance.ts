import type { Vector3 } from '../volume.js';

/** Where the bytes of one DICOM instance (PS3.10 file) are: on disk, or in memory after a download. */
export interface InstanceBytes {
  /** What errors call it: the absolute path of the file, or the SOP instance UID of a download. */
  readonly name: string;
  /** The whole file. */
  readonly read: () => Promise<Uint8Array>;
  /** At least the first `bytes` bytes, or the whole file where it is shorter. */
  readonly readStart: (bytes: number) => Promise<Uint8Array>;
}

/** What the header of one instance says that has a place in a volume; everything before the pixels. */
export interface DicomInstance {
  readonly bytes: InstanceBytes;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly frameOfReferenceUid: string | undefined;
  /** (0008,0060): CT, MR, SEG, RTSTRUCT, ... */
  readonly modality: string;
  /** (0018,0015) Body Part Examined. */
  readonly bodyPart: string | undefined;
  readonly seriesDescription: string | undefined;
  /** (0010,0020) as it is in the file. Of a patient: never logged, never part of an error. */
  readonly patientId: string | undefined;
  /** (0010,0021): the same patient ID of another issuer is another patient. */
  readonly issuerOfPatientId?: string | undefined;
  /** (0010,0010) as it is in the file. Of a patient: never logged, never part of an error. */
  readonly patientName: string | undefined;
  readonly transferSyntaxUid: string;
  /** (0008,0008) Image Type, the values in their order: ORIGINAL, PRIMARY, AXIAL. */
  readonly imageType: readonly string[];
  /** undefined where the instance has no pixels (RTSTRUCT, reports). */
  readonly pixels: PixelFormat | undefined;
  /** The image planes of the instance, in file order: one, or as many as a multi-frame object has. */
  readonly frames: readonly DicomFrame[];
}

/** How the pixels of an instance are stored (PS3.3 C.7.6.3). */
export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  readonly photometricInterpretation: string;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly isSigned: boolean;
  readonly frameCount: number;
}

/** One image plane: where it lies, and what tells it from another plane at the same place. */
export interface DicomFrame {
  readonly instance: DicomInstance;
  /** From 0, within the instance. */
  readonly index: number;
  /** (0020,0032) centre of the first pixel, LPS mm. */
  readonly position: Vector3 | undefined;
  /** (0020,0037) direction cosines of a row (x) and of a column (y), LPS. */
  readonly orientation: { readonly row: Vector3; readonly column: Vector3 } | undefined;
  /** (0028,0030) distance of rows, and of columns, in mm. */
  readonly pixelSpacing: readonly [betweenRows: number, betweenColumns: number] | undefined;
  readonly sliceThickness: number | undefined;
  /** Stored value to output value: HU for CT. NaN where the header has something that is no number. */
  readonly rescale: { readonly slope: number; readonly intercept: number };
  /** What may tell stacks of one series apart; undefined where the header is silent. */
  readonly echoTime: number | undefined;
  readonly bValue: number | undefined;
  /** Diffusion gradient direction, where there is one: three cosines. */
  readonly gradient: Vector3 | undefined;
  readonly acquisitionNumber: number | undefined;
  readonly temporalPosition: number | undefined;
  readonly triggerTime: number | undefined;
  /** Frame type of enhanced objects, else the instance's image type: magnitude and phase differ in it. */
  readonly frameType: readonly string[];
  /** (0008,9208) Complex Image Component: MAGNITUDE, PHASE, REAL, IMAGINARY, MIXED; of MR alone. */
  readonly complexComponent: string | undefined;
  readonly instanceNumber: number | undefined;
}
