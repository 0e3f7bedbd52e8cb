import type { Outcomes } from '../outcomes.js';

/** Queries and sums of their values by patient and class: patients, not slices or volumes, are independent. */
export interface PatientSums {
  /** In the order in which they first occur among the volumes. */
  readonly patients: readonly string[];
  /** Row-major [patients, classes]. */
  readonly queries: Float64Array;
  readonly values: Float64Array;
}

/** Adds up the volumes of each patient. */
export function sumByPatient(outcomes: Outcomes): PatientSums {
  const patients = [...new Set(outcomes.volumes.map(({ patient }) => patient))];
  const position = new Map(patients.map((patient, index) => [patient, index]));
  const width = outcomes.classes.length;
  const queries = new Float64Array(patients.length * width);
  const values = new Float64Array(patients.length * width);
  outcomes.volumes.forEach(({ patient }, volume) => {
    const to = position.get(patient)! * width;
    const from = volume * width;
    for (let column = 0; column < width; column++) {
      queries[to + column]! += outcomes.queries[from + column]!;
      values[to + column]! += outcomes.values[from + column]!;
    }
  });
  return { patients, queries, values };
}
