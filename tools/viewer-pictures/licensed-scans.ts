/**
 * Public scans that may be shown in documents, by the beginning of their id. Scans whose licence is not written
 * where they were published are not among them.
 */
export interface LicensedScans {
  readonly idStart: string;
  readonly source: string;
  readonly licence: string;
  /** So many of them make a picture that is not all of one kind. */
  readonly atMost: number;
}

export const licensedScans: readonly LicensedScans[] = [
  { idStart: 'openkbp_', source: 'github.com/ababier/open-kbp', licence: 'MIT', atMost: 24 },
  { idStart: 'ibsi_STS_', source: 'github.com/theibsi/data_sets', licence: 'CC BY 3.0', atMost: 16 },
  { idStart: 'openms_', source: 'github.com/muschellij2/open_ms_data', licence: 'CC BY', atMost: 6 },
  {
    idStart: 'studyforrest_',
    source: 'github.com/datalad/example-dicom-structural',
    licence: 'PDDL',
    atMost: 1,
  },
  { idStart: 'crlm_', source: 'github.com/oncoray/mirp', licence: 'CC BY 4.0', atMost: 1 },
  { idStart: 'cmb_', source: 'github.com/oncoray/mirp', licence: 'CC BY 4.0', atMost: 2 },
  { idStart: 'totalseg_', source: 'github.com/wasserth/TotalSegmentator', licence: 'Apache-2.0', atMost: 2 },
  { idStart: 'sct_', source: 'github.com/spinalcordtoolbox/sct_testing_data', licence: 'MIT', atMost: 1 },
];

/** @returns those of the list that may be shown, no more of each source than fit. */
export function allowedScans<T extends { readonly id: string }>(scans: readonly T[]): T[] {
  return licensedScans.flatMap(({ idStart, atMost }) =>
    scans.filter(({ id }) => id.startsWith(idStart)).slice(0, atMost),
  );
}
