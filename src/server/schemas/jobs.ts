import { z } from 'zod';
import { problem } from './problem.js';

export const jobRequest = z.strictObject({
  kind: z.literal('ingest'),
  upload: z.string(),
  images: z.array(z.string()).optional().describe('Ids of the images to add; missing: all.'),
  split: z.string().max(200).optional(),
  region: z.string().max(200).optional(),
});

export const job = z.object({
  id: z.string(),
  kind: z.literal('ingest'),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  progress: z.object({
    done: z.number().int(),
    total: z.number().int(),
    slices: z.number().int(),
    slicesPerSecond: z.number().nullable(),
    secondsLeft: z.number().nullable(),
  }),
  volumes: z.array(z.string()).describe('Ids that were added.'),
  duplicates: z
    .array(z.object({ id: z.string(), of: z.string() }))
    .describe('Images that were not added because the archive has them already, under which id.'),
  failures: z.array(z.object({ id: z.string(), code: z.string(), message: z.string() })),
  error: problem.nullable(),
});

export const jobList = z.object({ jobs: z.array(job) });

export type JobRequest = z.infer<typeof jobRequest>;
export type Job = z.infer<typeof job>;
