import { z } from 'zod';
import { modality, triple, wholeNumber } from './values.js';

export const volumeSummary = z.object({
  id: z.string(),
  patient: z.string().nullable(),
  split: z.string().nullable(),
  modality,
  region: z.string().nullable(),
  labels: z.array(z.string()),
  size: triple.describe("Along the file's own axes."),
  spacing: triple,
  sliceCount: z.number().int(),
  ingestedAt: z.string(),
  revision: z
    .string()
    .describe(
      'Changes with the voxels and the mask. As `?revision=` it makes addresses of pictures that never change.',
    ),
});

export const volumeDetail = volumeSummary.extend({
  affine: z
    .array(z.number())
    .length(16)
    .describe("Row-major 4 x 4, voxel index of the file's own axes to RAS+ mm."),
  percentiles: z.tuple([z.number(), z.number()]),
  airSlices: z.number().int(),
  annotated: z.array(z.string()).nullable(),
  hasMask: z.boolean(),
  sliceAxis: z
    .number()
    .int()
    .min(0)
    .max(2)
    .describe("The file's own axis (0, 1, 2) along which the archive's slices lie."),
  slices: z
    .array(z.object({ index: z.number().int(), positionMm: z.number(), labels: z.array(z.string()) }))
    .describe('The stored slices, in ascending order of their index.'),
});

/** The part of an address that names a volume. */
export const volumeParams = z.object({ id: z.string().describe('Id of an archived volume.') });

/** What the list of volumes is narrowed to, and in which order and how many at a time it comes. */
export const volumeListQuery = z.strictObject({
  text: z
    .string()
    .max(200)
    .optional()
    .describe(
      'Occurs in the id, the patient, the region, the split or a label, whatever the case of letters.',
    ),
  modality: modality.optional(),
  region: z.string().max(200).optional(),
  split: z.string().max(200).optional(),
  label: z.string().max(200).optional(),
  filter: z.string().max(2000).optional().describe('SQL condition over the fields of docs/archive.md.'),
  sort: z.enum(['id', 'ingestedAt', 'region']).default('id').describe('`ingestedAt`: the newest first.'),
  offset: wholeNumber().default(0),
  limit: wholeNumber(1, 1000).default(100),
});

export const volumePage = z.object({
  total: z.number().int().describe('All that pass the filter, on this page or not.'),
  offset: z.number().int(),
  volumes: z.array(volumeSummary),
});

export type VolumeSummary = z.infer<typeof volumeSummary>;
export type VolumeDetail = z.infer<typeof volumeDetail>;
export type VolumeListQuery = z.infer<typeof volumeListQuery>;
export type VolumePage = z.infer<typeof volumePage>;
