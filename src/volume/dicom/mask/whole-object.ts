import { VoxseekError } from '../../../errors.js';
import { EndOfBytes, MalformedDataSet } from '../data-set.js';
import type { DicomInstance } from '../instance.js';
import { type Part10, readPart10 } from '../part10.js';

/**
 * Reads what an object says beyond what every {@link DicomInstance} has.
 *
 * @param interpret may look into sequences, which is where a broken one is noticed.
 * @throws VoxseekError DICOM_INVALID, and what reading the bytes and `interpret` throw
 */
export async function interpretObject<Result>(
  instance: DicomInstance,
  interpret: (object: Part10) => Result | Promise<Result>,
): Promise<Result> {
  const object = await readPart10(instance.bytes);
  try {
    return await interpret(object);
  } catch (error) {
    if (!(error instanceof MalformedDataSet) && !(error instanceof EndOfBytes)) throw error;
    throw new VoxseekError('DICOM_INVALID', error.message, { subject: instance.bytes.name, cause: error });
  }
}
