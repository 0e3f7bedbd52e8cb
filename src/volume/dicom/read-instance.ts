import { VoxseekError } from '../../errors.js';
import { EndOfBytes, MalformedDataSet } from './data-element.js';
import type { DataSet } from './data-set.js';
import { readFrames } from './frames.js';
import type { DicomFrame, DicomInstance, InstanceBytes, PixelFormat } from './instance.js';
import { type Part10, readPart10Header } from './part10.js';

/**
 * Reads what one DICOM instance says before its pixels (PS3.10, PS3.3): only so much of the file as that takes.
 * Lengths in mm, positions and directions LPS. Attributes that are missing are undefined; whether the instance is
 * part of a volume is not judged here.
 *
 * @throws VoxseekError DICOM_INVALID where it is no DICOM file, is truncated, has a wrong length field or lacks the
 *   identity that every instance has; FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function readInstance(bytes: InstanceBytes): Promise<DicomInstance> {
  return instanceOf(bytes, await readPart10Header(bytes));
}

/** {@link readInstance} of a file that was taken apart already. */
export function instanceOf(bytes: InstanceBytes, part10: Part10): DicomInstance {
  try {
    return describe(bytes, part10);
  } catch (error) {
    if (!(error instanceof EndOfBytes || error instanceof MalformedDataSet)) throw error;
    throw new VoxseekError('DICOM_INVALID', error.message, { subject: bytes.name, cause: error });
  }
}

function describe(
  bytes: InstanceBytes,
  { dataSet, transferSyntaxUid, mediaStorageSopClassUid }: Part10,
): DicomInstance {
  const required = (tag: number, name: string): string => {
    const value = dataSet.string(tag);
    if (value === undefined)
      throw new VoxseekError('DICOM_INVALID', `has no ${name}`, { subject: bytes.name });
    return value;
  };
  const frames: DicomFrame[] = [];
  const instance: DicomInstance = {
    bytes,
    sopClassUid:
      dataSet.string(0x00080016) ?? mediaStorageSopClassUid ?? required(0x00080016, 'SOP Class UID'),
    sopInstanceUid: required(0x00080018, 'SOP Instance UID'),
    studyInstanceUid: required(0x0020000d, 'Study Instance UID'),
    seriesInstanceUid: required(0x0020000e, 'Series Instance UID'),
    frameOfReferenceUid: dataSet.string(0x00200052),
    modality: required(0x00080060, 'Modality'),
    bodyPart: dataSet.text(0x00180015),
    seriesDescription: dataSet.text(0x0008103e),
    patientId: dataSet.text(0x00100020),
    issuerOfPatientId: dataSet.text(0x00100021),
    patientName: dataSet.text(0x00100010),
    transferSyntaxUid,
    imageType: dataSet.strings(0x00080008),
    pixels: readPixelFormat(bytes, dataSet),
    frames,
  };
  frames.push(...readFrames(instance, dataSet));
  return instance;
}

/** The Image Pixel module (PS3.3 C.7.6.3); undefined where the instance is no image. */
function readPixelFormat(bytes: InstanceBytes, dataSet: DataSet): PixelFormat | undefined {
  const invalid = (reason: string) => new VoxseekError('DICOM_INVALID', reason, { subject: bytes.name });
  const rows = dataSet.uint16(0x00280010);
  if (dataSet.pixelData === undefined) {
    // Objects without pixels have no rows either; where they have, the file ends before its pixels.
    if (rows === undefined) return undefined;
    throw invalid('is truncated: it has Rows but no Pixel Data');
  }
  const required = (tag: number, name: string): number => {
    const value = dataSet.uint16(tag);
    if (value === undefined) throw invalid(`has pixels but no ${name}`);
    return value;
  };
  const bitsAllocated = required(0x00280100, 'Bits Allocated');
  const bitsStored = dataSet.uint16(0x00280101) ?? bitsAllocated;
  const format: PixelFormat = {
    rows: required(0x00280010, 'Rows'),
    columns: required(0x00280011, 'Columns'),
    samplesPerPixel: dataSet.uint16(0x00280002) ?? 1,
    photometricInterpretation: dataSet.string(0x00280004) ?? 'MONOCHROME2',
    bitsAllocated,
    bitsStored,
    highBit: dataSet.uint16(0x00280102) ?? bitsStored - 1,
    isSigned: dataSet.uint16(0x00280103) === 1,
    frameCount: dataSet.integer(0x00280008) ?? 1,
  };
  if (format.rows === 0 || format.columns === 0) throw invalid('has pixels but no rows or no columns');
  if (format.frameCount < 1 || format.frameCount > mostFrames)
    throw invalid(`has ${format.frameCount} as its Number of Frames`);
  if (
    bitsStored < 1 ||
    bitsStored > bitsAllocated ||
    format.highBit >= bitsAllocated ||
    format.highBit < bitsStored - 1
  )
    throw invalid(
      `has ${bitsStored} bits stored up to bit ${format.highBit} in ${bitsAllocated} bits allocated`,
    );
  return format;
}

/** More than any object in use; every frame costs memory here before a pixel is read. */
const mostFrames = 1_000_000;
