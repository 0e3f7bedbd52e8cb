import { z } from 'zod';
import { modality, plane, ranking } from './values.js';

const patientBox = z.tuple([
  z.tuple([z.number(), z.number()]),
  z.tuple([z.number(), z.number()]),
  z.tuple([z.number(), z.number()]),
]);

/** What is looked for: an archived volume or an uploaded image, whole or a part of it. */
export const queryRequest = z.strictObject({
  volume: z.string().optional().describe('Id of an archived volume.'),
  upload: z
    .strictObject({ id: z.string(), image: z.string() })
    .optional()
    .describe('Or an image of an upload.'),
  slice: z.number().int().min(0).optional(),
  slices: z.tuple([z.number().int().min(0), z.number().int().min(0)]).optional(),
  box: patientBox.optional().describe('RAS+ mm: [[xLow, xHigh], [yLow, yHigh], [zLow, zHigh]].'),
  label: z.string().optional(),
  cropMarginMm: z
    .number()
    .min(0)
    .max(1000)
    .optional()
    .describe(
      "Compare only the region's rectangle of each slice, with this margin in mm; missing: whole slices.",
    ),
});

export const searchRequest = queryRequest
  .extend({
    ranking: ranking.optional().describe('Missing: late-interaction.'),
    k: z.number().int().min(1).max(1000).optional().describe('Number of hits; missing: 10.'),
    candidates: z
      .number()
      .int()
      .min(0)
      .optional()
      .describe('Volumes that late interaction scores; 0 or missing: all.'),
    filter: z.string().max(2000).optional().describe('SQL condition over the fields of docs/archive.md.'),
    exclude: z
      .enum(['none', 'self', 'same-patient'])
      .optional()
      .describe('Missing: self for an archived volume, none for an upload.'),
  })
  .meta({
    examples: [
      { volume: 's0012', exclude: 'same-patient', k: 5 },
      { volume: 's0012', slices: [40, 52], filter: "modality = 'CT'" },
      {
        volume: 's0012',
        box: [
          [-40, 40],
          [-20, 60],
          [100, 160],
        ],
        cropMarginMm: 10,
      },
      { volume: 's0012', label: 'liver' },
    ],
  });

export const hit = z.object({
  rank: z.number().int(),
  volume: z.string(),
  patient: z.string().nullable(),
  modality,
  region: z.string().nullable(),
  split: z.string().nullable(),
  labels: z.array(z.string()),
  /** StudyInstanceUID and SeriesInstanceUID; null where the volume is not DICOM. */
  study: z.string().nullable(),
  series: z.string().nullable(),
  score: z.number(),
  meanSimilarity: z.number(),
  range: z.object({
    from: z.number().int(),
    to: z.number().int(),
    fromMm: z.number(),
    toMm: z.number(),
    similarity: z.number(),
  }),
  matches: z.array(
    z.object({
      querySlice: z.number().int(),
      slice: z.number().int(),
      positionMm: z.number(),
      similarity: z.number(),
      /** SOPInstanceUID of the image that shows the matched slice, and its frame; null where there is none. */
      sopInstance: z.string().nullable(),
      frame: z.number().int().nullable(),
    }),
  ),
});

export const searchAnswer = z.object({
  query: z.object({
    volume: z.string().nullable(),
    mode: z.enum(['slice', 'volume', 'region']),
    label: z.string().nullable(),
    modality,
    plane,
    slices: z.array(z.number().int()),
    encoder: z.string(),
  }),
  ranking,
  hits: z.array(hit),
  warnings: z.array(z.string()),
  timings: z.record(z.string(), z.number()).describe('Milliseconds by stage, and `total`.'),
});

const hitRequest = queryRequest.extend({ hit: z.string().describe('Id of an archived volume.') });

/** A query and one archived volume, whose slices are compared one by one; the answer is binary. */
export const alignmentRequest = hitRequest.meta({ examples: [{ volume: 's0012', hit: 's0034' }] });

/** A query by box or label, and one archived volume in which the same place is looked for. */
export const locationRequest = hitRequest.meta({
  examples: [{ volume: 's0012', label: 'liver', hit: 's0034' }],
});

export const location = z.object({
  box: patientBox.describe('RAS+ mm: [[xLow, xHigh], [yLow, yHigh], [zLow, zHigh]].'),
});

export type ApiQueryRequest = z.infer<typeof queryRequest>;
export type ApiSearchRequest = z.infer<typeof searchRequest>;
export type ApiHit = z.infer<typeof hit>;
export type SearchAnswer = z.infer<typeof searchAnswer>;
export type AlignmentRequest = z.infer<typeof alignmentRequest>;
export type LocationRequest = z.infer<typeof locationRequest>;
export type Location = z.infer<typeof location>;
