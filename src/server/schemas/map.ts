import { z } from 'zod';

export const archiveMap = z.object({
  revision: z.string().describe('Revision of the archive that this was computed for.'),
  method: z.string().describe('How the places were found.'),
  volumes: z.array(
    z.object({
      id: z.string(),
      x: z.number(),
      y: z.number(),
      nearest: z
        .number()
        .describe('Mean similarity of its slices to the nearest other volume; low: an outlier.'),
      nearestVolume: z.string().nullable(),
    }),
  ),
  duplicatesFrom: z
    .number()
    .describe(
      'Mean similarity, in both directions, from which on a pair stands out from all others of this archive so much that it looks like the same scan.',
    ),
  duplicates: z
    .array(z.object({ volumes: z.tuple([z.string(), z.string()]), similarity: z.number() }))
    .describe('Pairs that look like the same scan or a part of it, the most alike first.'),
  outliers: z
    .array(z.object({ volume: z.string(), nearest: z.number() }))
    .describe('Volumes that look like no other, the strangest first.'),
});

export type ArchiveMap = z.infer<typeof archiveMap>;
