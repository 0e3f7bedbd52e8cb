import { z } from 'zod';

/**
 * The shapes of everything that goes over the HTTP API, the one source of its validation, its OpenAPI document
 * and the types of the viewer. Positions and boxes are RAS+ mm; slice indices count along the own axis of the
 * volume's file, from 0, as everywhere in Voxseek.
 */

export const modality = z.enum(['CT', 'MR']);
export const plane = z.enum(['axial', 'coronal', 'sagittal']);
export const ranking = z.enum(['count', 'max', 'sum', 'late-interaction']);
const triple = z.tuple([z.number(), z.number(), z.number()]);
/** In an address, where everything is text. */
const wholeNumber = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const countByName = z.record(z.string(), z.number().int());

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

/** An answer without a body. */
export const noContent = z.undefined();

export const health = z.object({ status: z.literal('ok'), version: z.string() });

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
  offset: wholeNumber.default(0),
  limit: wholeNumber.min(1).max(1000).default(100),
});

export const volumePage = z.object({
  total: z.number().int().describe('All that pass the filter, on this page or not.'),
  offset: z.number().int(),
  volumes: z.array(volumeSummary),
});

const pictureRevision = z.string().max(64).optional();

/** How a slice is drawn. */
export const slicePictureQuery = z.strictObject({
  window: z
    .string()
    .max(40)
    .default('auto')
    .describe(
      'auto, lung, soft-tissue, bone, brain, mediastinum, liver, wide, or LOW:HIGH in the units of the volume.',
    ),
  size: wholeNumber
    .min(16)
    .max(2048)
    .optional()
    .describe('Pixels of the longer side; missing: as many as the slice has, square.'),
  revision: pictureRevision,
});

export const thumbnailQuery = z.strictObject({
  size: wholeNumber.min(16).max(512).default(96),
  slice: wholeNumber.optional().describe('Missing: the middle one.'),
  revision: pictureRevision,
});

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
  maxVoxels: wholeNumber
    .min(8)
    .optional()
    .describe('Blocks of voxels are averaged until there are at most so many.'),
  revision: pictureRevision,
});

/** Names of the numbers in a mask: {"1": "liver"}. */
export const labelNames = z.record(z.string(), z.string());

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

export const upload = z.object({
  id: z.string(),
  images: z.array(uploadedImage),
  leftOut: z
    .array(z.object({ name: z.string(), reason: z.string() }))
    .describe('What was in the upload and is no volume, with the reason.'),
  expiresAt: z.string(),
});

/** What is looked for: an archived volume or an uploaded image, whole or a part of it. */
export const queryRequest = z.strictObject({
  volume: z.string().optional().describe('Id of an archived volume.'),
  upload: z
    .strictObject({ id: z.string(), image: z.string() })
    .optional()
    .describe('Or an image of an upload.'),
  slice: z.number().int().min(0).optional(),
  slices: z.tuple([z.number().int().min(0), z.number().int().min(0)]).optional(),
  box: z
    .tuple([
      z.tuple([z.number(), z.number()]),
      z.tuple([z.number(), z.number()]),
      z.tuple([z.number(), z.number()]),
    ])
    .optional()
    .describe('RAS+ mm: [[xLow, xHigh], [yLow, yHigh], [zLow, zHigh]].'),
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

/** A query and one archived volume, whose slices are compared one by one; the answer is binary. */
export const alignmentRequest = queryRequest
  .extend({ hit: z.string().describe('Id of an archived volume.') })
  .meta({ examples: [{ volume: 's0012', hit: 's0034' }] });

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
  duplicates: z
    .array(z.object({ volumes: z.tuple([z.string(), z.string()]), similarity: z.number() }))
    .describe('Pairs that look like the same scan, the most alike first.'),
  outliers: z
    .array(z.object({ volume: z.string(), nearest: z.number() }))
    .describe('Volumes that look like no other, the strangest first.'),
});

export const reportList = z.object({
  reports: z.array(
    z.object({
      name: z.string().describe('Part of the address /v1/reports/{name}/report.html.'),
      title: z.string(),
      createdAt: z.string(),
      files: z.array(z.string()),
    }),
  ),
});

export type Problem = z.infer<typeof problem>;
export type ArchiveFacts = z.infer<typeof archiveFacts>;
export type VolumeSummary = z.infer<typeof volumeSummary>;
export type VolumeDetail = z.infer<typeof volumeDetail>;
export type VolumeListQuery = z.infer<typeof volumeListQuery>;
export type VolumePage = z.infer<typeof volumePage>;
export type ImageFileQuery = z.infer<typeof imageFileQuery>;
export type LabelNames = z.infer<typeof labelNames>;
export type UploadedImage = z.infer<typeof uploadedImage>;
export type Upload = z.infer<typeof upload>;
export type ApiQueryRequest = z.infer<typeof queryRequest>;
export type ApiSearchRequest = z.infer<typeof searchRequest>;
export type ApiHit = z.infer<typeof hit>;
export type SearchAnswer = z.infer<typeof searchAnswer>;
export type AlignmentRequest = z.infer<typeof alignmentRequest>;
export type JobRequest = z.infer<typeof jobRequest>;
export type Job = z.infer<typeof job>;
export type ArchiveMap = z.infer<typeof archiveMap>;
export type ReportList = z.infer<typeof reportList>;
