import type { DataSet } from '../../volume/dicom/data-set.js';
import type { Element } from './elements.js';

/** Attributes that identify the patient and the study, with their VR; the first ones are there even where empty. */
const required: readonly (readonly [tag: number, vr: string])[] = [
  [0x00080020, 'DA'], // Study Date
  [0x00080030, 'TM'], // Study Time
  [0x00080050, 'SH'], // Accession Number
  [0x00080090, 'PN'], // Referring Physician's Name
  [0x00100010, 'PN'], // Patient's Name
  [0x00100020, 'LO'], // Patient ID
  [0x00100030, 'DA'], // Patient's Birth Date
  [0x00100040, 'CS'], // Patient's Sex
  [0x0020000d, 'UI'], // Study Instance UID
  [0x00200010, 'SH'], // Study ID
];
const optional: readonly (readonly [tag: number, vr: string])[] = [
  [0x00081030, 'LO'], // Study Description
  [0x00100021, 'LO'], // Issuer of Patient ID
  [0x00101010, 'AS'], // Patient's Age
  [0x00102201, 'LO'], // Patient Species Description
  [0x00102292, 'LO'], // Patient Breed Description
  [0x00102297, 'PN'], // Responsible Person
  [0x00102298, 'CS'], // Responsible Person Role
  [0x00120062, 'CS'], // Patient Identity Removed
  [0x00120063, 'LO'], // De-identification Method
];
const deidentificationMethodCodes = 0x00120064;

/**
 * The Patient and General Study modules (PS3.3 C.7.1.1, C.7.2.1) of an instance, for a report that belongs to the
 * same study. Text is decoded, to be written as UTF-8; values are taken as they are, also those that are longer than
 * they should be, for they must equal those of the study.
 */
export function patientAndStudy(instance: DataSet): Element[] {
  const elements = [
    ...required.map(([tag, vr]) => copied(instance, tag, vr)),
    ...optional.filter(([tag]) => instance.has(tag)).map(([tag, vr]) => copied(instance, tag, vr)),
  ];
  const methods = instance.items(deidentificationMethodCodes);
  if (methods.length === 0) return elements;
  return [...elements, { tag: deidentificationMethodCodes, vr: 'SQ', value: methods.map(copiedCode) }];
}

function copiedCode(item: DataSet): Element[] {
  return [
    copied(item, 0x00080100, 'SH'), // Code Value
    copied(item, 0x00080102, 'SH'), // Coding Scheme Designator
    copied(item, 0x00080104, 'LO'), // Code Meaning
  ];
}

function copied(dataSet: DataSet, tag: number, vr: string): Element {
  return { tag, vr, value: dataSet.text(tag) ?? '' };
}
