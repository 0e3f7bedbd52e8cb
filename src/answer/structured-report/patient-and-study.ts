import type { DicomElement, DicomElements } from 'dcmjs';
import type { DataSet } from '../../volume/dicom/data-set.js';

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
export function patientAndStudy(instance: DataSet): DicomElements {
  const elements: DicomElements = {};
  for (const [tag, vr] of required) elements[tagKey(tag)] = element(instance, tag, vr);
  for (const [tag, vr] of optional) if (instance.has(tag)) elements[tagKey(tag)] = element(instance, tag, vr);
  const methods = instance.items(deidentificationMethodCodes);
  if (methods.length > 0) {
    elements[tagKey(deidentificationMethodCodes)] = { vr: 'SQ', Value: methods.map(codeItem) };
  }
  return elements;
}

function codeItem(item: DataSet): DicomElements {
  return {
    '00080100': element(item, 0x00080100, 'SH'), // Code Value
    '00080102': element(item, 0x00080102, 'SH'), // Coding Scheme Designator
    '00080104': element(item, 0x00080104, 'LO'), // Code Meaning
  };
}

function element(dataSet: DataSet, tag: number, vr: string): DicomElement {
  const value = dataSet.text(tag);
  return { vr, Value: value === undefined ? [] : [value] };
}

function tagKey(tag: number): string {
  return tag.toString(16).padStart(8, '0').toUpperCase();
}
