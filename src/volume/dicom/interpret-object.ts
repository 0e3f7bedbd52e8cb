import { VoxseekError } from '../../errors.js';
import { EndOfBytes, MalformedDataSet } from './data-element.js';
import type { InstanceBytes } from './instance.js';
import { type Part10, readPart10, readPart10Header } from './part10.js';

type Interpret<Result> = (object: Part10) => Result | Promise<Result>;

/**
 * Reads what an object says before its pixels, beyond what every DicomInstance has.
 *
 * @param interpret may look into sequences, which is where a broken one is noticed.
 * @throws VoxseekError DICOM_INVALID, and what reading the bytes and `interpret` throw
 */
export function interpretHeader<Result>(bytes: InstanceBytes, interpret: Interpret<Result>): Promise<Result> {
  return interpretPart10(bytes, readPart10Header(bytes), interpret);
}

/** As {@link interpretHeader}, with all bytes of the object at hand. */
export function interpretWhole<Result>(bytes: InstanceBytes, interpret: Interpret<Result>): Promise<Result> {
  return interpretPart10(bytes, readPart10(bytes), interpret);
}

async function interpretPart10<Result>(
  { name }: InstanceBytes,
  object: Promise<Part10>,
  interpret: Interpret<Result>,
): Promise<Result> {
  const part10 = await object;
  try {
    return await interpret(part10);
  } catch (error) {
    if (!(error instanceof MalformedDataSet) && !(error instanceof EndOfBytes)) throw error;
    throw new VoxseekError('DICOM_INVALID', error.message, { subject: name, cause: error });
  }
}
