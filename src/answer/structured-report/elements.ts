/** A data set by keyword: text, several texts, bytes, or the items of a sequence. */
export type Dataset = { readonly [Name in Keyword]?: string | Uint8Array | readonly Dataset[] };

/** One element of a data set. */
export interface Element {
  readonly tag: number;
  readonly vr: string;
  readonly value: string | Uint8Array | readonly (readonly Element[])[];
}

/** Tag and value representation (PS3.6) of every attribute that a report has of its own. */
const attributes = {
  FileMetaInformationVersion: [0x00020001, 'OB'],
  MediaStorageSOPClassUID: [0x00020002, 'UI'],
  MediaStorageSOPInstanceUID: [0x00020003, 'UI'],
  TransferSyntaxUID: [0x00020010, 'UI'],
  ImplementationClassUID: [0x00020012, 'UI'],
  ImplementationVersionName: [0x00020013, 'SH'],
  SpecificCharacterSet: [0x00080005, 'CS'],
  InstanceCreationDate: [0x00080012, 'DA'],
  InstanceCreationTime: [0x00080013, 'TM'],
  SOPClassUID: [0x00080016, 'UI'],
  SOPInstanceUID: [0x00080018, 'UI'],
  ContentDate: [0x00080023, 'DA'],
  ContentTime: [0x00080033, 'TM'],
  Modality: [0x00080060, 'CS'],
  Manufacturer: [0x00080070, 'LO'],
  CodeValue: [0x00080100, 'SH'],
  CodingSchemeDesignator: [0x00080102, 'SH'],
  CodingSchemeVersion: [0x00080103, 'SH'],
  CodeMeaning: [0x00080104, 'LO'],
  CodingSchemeIdentificationSequence: [0x00080110, 'SQ'],
  CodingSchemeName: [0x00080115, 'ST'],
  SeriesDescription: [0x0008103e, 'LO'],
  ManufacturerModelName: [0x00081090, 'LO'],
  ReferencedPerformedProcedureStepSequence: [0x00081111, 'SQ'],
  ReferencedSeriesSequence: [0x00081115, 'SQ'],
  ReferencedSOPClassUID: [0x00081150, 'UI'],
  ReferencedSOPInstanceUID: [0x00081155, 'UI'],
  ReferencedFrameNumber: [0x00081160, 'IS'],
  ReferencedSOPSequence: [0x00081199, 'SQ'],
  SoftwareVersions: [0x00181020, 'LO'],
  StudyInstanceUID: [0x0020000d, 'UI'],
  SeriesInstanceUID: [0x0020000e, 'UI'],
  SeriesNumber: [0x00200011, 'IS'],
  InstanceNumber: [0x00200013, 'IS'],
  MeasurementUnitsCodeSequence: [0x004008ea, 'SQ'],
  RelationshipType: [0x0040a010, 'CS'],
  ValueType: [0x0040a040, 'CS'],
  ConceptNameCodeSequence: [0x0040a043, 'SQ'],
  ContinuityOfContent: [0x0040a050, 'CS'],
  UID: [0x0040a124, 'UI'],
  TextValue: [0x0040a160, 'UT'],
  ConceptCodeSequence: [0x0040a168, 'SQ'],
  MeasuredValueSequence: [0x0040a300, 'SQ'],
  NumericValue: [0x0040a30a, 'DS'],
  PerformedProcedureCodeSequence: [0x0040a372, 'SQ'],
  CurrentRequestedProcedureEvidenceSequence: [0x0040a375, 'SQ'],
  PertinentOtherEvidenceSequence: [0x0040a385, 'SQ'],
  CompletionFlag: [0x0040a491, 'CS'],
  VerificationFlag: [0x0040a493, 'CS'],
  ContentSequence: [0x0040a730, 'SQ'],
} as const satisfies Record<string, readonly [tag: number, vr: string]>;

type Keyword = keyof typeof attributes;

export function elementsOf(dataset: Dataset): Element[] {
  return (Object.keys(dataset) as Keyword[]).map((keyword) => {
    const [tag, vr] = attributes[keyword];
    const value = dataset[keyword]!;
    const isSequence = typeof value !== 'string' && !(value instanceof Uint8Array);
    return { tag, vr, value: isSequence ? value.map(elementsOf) : value };
  });
}
