import { z } from 'zod';
import { wholeNumber } from './values.js';

const pictureRevision = z
  .string()
  .max(64)
  .optional()
  .describe('Of the volume: with it the answer may be kept for ever.');

/** How a slice is drawn. */
export const slicePictureQuery = z.strictObject({
  window: z
    .string()
    .max(40)
    .default('auto')
    .describe(
      'auto, lung, soft-tissue, bone, brain, mediastinum, liver, wide, or LOW:HIGH in the units of the volume.',
    ),
  size: wholeNumber(16, 2048)
    .optional()
    .describe('Pixels of the longer side; missing: as many as the slice has, square.'),
  revision: pictureRevision,
});

export const thumbnailQuery = z.strictObject({
  size: wholeNumber(16, 512).default(96).describe('Pixels of the longer side.'),
  slice: wholeNumber().optional().describe('Missing: the middle one.'),
  revision: pictureRevision,
});

/** Index of a slice, in an address. */
export const sliceIndex = wholeNumber().describe("Along the own axis of the file, in the archive's plane.");

/** Which part of a volume is sent, and how finely. */
export const imageFileQuery = z.strictObject({
  slices: z
    .string()
    .regex(/^\d{1,6}:\d{1,6}$/)
    .optional()
    .describe("FIRST:LAST, slices of the archive's plane, both inclusive."),
  box: z
    .string()
    .regex(/^\d{1,6}:\d{1,6}(,\d{1,6}:\d{1,6}){2}$/)
    .optional()
    .describe("I0:I1,J0:J1,K0:K1, voxel indices along the file's own axes, both inclusive."),
  maxVoxels: wholeNumber(8)
    .optional()
    .describe('Blocks of voxels are averaged until there are at most so many.'),
  revision: pictureRevision,
});

/** Names of the numbers in a mask: {"1": "liver"}. */
export const labelNames = z.record(z.string(), z.string());

export type ImageFileQuery = z.infer<typeof imageFileQuery>;
export type LabelNames = z.infer<typeof labelNames>;
