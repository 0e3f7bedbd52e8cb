import { z } from 'zod';

/** RFC 9457, with the code of docs/errors.md as the last part of `type` and as `code`. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  subject: z.string().nullable(),
  advice: z.string(),
});

/** A row of the table of errors. */
export const errorFacts = z.object({
  code: z.string(),
  status: z.number().int(),
  meaning: z.string(),
  advice: z.string(),
});

export type Problem = z.infer<typeof problem>;
