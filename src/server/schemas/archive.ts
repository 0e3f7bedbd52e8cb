import { z } from 'zod';
import { countByName, plane } from './values.js';

export const archiveFacts = z.object({
  name: z.string(),
  encoder: z.object({ name: z.string(), dimension: z.number().int() }),
  plane,
  everyMm: z.number().nullable(),
  volumes: z.number().int(),
  slices: z.number().int(),
  modalities: countByName,
  regions: countByName,
  splits: countByName,
  labels: countByName.describe('Volumes that have the label.'),
  revision: z.string().describe('Changes whenever a volume is added, changed or removed.'),
});

export type ArchiveFacts = z.infer<typeof archiveFacts>;
