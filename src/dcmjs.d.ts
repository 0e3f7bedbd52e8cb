/** The part of dcmjs that tests use to write files; the package has no types of its own. */
declare module 'dcmjs' {
  /** One element of a data set: its VR and values; sequences have data sets as values. */
  export interface DicomElement {
    vr: string;
    Value: readonly unknown[];
  }

  /** By tag, eight hexadecimal digits: "0020000E". */
  export type DicomElements = Record<string, DicomElement>;

  export interface WriteOptions {
    /** Without it a value that is longer than its VR allows is thrown as an error that quotes it. */
    readonly allowInvalidVRLength: boolean;
  }

  export const data: {
    readonly DicomDict: new (
      meta: DicomElements,
    ) => {
      dict: DicomElements;
      /** @returns a PS3.10 file; text is written as UTF-8, sequences with undefined length. */
      write(options?: WriteOptions): ArrayBuffer;
    };
    readonly DicomMetaDictionary: {
      /** Data set by keyword ("SeriesInstanceUID") to elements by tag; `_vrMap` gives VRs that are ambiguous. */
      denaturalizeDataset(dataset: Record<string, unknown>): DicomElements;
    };
  };
}
