import { z } from 'zod';

/** Values that several schemas have. */

export const modality = z.enum(['CT', 'MR']);
export const plane = z.enum(['axial', 'coronal', 'sagittal']);
export const ranking = z.enum(['count', 'max', 'sum', 'late-interaction']);
export const triple = z.tuple([z.number(), z.number(), z.number()]);
/** In an address, where everything is text: digits alone, not all that JavaScript takes for a number. */
export function wholeNumber(least = 0, most = Number.MAX_SAFE_INTEGER) {
  return z.preprocess(
    (text) => (typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text),
    z
      .number({ error: ({ code }) => (code === 'invalid_type' ? 'expected a whole number' : undefined) })
      .int()
      .min(least)
      .max(most),
  );
}
export const countByName = z.record(z.string(), z.number().int());
