import type { DicomStack } from '../volume/dicom/stack.js';
import { heldPatientKey, openPatientKey, patientPseudonym, readPatientKey } from './patient-key.js';

export interface PatientNaming {
  /** Store the PatientID itself; default: a keyed hash of it. */
  readonly keepIdentifiers?: boolean;
  /** Where the key is kept; default: in the archive. See {@link openPatientKey}. */
  readonly patientKeyFile?: string;
}

/** Says under which name the patients of DICOM series are stored. */
export class PatientNames {
  readonly #folder: string;
  readonly #naming: PatientNaming;
  #key: Promise<Buffer> | undefined;

  /** @param folder of the archive; a key is made there when the first one is needed. */
  constructor(folder: string, naming: PatientNaming) {
    this.#folder = folder;
    this.#naming = naming;
  }

  /**
   * @returns null where the series does not say whose it is.
   * @throws VoxseekError those of {@link openPatientKey}
   */
  async nameOf(stack: DicomStack): Promise<string | null> {
    const id = statedPatient(stack);
    if (id === undefined || this.#naming.keepIdentifiers === true) return id ?? null;
    this.#key ??= openPatientKey(this.#folder, this.#naming.patientKeyFile);
    return patientPseudonym(await this.#key, id, issuerOf(stack));
  }
}

/**
 * The name under which an archive has the patient of a series that may not be in it; nothing is made or written.
 *
 * @param keyFile where the key is kept, if not in the archive.
 * @returns undefined where the series does not say whose it is, and where the archive's key is not at hand. Of an
 *   archive without any key, the PatientID: it was told to keep identifiers, or has no DICOM.
 */
export async function patientNameIn(
  folder: string,
  stack: DicomStack,
  keyFile?: string,
): Promise<string | undefined> {
  const id = statedPatient(stack);
  if (id === undefined) return undefined;
  const held = await heldPatientKey(folder);
  if (held === 'none') return id;
  if (held !== 'elsewhere') return patientPseudonym(held, id, issuerOf(stack));
  return keyFile && patientPseudonym(await readPatientKey(folder, keyFile), id, issuerOf(stack));
}

function statedPatient({ patientId }: DicomStack): string | undefined {
  return patientId?.trim() || undefined;
}

function issuerOf({ frames }: DicomStack): string | undefined {
  return frames[0]?.instance.issuerOfPatientId?.trim();
}
