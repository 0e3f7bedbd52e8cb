import { z } from 'zod';
import { modality, triple } from './values.js';

/** One of the volumes that an upload holds. It can be looked at and searched with until the upload expires. */
export const uploadedImage = z.object({
  id: z.string(),
  name: z.string().describe('File name, or series description and UID.'),
  modality,
  size: triple,
  spacing: triple,
  affine: z.array(z.number()).length(16),
  percentiles: z.tuple([z.number(), z.number()]),
  sliceAxis: z.number().int().min(0).max(2),
});

/** The part of an address that names an upload. */
export const uploadParams = z.object({ upload: z.string().describe('Id of an upload.') });

/** The part of an address that names an image of an upload. */
export const uploadedImageParams = uploadParams.extend({
  image: z.string().describe('Id of one of its images.'),
});

export const upload = z.object({
  id: z.string(),
  images: z.array(uploadedImage),
  leftOut: z
    .array(z.object({ name: z.string(), reason: z.string() }))
    .describe('What was in the upload and is no volume, with the reason.'),
  expiresAt: z.string(),
});

export type UploadedImage = z.infer<typeof uploadedImage>;
export type Upload = z.infer<typeof upload>;
