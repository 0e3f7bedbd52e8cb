import { describe, expect, it } from 'vitest';
import { dataSetBytes, type ElementSpec } from '../../../tests/dicom-bytes.js';
import { DataSet } from '../../volume/dicom/data-set.js';
import { dicomFile } from './dicom-file.js';
import { patientAndStudy } from './patient-and-study.js';

const explicitLittle = { explicit: true, littleEndian: true };

function dataSet(elements: readonly ElementSpec[]): DataSet {
  const bytes = dataSetBytes(elements);
  return new DataSet(bytes, explicitLittle, 0, bytes.length);
}

const bytesOf = (...parts: readonly (string | readonly number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part)),
  );

describe('patient and study of an instance', () => {
  it('have every attribute that is required, empty where the instance is silent', () => {
    const elements = patientAndStudy(dataSet([{ tag: 0x0020000d, vr: 'UI', value: '2.25.7' }]));
    expect(elements).toEqual([
      { tag: 0x00080020, vr: 'DA', value: '' },
      { tag: 0x00080030, vr: 'TM', value: '' },
      { tag: 0x00080050, vr: 'SH', value: '' },
      { tag: 0x00080090, vr: 'PN', value: '' },
      { tag: 0x00100010, vr: 'PN', value: '' },
      { tag: 0x00100020, vr: 'LO', value: '' },
      { tag: 0x00100030, vr: 'DA', value: '' },
      { tag: 0x00100040, vr: 'CS', value: '' },
      { tag: 0x0020000d, vr: 'UI', value: '2.25.7' },
      { tag: 0x00200010, vr: 'SH', value: '' },
    ]);
  });

  it.each([
    ['ISO_IR 100', bytesOf('M', [0xfc], 'ller^J', [0xfc], 'rgen '), 'Müller^Jürgen'],
    // The example of PS3.5 H.3.1.
    [
      '\\ISO 2022 IR 87',
      bytesOf(
        'Yamada^Tarou=',
        [0x1b, 0x24, 0x42, 0x3b, 0x33, 0x45, 0x44, 0x1b, 0x28, 0x42],
        '^',
        [0x1b, 0x24, 0x42, 0x42, 0x40, 0x4f, 0x3a, 0x1b, 0x28, 0x42],
      ),
      'Yamada^Tarou=山田^太郎',
    ],
  ])('are decoded (%s)', (characterSet, value, name) => {
    const elements = patientAndStudy(
      dataSet([
        { tag: 0x00080005, vr: 'CS', value: characterSet },
        { tag: 0x00100010, vr: 'PN', value },
      ]),
    );
    expect(elements).toContainEqual({ tag: 0x00100010, vr: 'PN', value: name });
  });

  it('tell that and how the identity was removed', () => {
    const elements = patientAndStudy(
      dataSet([
        { tag: 0x00120062, vr: 'CS', value: 'YES ' },
        {
          tag: 0x00120064,
          vr: 'SQ',
          value: [
            [
              { tag: 0x00080100, vr: 'SH', value: '113100' },
              { tag: 0x00080102, vr: 'SH', value: 'DCM ' },
              { tag: 0x00080104, vr: 'LO', value: 'Basic Application Confidentiality Profile ' },
            ],
          ],
        },
      ]),
    );
    expect(elements).toContainEqual({ tag: 0x00120062, vr: 'CS', value: 'YES' });
    expect(elements).toContainEqual({
      tag: 0x00120064,
      vr: 'SQ',
      value: [
        [
          { tag: 0x00080100, vr: 'SH', value: '113100' },
          { tag: 0x00080102, vr: 'SH', value: 'DCM' },
          { tag: 0x00080104, vr: 'LO', value: 'Basic Application Confidentiality Profile' },
        ],
      ],
    });
  });

  it('are written as they are, also where they are longer than they may be', () => {
    const long = 'P'.repeat(70);
    const elements = patientAndStudy(dataSet([{ tag: 0x00100020, vr: 'LO', value: long }]));
    const written = Buffer.from(dicomFile({}, elements));
    expect(written.includes(`LO${String.fromCharCode(70, 0)}${long}`, 0, 'latin1')).toBe(true);
  });
});
