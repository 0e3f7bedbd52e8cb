/** A coded concept (PS3.3 section 8): code value, coding scheme designator, code meaning. */
export interface Code {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}

/** Our own coding scheme, for what no standard has a code for (PS3.16 8.2: "99" is for private ones). */
export const voxseekScheme = '99VOXSEEK';

const own = (value: string, meaning: string): Code => ({ value, scheme: voxseekScheme, meaning });
const dcm = (value: string, meaning: string): Code => ({ value, scheme: 'DCM', meaning });

/** Codes of the DICOM Controlled Terminology (PS3.16 annex D), RFC 5646 and UCUM. */
export const standard = {
  language: dcm('121049', 'Language of Content Item and Descendants'),
  english: { value: 'en', scheme: 'RFC5646', meaning: 'English' },
  observerType: dcm('121005', 'Observer Type'),
  device: dcm('121007', 'Device'),
  deviceUid: dcm('121012', 'Device Observer UID'),
  deviceName: dcm('121013', 'Device Observer Name'),
  algorithmName: dcm('111001', 'Algorithm Name'),
  algorithmVersion: dcm('111003', 'Algorithm Version'),
  studyUid: dcm('110180', 'Study Instance UID'),
  seriesUid: dcm('112002', 'Series Instance UID'),
  modality: dcm('121139', 'Modality'),
  CT: dcm('CT', 'Computed Tomography'),
  MR: dcm('MR', 'Magnetic Resonance'),
  noUnits: { value: '1', scheme: 'UCUM', meaning: 'no units' },
  millimetre: { value: 'mm', scheme: 'UCUM', meaning: 'millimeter' },
} as const satisfies Record<string, Code>;

/** Codes of our own; docs/dicom-masks-and-reports.md says what each means. */
export const voxseek = {
  report: own('report', 'Similar volumes report'),
  query: own('query', 'Query'),
  queryImage: own('query-image', 'Query image'),
  queryMode: own('query-mode', 'What was looked for'),
  structure: own('structure', 'Structure that was looked for'),
  encoder: own('encoder', 'Encoder'),
  ranking: own('ranking', 'Ranking method'),
  warning: own('warning', 'Warning'),
  hit: own('hit', 'Similar volume'),
  rank: own('rank', 'Rank'),
  volumeId: own('volume-id', 'Identifier of the volume in the archive'),
  score: own('score', 'Ranking score'),
  meanSimilarity: own('mean-similarity', 'Mean similarity'),
  rangeFrom: own('range-from', 'First position of the range'),
  rangeTo: own('range-to', 'Last position of the range'),
  similarity: own('similarity', 'Similarity'),
  matchedImage: own('matched-image', 'Matched image'),
  matchedSlice: own('matched-slice', 'Matched slice'),
  querySlice: own('query-slice', 'Query slice'),
} as const satisfies Record<string, Code>;
