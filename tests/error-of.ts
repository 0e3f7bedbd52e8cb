import { expect } from 'vitest';
import { VoxseekError } from '../src/errors.js';

/** The VoxseekError that work ends with; the test fails where it ends in any other way. */
export async function errorOf(work: Promise<unknown>): Promise<VoxseekError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(VoxseekError);
  return error as VoxseekError;
}
