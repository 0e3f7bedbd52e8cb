import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { VolumeRecord } from '../../archive/records.js';
import { VoxseekError } from '../../errors.js';
import { version } from '../../version.js';
import type { DataSet } from '../../volume/dicom/data-set.js';
import type { InstanceBytes } from '../../volume/dicom/instance.js';
import { interpretHeader } from '../../volume/dicom/interpret-object.js';
import type { StackSource } from '../../volume/dicom/stack-source.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import { writeWhole } from '../../write-whole.js';
import { type Answer, queryName } from '../answer.js';
import { voxseekScheme } from './codes.js';
import { reportContent } from './content.js';
import { dicomFile } from './dicom-file.js';
import { elementsOf } from './elements.js';
import { evidence } from './image-reference.js';
import { patientAndStudy } from './patient-and-study.js';

const comprehensiveSr = '1.2.840.10008.5.1.4.1.1.88.33';
/** Names this implementation of DICOM (PS3.7 D.3.3.2). */
const implementationUid = '2.25.179339569423934360152974672979176468800';

/**
 * An answer as a DICOM Comprehensive SR document (PS3.3 A.35.3), in the study of the query. Patient and study are
 * copied from the query's own files at this moment; they are kept nowhere else.
 *
 * @returns a PS3.10 file, Explicit VR Little Endian, text in UTF-8.
 * @throws VoxseekError USAGE where the query is no DICOM series; FILE_NOT_FOUND, FILE_NOT_READABLE, DICOM_INVALID
 *   where its files cannot be read (any more)
 */
export async function structuredReport(answer: Answer): Promise<Uint8Array> {
  const bytes = await queryInstance(answer.query);
  return interpretHeader(bytes, ({ dataSet }) => encodeReport(answer, dataSet));
}

/**
 * Writes {@link structuredReport} to a file.
 *
 * @throws VoxseekError what {@link structuredReport} throws; STORAGE_FULL, STORAGE_NOT_WRITABLE
 */
export async function writeStructuredReport(path: string, answer: Answer): Promise<void> {
  const report = await structuredReport(answer);
  await writeWhole(path, (temporary) => writeFile(temporary, report));
}

/**
 * Whether a structured report can be made of a search with this volume, to be asked before the search.
 *
 * @throws VoxseekError USAGE where it is no DICOM series
 */
export function assertReportable(query: VolumeEntry | VolumeRecord): void {
  if (!query.dicom) throw notDicom('revision' in query ? query.id : query.image);
}

function notDicom(subject: string): VoxseekError {
  return new VoxseekError('USAGE', 'a structured report belongs to a DICOM study, but this is a file', {
    subject,
    advice: 'Search with a DICOM series, or print the answer with --json.',
  });
}

/** One instance of the query's series. */
async function queryInstance(query: Answer['query']): Promise<InstanceBytes> {
  if (query.series === null) throw notDicom(queryName(query));
  const image = await query.openImage();
  if (!('stack' in image)) {
    throw new VoxseekError('INTERNAL', 'the image of a DICOM series has no instances', {
      subject: queryName(query),
    });
  }
  return (image as StackSource).stack.frames[0]!.instance.bytes;
}

function encodeReport(answer: Answer, instance: DataSet): Uint8Array {
  const sopInstanceUid = newUid();
  const { root, references } = reportContent(answer);
  const { date, time } = now();
  const meta = {
    FileMetaInformationVersion: Uint8Array.of(0, 1),
    MediaStorageSOPClassUID: comprehensiveSr,
    MediaStorageSOPInstanceUID: sopInstanceUid,
    ImplementationClassUID: implementationUid,
    ImplementationVersionName: `VOXSEEK_${version}`.slice(0, 16),
  };
  return dicomFile(meta, [
    ...elementsOf({
      SpecificCharacterSet: 'ISO_IR 192',
      InstanceCreationDate: date,
      InstanceCreationTime: time,
      SOPClassUID: comprehensiveSr,
      SOPInstanceUID: sopInstanceUid,
      CodingSchemeIdentificationSequence: [
        { CodingSchemeDesignator: voxseekScheme, CodingSchemeName: 'Voxseek', CodingSchemeVersion: version },
      ],
      Modality: 'SR',
      SeriesInstanceUID: newUid(),
      SeriesNumber: '1',
      SeriesDescription: 'Similar volumes (Voxseek)',
      ReferencedPerformedProcedureStepSequence: [],
      Manufacturer: 'Voxseek',
      ManufacturerModelName: 'Voxseek',
      SoftwareVersions: version,
      InstanceNumber: '1',
      CompletionFlag: 'COMPLETE',
      // No person has looked at it.
      VerificationFlag: 'UNVERIFIED',
      ContentDate: date,
      ContentTime: time,
      PerformedProcedureCodeSequence: [],
      ...evidence(references, instance.string(0x0020000d) ?? ''),
      ...root.dataset,
    }),
    ...patientAndStudy(instance),
  ]);
}

/** A UID of its own for each report (PS3.5 B.2). */
function newUid(): string {
  return `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;
}

/** Local date and time as DA and TM. */
function now(): { date: string; time: string } {
  const local = new Date();
  local.setMinutes(local.getMinutes() - local.getTimezoneOffset());
  const digits = local.toISOString().replace(/\D/g, '');
  return { date: digits.slice(0, 8), time: digits.slice(8, 14) };
}
