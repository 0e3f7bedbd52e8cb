import { z } from 'zod';

/** Values that several schemas have. */

export const modality = z.enum(['CT', 'MR']);
export const plane = z.enum(['axial', 'coronal', 'sagittal']);
export const ranking = z.enum(['count', 'max', 'sum', 'late-interaction']);
export const triple = z.tuple([z.number(), z.number(), z.number()]);
/** In an address, where everything is text. */
export const wholeNumber = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const countByName = z.record(z.string(), z.number().int());
