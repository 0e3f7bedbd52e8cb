import { expect, it } from 'vitest';
import { describeWithPython } from '../../../tests/python.js';
import { describeWithData, sharedData } from '../../../tests/shared.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { scanFolder } from './scan-folder.js';

const program = `
import json, os, sys, pydicom
def floats(data, name):
    value = data.get(name)
    return None if value is None else [float(one) for one in value]
def number(data, name):
    value = data.get(name)
    return None if value is None else float(value)
def bvalue(data):
    for tag in [(0x0018, 0x9087), (0x0019, 0x100c)]:
        if tag in data:
            value = data[tag].value
            return float(value if not isinstance(value, bytes) else value.decode())
    return None
found = {}
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(folder, name)
        data = pydicom.dcmread(path, stop_before_pixels=True)
        found[path] = dict(
            sopClassUid=data.SOPClassUID, sopInstanceUid=data.SOPInstanceUID,
            studyInstanceUid=data.StudyInstanceUID, seriesInstanceUid=data.SeriesInstanceUID,
            frameOfReferenceUid=data.get('FrameOfReferenceUID'), modality=data.Modality,
            bodyPart=data.get('BodyPartExamined'), seriesDescription=data.get('SeriesDescription'),
            transferSyntaxUid=data.file_meta.TransferSyntaxUID, imageType=list(data.ImageType),
            rows=data.Rows, columns=data.Columns, bitsAllocated=data.BitsAllocated,
            bitsStored=data.BitsStored, highBit=data.HighBit, isSigned=data.PixelRepresentation == 1,
            position=floats(data, 'ImagePositionPatient'), orientation=floats(data, 'ImageOrientationPatient'),
            pixelSpacing=floats(data, 'PixelSpacing'), sliceThickness=number(data, 'SliceThickness'),
            slope=number(data, 'RescaleSlope'), intercept=number(data, 'RescaleIntercept'),
            echoTime=number(data, 'EchoTime'), acquisitionNumber=number(data, 'AcquisitionNumber'),
            instanceNumber=number(data, 'InstanceNumber'), bValue=bvalue(data))
print(json.dumps(found))
`;

describeWithData('headers of real CT and MR', () => {
  describeWithPython(['pydicom'], 'beside pydicom', (runPython) => {
    it('are the same, file by file', async () => {
      const folder = `${sharedData}/dicom`;
      const expected = runPython(temporaryFolder(), program, [folder]) as Record<
        string,
        Record<string, unknown>
      >;
      const { instances, leftOut } = await scanFolder(folder);
      expect(leftOut).toEqual([]);
      expect(instances.length).toBeGreaterThan(200);
      expect(instances.map(({ bytes }) => bytes.name).sort()).toEqual(Object.keys(expected).sort());
      for (const instance of instances) {
        const frame = instance.frames[0]!;
        const pixels = instance.pixels!;
        const theirs = expected[instance.bytes.name]!;
        expect(
          {
            sopClassUid: instance.sopClassUid,
            sopInstanceUid: instance.sopInstanceUid,
            studyInstanceUid: instance.studyInstanceUid,
            seriesInstanceUid: instance.seriesInstanceUid,
            frameOfReferenceUid: instance.frameOfReferenceUid ?? null,
            modality: instance.modality,
            bodyPart: instance.bodyPart ?? null,
            seriesDescription: instance.seriesDescription ?? null,
            transferSyntaxUid: instance.transferSyntaxUid,
            imageType: instance.imageType,
            rows: pixels.rows,
            columns: pixels.columns,
            bitsAllocated: pixels.bitsAllocated,
            bitsStored: pixels.bitsStored,
            highBit: pixels.highBit,
            isSigned: pixels.isSigned,
            position: frame.position,
            orientation: [...frame.orientation!.row, ...frame.orientation!.column],
            pixelSpacing: frame.pixelSpacing,
            sliceThickness: frame.sliceThickness,
            slope: theirs.slope === null ? null : frame.rescale.slope,
            intercept: theirs.intercept === null ? null : frame.rescale.intercept,
            echoTime: frame.echoTime ?? null,
            acquisitionNumber: frame.acquisitionNumber ?? null,
            instanceNumber: frame.instanceNumber,
            // Maps that were computed from several b-values name one in their sequence name only.
            bValue: theirs.bValue === null ? null : frame.bValue,
          },
          instance.bytes.name,
        ).toEqual(theirs);
      }
    });
  });
});
