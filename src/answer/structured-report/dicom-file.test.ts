import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithPython } from '../../../tests/python.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import { dicomFile } from './dicom-file.js';
import { elementsOf } from './elements.js';

const folder = temporaryFolder();
const meta = { FileMetaInformationVersion: Uint8Array.of(0, 1), MediaStorageSOPClassUID: '1.2.3' };

it('a value that its length field cannot hold is an error that does not quote it', () => {
  const name = { tag: 0x00100010, vr: 'PN', value: 'Secret'.repeat(11_000) };
  expect(() => dicomFile(meta, [name])).toThrow(
    expect.objectContaining({
      code: 'DICOM_INVALID',
      message: expect.not.stringContaining('Secret'),
      subject: '(0010,0010)',
    }),
  );
});

describeWithPython(['pydicom'], 'a written file', (runPython) => {
  it('is read by pydicom: lengths, order, padding, nested and empty sequences, text in UTF-8', () => {
    const path = join(folder, 'file.dcm');
    // Larger than the memory that the writer begins with.
    const long = 'ä€😀'.repeat(30_000);
    writeFileSync(
      path,
      dicomFile(
        meta,
        elementsOf({
          SeriesInstanceUID: '2.25.123',
          SpecificCharacterSet: 'ISO_IR 192',
          PerformedProcedureCodeSequence: [],
          ContentSequence: [
            { TextValue: long, ConceptNameCodeSequence: [{ CodeMeaning: 'Größe', CodeValue: 'a' }] },
            {},
          ],
        }),
      ),
    );
    const program = `
import json, sys, pydicom
d = pydicom.dcmread(sys.argv[1])
raw = open(sys.argv[1], 'rb').read()
m = d.file_meta
first, second = d.ContentSequence
print(json.dumps(dict(
  tags=[int(e.tag) for e in d], meta=[m.FileMetaInformationGroupLength, raw.find(b'\\x08\\0\\x05\\0CS') - 144],
  syntax=m.TransferSyntaxUID, series=d.SeriesInstanceUID, empty=len(d.PerformedProcedureCodeSequence),
  text=first.TextValue, name=[first.ConceptNameCodeSequence[0].CodeMeaning, first.ConceptNameCodeSequence[0].CodeValue],
  second=len(second))))
`;
    const read = runPython(folder, program, [path]) as { text: string; meta: number[] };
    expect(read).toMatchObject({
      tags: [0x00080005, 0x0020000e, 0x0040a372, 0x0040a730],
      syntax: '1.2.840.10008.1.2.1',
      series: '2.25.123',
      empty: 0,
      name: ['Größe', 'a'],
      second: 0,
    });
    expect(read.text).toBe(long);
    expect(read.meta[0]).toBe(read.meta[1]);
  });
});
