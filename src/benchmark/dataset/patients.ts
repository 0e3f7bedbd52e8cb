import { createHash } from 'node:crypto';
import { VoxseekError } from '../../errors.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';

/**
 * What the volumes of one patient have in common; where the data set states none, each volume is one of its own. Of
 * DICOM it is a hash, so that no PatientID goes on from here.
 */
export function patientOf({ patient, dicom, id }: VolumeEntry): string {
  if (patient !== undefined) return patient;
  const patientId = dicom?.patientId?.trim();
  if (!patientId) return id;
  const issuer = dicom?.frames[0]?.instance.issuerOfPatientId?.trim() ?? '';
  return createHash('sha256').update(`${patientId}\0${issuer}`).digest('hex');
}

/**
 * Refuses a patient who stands on both sides: a scan that finds another one of the same patient says nothing
 * about finding similar anatomy.
 *
 * @throws VoxseekError COHORT_INVALID, naming both volumes, and the patient where the data set names one
 */
export function assertPatientsApart(
  database: readonly VolumeEntry[],
  queries: readonly VolumeEntry[],
  subject: string,
): void {
  const volumeOf = new Map(database.map((entry) => [patientOf(entry), entry.id]));
  const shared = queries.filter((entry) => volumeOf.has(patientOf(entry)));
  const [first] = shared;
  if (first === undefined) return;
  const patient = patientOf(first);
  const patients = new Set(shared.map(patientOf)).size;
  const others = patients > 1 ? ` (and ${patients - 1} more patients)` : '';
  throw new VoxseekError(
    'COHORT_INVALID',
    `${first.patient === undefined ? 'one patient' : `the patient "${patient}"`} is on both sides: volume "${volumeOf.get(patient)}" of the database and volume "${first.id}" of the queries${others}`,
    { subject, advice: 'Give all volumes of a patient the same split.' },
  );
}
