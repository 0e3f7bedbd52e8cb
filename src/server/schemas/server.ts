import { z } from 'zod';

/** An answer without a body. */
export const noContent = z.undefined();

export const health = z.object({ status: z.literal('ok'), version: z.string() });
