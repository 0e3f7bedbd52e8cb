import { VoxseekError } from '../../errors.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';

/** The patient of a volume; where the data set states none, each volume is one of its own. */
export function patientOf(entry: VolumeEntry): string {
  return entry.patient ?? entry.id;
}

/**
 * Refuses a patient who stands on both sides: a scan that finds another one of the same patient says nothing
 * about finding similar anatomy.
 *
 * @throws VoxseekError COHORT_INVALID, naming the patient and both volumes
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
    `the patient "${patient}" is on both sides: volume "${volumeOf.get(patient)}" of the database and volume "${first.id}" of the queries${others}`,
    { subject, advice: 'Give all volumes of a patient the same split.' },
  );
}
