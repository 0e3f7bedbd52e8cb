import { dicomFile, newUid } from './dicom-masks.js';
import { randomNumbers } from './random.js';

/** A small series of axial CT or MR images: a bright body of its own form in the dark, one file an image. */
export interface SmallSeries {
  readonly study: string;
  readonly series: string;
  readonly frameOfReference: string;
  readonly images: readonly string[];
  readonly files: readonly Uint8Array[];
}

export const smallSeriesSize = { rows: 48, columns: 40, slices: 8 };
const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2';

/** @param attributes override or add attributes of every image. */
export function smallSeries(
  seed: number,
  { study = newUid(), attributes = {} }: { study?: string; attributes?: Record<string, unknown> } = {},
): SmallSeries {
  const { rows, columns, slices } = smallSeriesSize;
  const random = randomNumbers(seed);
  const series = newUid();
  const frameOfReference = newUid();
  const images = Array.from({ length: slices }, newUid);
  const radius = 10 + random() * 8;
  const files = images.map((image, slice) => {
    const pixels = new Int16Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const inside = Math.hypot(row - rows / 2, column - columns / 2) < radius + slice / 2;
        pixels[row * columns + column] = inside ? Math.round(40 + 200 * random()) : -1000;
      }
    }
    return dicomFile({
      SOPClassUID: ctImageStorage,
      SOPInstanceUID: image,
      StudyInstanceUID: study,
      SeriesInstanceUID: series,
      FrameOfReferenceUID: frameOfReference,
      Modality: 'CT',
      ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
      PatientName: 'Secret^Patient',
      PatientID: `SECRET-${seed}`,
      StudyDate: '20240105',
      BodyPartExamined: 'ABDOMEN',
      SeriesNumber: '2',
      InstanceNumber: String(slice + 1),
      ImagePositionPatient: ['-20', '-24', String(3 * slice)],
      ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'],
      PixelSpacing: ['1', '1'],
      SliceThickness: '3',
      SamplesPerPixel: 1,
      PhotometricInterpretation: 'MONOCHROME2',
      Rows: rows,
      Columns: columns,
      BitsAllocated: 16,
      BitsStored: 16,
      HighBit: 15,
      PixelRepresentation: 1,
      RescaleIntercept: '0',
      RescaleSlope: '1',
      PixelData: [pixels.buffer],
      _vrMap: { PixelData: 'OW' },
      ...attributes,
    });
  });
  return { study, series, frameOfReference, images, files };
}
